/** Takes one action out of the documents of a graph's roles, as a careless edit would. */
import type { Graph, GraphResource } from "../../../local/graph";

interface Document {
  readonly Statement: readonly { readonly Action: string | readonly string[] }[];
}

/** Out of the policies of one role (by its logical name); or out of all policies and trust policies. */
export function withoutAction(graph: Graph, action: string, role?: string): Graph {
  const name = graph.resources.find((each) => each.type === "aws:iam/role:Role" && each.name === role)
    ?.outputs["name"];
  if (role !== undefined && name === undefined) throw new Error(`The graph has no role ${role}.`);
  const resources = graph.resources.map((resource) => {
    if (resource.type === "aws:iam/rolePolicy:RolePolicy") {
      const isMeant = role === undefined || resource.outputs["role"] === name;
      return isMeant ? amended(resource, "policy", action) : resource;
    }
    return role === undefined && resource.type === "aws:iam/role:Role"
      ? amended(resource, "assumeRolePolicy", action)
      : resource;
  });
  return { ...graph, resources };
}

function amended(resource: GraphResource, property: string, action: string): GraphResource {
  const document = JSON.parse(String(resource.outputs[property])) as Document;
  const statements = document.Statement.map((statement) => {
    const left = [statement.Action].flat().filter((each) => each !== action);
    // A statement has an action at least: one that there is not.
    return { ...statement, Action: left.length === 0 ? ["nothing:Nothing"] : left };
  });
  const text = JSON.stringify({ ...document, Statement: statements });
  return {
    ...resource,
    inputs: { ...resource.inputs, [property]: text },
    outputs: { ...resource.outputs, [property]: text },
  };
}
