/** How wide a statement reaches: by its resources, and by the conditions that narrow them. */
import type { Value } from "../known";
import { shown } from "../values";
import { isEverything } from "./actions";
import { eachAllow, narrowedBy, type Statement } from "./document";

/** Conditions that say who may come. */
export const PRINCIPAL_KEYS =
  /^(aws:(principalorgid|principalorgpaths|principalarn|principalaccount|sourcearn|sourceaccount|sourceorgid|sourceorgpaths|sourcevpc|sourcevpce|sourceowner)|kms:calleraccount|sts:externalid|saml:aud|.+:(sub|aud))$/;

/** Conditions that say which resources are meant: `aws:Resource*`, and a service's own keys but for those of the caller. */
const RESOURCE_KEYS =
  /^(aws:resource(tag\/.+|account|orgid|orgpaths)|aws:requesttag\/.+|(?!aws:|sts:|iam:passedtoservice|kms:calleraccount).+:.+)$/;

/** The last part of an ARN is only wildcards: `*`, `arn:aws:s3:::*`, `arn:aws:iam::123456789012:role/*`. */
function isUnbounded(resource: string): boolean {
  if (isEverything(resource)) return true;
  const name = resource.split(":").slice(5).join(":");
  return resource.startsWith("arn:") && /^\*[*/:]*$/.test(name);
}

/** The ARN names a kind at most, and everything of it. */
export function isWholeKind(resource: string): boolean {
  const name = resource.split(":").slice(5).join(":");
  return isUnbounded(resource) || (/^arn:[^:]*:(?!s3:)/.test(resource) && /^[a-z-]+[/:][*/:]*\*$/.test(name));
}

function isNarrowed(statement: Statement): boolean {
  return narrowedBy(statement, RESOURCE_KEYS);
}

/** Resources that stand for all of a service; none where a condition says which are meant. */
export function unboundedResources(statement: Statement): readonly string[] {
  if (isNarrowed(statement)) return [];
  return [
    ...statement.resources.filter(isUnbounded),
    ...statement.notResources.map((each) => `all but ${each}`),
  ];
}

/** Resources that stand for all of a kind, such as every role or every key. */
export function wholeKinds(statement: Statement): readonly string[] {
  if (isNarrowed(statement)) return [];
  return [
    ...statement.resources.filter(isWholeKind),
    ...statement.notResources.map((each) => `all but ${each}`),
  ];
}

/** The statements of a resource's own policy that allow everybody something, where no condition says who is meant. */
export function openToEverybody(policy: Value): readonly string[] {
  return eachAllow(policy, (statement) =>
    statement.principals.some(({ kind }) => kind === "*") && !narrowedBy(statement, PRINCIPAL_KEYS)
      ? [`${statement.label} allows ${shown(statement.actions)} to everybody`]
      : [],
  );
}
