/** Resource graphs made by hand, as the engine would have recorded them. */
import type { Graph, GraphResource, Json } from "../../../local/graph";

type Properties = Record<string, Json>;

export function resource(
  type: string,
  name: string,
  inputs: Properties,
  outputs: Properties = {},
): GraphResource {
  return {
    urn: `urn:pulumi:dev::loveless::${type}::${name}`,
    type,
    name,
    parent: null,
    custom: !type.startsWith("awsx:") && !type.startsWith("loveless:"),
    synthesised: false,
    id: typeof outputs["arn"] === "string" ? outputs["arn"] : name,
    inputs,
    outputs: { ...inputs, ...outputs },
    secretProperties: [],
    dependencies: [],
    propertyDependencies: {},
    protect: false,
    ignoreChanges: [],
  };
}

export function graphOf(...resources: readonly GraphResource[]): Graph {
  return { project: "loveless", stack: "dev", resources, outputs: {}, secretOutputs: [] };
}
