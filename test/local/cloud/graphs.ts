/** Resource graphs made by hand, as the engine would have recorded them. */
import type { Graph, GraphResource, Json } from "../../../local/graph";
import { handMadeGraph, recorded } from "../../hand-made-graph";

type Properties = Record<string, Json>;

export function resource(
  type: string,
  name: string,
  inputs: Properties,
  outputs: Properties = {},
): GraphResource {
  return recorded(type, name, inputs, {
    custom: !type.startsWith("awsx:") && !type.startsWith("loveless:"),
    id: typeof outputs["arn"] === "string" ? outputs["arn"] : name,
    outputs: { ...inputs, ...outputs },
  });
}

export function graphOf(...resources: readonly GraphResource[]): Graph {
  return handMadeGraph(resources, "loveless", "dev");
}
