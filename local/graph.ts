/** The resource graph that a program declared: what the engine hands to the local cloud and to preview. */

/** Any JSON value, as it travels in resource inputs and outputs. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Stands in for a value that is only known after a deployment; the same sentinel as Pulumi's own wire format. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * One resource as it was registered, with what AWS would have answered. Assets are `{ kind: "text", text }`,
 * `{ kind: "file", path }`, `{ kind: "remote", uri }` and `{ kind: "archive", assets | path | uri }`; paths are absolute.
 */
export interface GraphResource {
  readonly urn: string;
  /** Type token, as `aws:ecs/service:Service`. */
  readonly type: string;
  /** Logical name: the last part of the URN. */
  readonly name: string;
  /** URN of the parent; null for the stack itself. */
  readonly parent: string | null;
  /** False for component resources. */
  readonly custom: boolean;
  /** True for what the engine added on behalf of a remote component (awsx): our synthesis, not a registration. */
  readonly synthesised: boolean;
  /** Provider id; null for components and in preview. */
  readonly id: string | null;
  /** As registered: secrets unwrapped, unknowns as `UNKNOWN`, absent properties left out, references to resources as their ids. */
  readonly inputs: { readonly [key: string]: Json };
  /** Inputs and computed properties together; components: what registerResourceOutputs gave. */
  readonly outputs: { readonly [key: string]: Json };
  /** Names of the inputs and outputs that are secret. */
  readonly secretProperties: readonly string[];
  readonly dependencies: readonly string[];
  readonly propertyDependencies: { readonly [property: string]: readonly string[] };
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
}

/** Everything that one run of the program registered: parents and dependencies first, then by URN; the same on every run. */
export interface Graph {
  readonly project: string;
  readonly stack: string;
  readonly resources: readonly GraphResource[];
  /** Stack outputs, secrets unwrapped. */
  readonly outputs: { readonly [key: string]: Json };
  readonly secretOutputs: readonly string[];
}

/** The resources of a type token, in the order of the graph. */
export function resourcesOfType(graph: Graph, type: string): readonly GraphResource[] {
  return graph.resources.filter((resource) => resource.type === type);
}
