/** Draws a resource graph as a tree for people. */
import type { Graph, GraphResource } from "../graph";

/** One line per resource: type, name and what is special about it, below its parent. */
export function drawTree(graph: Graph): readonly string[] {
  const children = new Map<string | null, GraphResource[]>();
  for (const resource of graph.resources) {
    children.set(resource.parent, [...(children.get(resource.parent) ?? []), resource]);
  }
  const draw = (resource: GraphResource, lead: string, branch: string): readonly string[] => {
    const below = children.get(resource.urn) ?? [];
    const nextLead = lead + (branch === "├─ " ? "│  " : branch === "└─ " ? "   " : "");
    return [
      `${lead}${branch}${describe(resource)}`,
      ...below.flatMap((child, index) => draw(child, nextLead, index === below.length - 1 ? "└─ " : "├─ ")),
    ];
  };
  return (children.get(null) ?? []).flatMap((root) => draw(root, "", ""));
}

function describe({ type, name, protect, ignoreChanges, synthesised }: GraphResource): string {
  const notes = [
    ...(protect ? ["protected"] : []),
    ...(ignoreChanges.length > 0 ? [`ignores ${ignoreChanges.join(", ")}`] : []),
    ...(synthesised ? ["synthesised"] : []),
  ];
  return `${type} ${name}${notes.length > 0 ? ` [${notes.join("; ")}]` : ""}`;
}
