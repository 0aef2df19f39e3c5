/** One broken property of a deployed resource, and the one rule that must notice. */
import { CAPACITY_MUTATIONS } from "./mutations/capacity";
import { RIGHTS_MUTATIONS } from "./mutations/rights";
import { type Graph, type GraphResource, type Json, resourcesOfType } from "../../local/graph";

export interface Mutation {
  readonly rule: string;
  readonly type: string;
  /** The first of the type that has this in its name, or any. */
  readonly of?: string;
  /** Property path; text that is JSON is gone into. Absent: the resource is taken away. */
  readonly path?: string;
  /** Undefined: the property is taken away. */
  readonly value?: Json;
}

export const MUTATIONS: readonly Mutation[] = [...CAPACITY_MUTATIONS, ...RIGHTS_MUTATIONS];

/** Breaks the property in inputs and outputs alike, as a change of the program would. */
export function mutate(graph: Graph, { type, of, path, value }: Mutation): Graph {
  const target = resourcesOfType(graph, type).find(({ name }) => of === undefined || name.includes(of));
  if (target === undefined) throw new Error(`The graph has no ${type} ${of ?? ""}.`);
  const broken = (resource: GraphResource): readonly GraphResource[] =>
    path === undefined
      ? []
      : [
          {
            ...resource,
            inputs: broke(resource.inputs, path, value),
            outputs: broke(resource.outputs, path, value),
          },
        ];
  return {
    ...graph,
    resources: graph.resources.flatMap((each) => (each === target ? broken(each) : [each])),
  };
}

function broke(
  properties: GraphResource["inputs"],
  path: string,
  value: Json | undefined,
): GraphResource["inputs"] {
  return change(properties as Json, path.split("."), value) as GraphResource["inputs"];
}

function change(holder: Json, [key, ...rest]: readonly string[], value: Json | undefined): Json {
  if (key === undefined) return holder;
  if (typeof holder === "string")
    return JSON.stringify(change(JSON.parse(holder) as Json, [key, ...rest], value));
  const copy = structuredClone(holder) as Record<string, Json>;
  if (rest.length > 0) copy[key] = change(copy[key] ?? {}, rest, value);
  else if (value === undefined) Reflect.deleteProperty(copy, key);
  else copy[key] = value;
  return copy;
}
