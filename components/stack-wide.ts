/**
 * What every resource of a stack gets, wherever it is declared: tags, and a permissions boundary on each role. Pulumi
 * applies it to each resource before it is registered; children of awsx components get their tags from the component.
 */
import * as pulumi from "@pulumi/pulumi";
import { stackPrefix } from "./naming";

/** A group's tags are a list, with a flag each; it carries its own. */
const TAGS_OF_ITS_OWN = "aws:autoscaling/group:Group";

/** Adds tags to what has tags. The resource's own, and those of a nearer component, win. */
export function tagged(tags: Readonly<Record<string, string>>): pulumi.ResourceTransformation {
  return ({ type, props, opts }) => {
    // The constructor of every resource type that can be tagged sets `tags`, if only to undefined.
    if (!("tags" in props) || type === TAGS_OF_ITS_OWN) return undefined;
    return {
      props: { ...props, tags: { ...tags, ...(props["tags"] as Record<string, string> | undefined) } },
      opts,
    };
  };
}

/** Bounds every role of the stack by this policy, whatever the role's own documents say. */
function bounded(permissionsBoundary: string): pulumi.ResourceTransformation {
  return ({ type, props, opts }) =>
    type === "aws:iam/role:Role" ? { props: { ...props, permissionsBoundary }, opts } : undefined;
}

/** What costs are allocated by; the budget filters on `Stack`. */
export function stackTags(settings: {
  readonly tags: Readonly<Record<string, string>>;
}): Record<string, string> {
  return { ...settings.tags, Project: pulumi.getProject(), Stack: stackPrefix() };
}

/** To be called before the first resource. */
export function applyToStack(settings: {
  readonly tags: Readonly<Record<string, string>>;
  readonly permissionsBoundaryArn?: string | undefined;
  readonly deployment?: { readonly permissionsBoundaryArn: string } | undefined;
}): void {
  pulumi.runtime.registerStackTransformation(tagged(stackTags(settings)));
  const boundary = settings.permissionsBoundaryArn ?? settings.deployment?.permissionsBoundaryArn;
  if (boundary !== undefined) pulumi.runtime.registerStackTransformation(bounded(boundary));
}
