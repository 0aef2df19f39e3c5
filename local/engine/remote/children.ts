/** Declares the children that a remote component would have registered, marked as our synthesis. */
import type { AwsProvider } from "../aws";
import { type GraphResource, type Json, UNKNOWN } from "../../graph";
import { complete } from "../outputs/complete";
import { createUrn } from "../urn";
import { type JsonObject, reference } from "../wire";

export interface SynthesisOptions {
  readonly project: string;
  readonly stack: string;
  readonly projectDirectory: string;
  readonly preview: boolean;
  readonly provider: AwsProvider;
  /** The pattern of `pulumi:autonaming`. */
  readonly namePattern?: string | undefined;
}

/** What a component gives its user. */
export interface Synthesis {
  readonly children: readonly GraphResource[];
  /** Plain, for the graph. */
  readonly outputs: JsonObject;
  /** In wire form, for the program: children are references. */
  readonly state: JsonObject;
}

/** A declared child, as the later ones refer to it. */
export interface Child {
  readonly urn: string;
  /** `UNKNOWN` in preview. */
  readonly id: string;
  readonly outputs: JsonObject;
  /** The child as a property of the component, in wire form. */
  readonly reference: Json;
}

/** Collects the children of one component. */
export interface Children {
  readonly declared: readonly GraphResource[];
  /** Undefined inputs are left out; `dependencies` are URNs, the parent's apart. */
  declare(
    type: string,
    name: string,
    parentUrn: string,
    inputs: { readonly [property: string]: Json | undefined },
    dependencies?: readonly string[],
  ): Child;
}

export function createChildren(component: GraphResource, options: SynthesisOptions): Children {
  const declared: GraphResource[] = [];
  return {
    declared,
    declare(type, name, parentUrn, properties, dependencies = []) {
      const urn = createUrn(options.stack, options.project, parentUrn, type, name);
      const inputs = Object.fromEntries(
        Object.entries(properties).filter(([, value]) => value !== undefined),
      ) as JsonObject;
      const { accountId, region, defaultTags } = options.provider;
      const { id, added } = complete(
        { urn, name, type, inputs, accountId, region },
        { preview: options.preview, defaultTags, namePattern: options.namePattern },
      );
      const outputs = { ...inputs, ...added };
      const parent = parentUrn === component.urn ? [] : [parentUrn];
      declared.push({
        urn,
        type,
        name,
        parent: parentUrn,
        custom: true,
        synthesised: true,
        id,
        inputs,
        outputs,
        secretProperties: [],
        dependencies: [...new Set([...parent, ...dependencies])].sort(),
        propertyDependencies: {},
        // Both options are handed down from a component to its children.
        protect: component.protect,
        ignoreChanges: [],
      });
      return { urn, id: id ?? UNKNOWN, outputs, reference: reference(urn, id ?? "") };
    },
  };
}
