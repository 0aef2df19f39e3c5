/** Resource graphs made by hand, as the engine would have recorded them: below the words that each part's tests have. */
import type { Graph, GraphResource, Json } from "../local/graph";

/** A registered resource of which nothing else is worth saying; its outputs are its inputs, unless `facts` says more. */
export function recorded(
  type: string,
  name: string,
  inputs: { readonly [key: string]: Json },
  facts: Partial<Omit<GraphResource, "type" | "name" | "inputs">> = {},
): GraphResource {
  return {
    urn: `urn:pulumi:test::loveless::${type}::${name}`,
    type,
    name,
    parent: null,
    custom: true,
    synthesised: false,
    id: name,
    inputs,
    outputs: inputs,
    secretProperties: [],
    dependencies: [],
    propertyDependencies: {},
    protect: false,
    ignoreChanges: [],
    ...facts,
  };
}

/** What one run registered; it has no outputs. */
export function handMadeGraph(
  resources: readonly GraphResource[],
  project = "loveless",
  stack = "test",
): Graph {
  return { project, stack, resources, outputs: {}, secretOutputs: [] };
}
