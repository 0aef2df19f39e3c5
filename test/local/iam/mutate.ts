/** Takes one action out of the policies of a graph's roles, as a careless edit would. */
import type { Graph, GraphResource } from "../../../local/graph";

interface Document {
  readonly Statement: readonly { readonly Action: string | readonly string[] }[];
}

/** Of one role (by its logical name), or of all of them. */
export function withoutAction(graph: Graph, action: string, role?: string): Graph {
  const name = graph.resources.find((each) => each.type === "aws:iam/role:Role" && each.name === role)
    ?.outputs["name"];
  if (role !== undefined && name === undefined) throw new Error(`The graph has no role ${role}.`);
  const resources = graph.resources.flatMap((resource): readonly GraphResource[] => {
    if (resource.type !== "aws:iam/rolePolicy:RolePolicy") return [resource];
    if (role !== undefined && resource.outputs["role"] !== name) return [resource];
    const policy = without(String(resource.outputs["policy"]), action);
    if (policy === null) return [];
    return [
      { ...resource, inputs: { ...resource.inputs, policy }, outputs: { ...resource.outputs, policy } },
    ];
  });
  return { ...graph, resources };
}

/** Null when nothing is left. */
function without(text: string, action: string): string | null {
  const document = JSON.parse(text) as Document;
  const statements = document.Statement.map((statement) => ({
    ...statement,
    Action: [statement.Action].flat().filter((each) => each !== action),
  })).filter(({ Action }) => Action.length > 0);
  return statements.length === 0 ? null : JSON.stringify({ ...document, Statement: statements });
}
