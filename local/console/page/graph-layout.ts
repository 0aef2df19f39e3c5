/** Where the states of a graph stand in a drawing: laid out by dagre, level by level, so that a Map holds its own graph. */
import { Graph, layout } from "@dagrejs/dagre";
import type { GraphEdge, GraphNode, MachineGraph } from "../execution-messages";

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export interface PlacedNode extends Box {
  readonly node: GraphNode;
}
export interface PlacedEdge {
  readonly edge: GraphEdge;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}
/** Nodes that hold others come before them. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

export const NODE = { width: 208, height: 54 };
/** Of what holds others: room for its own name above, and around. */
const HEAD = 54;
const PADDING = 16;
/** Between the branches of a Parallel. */
const GAP = 20;

export function layOut(graph: MachineGraph): Layout {
  const inner = new Map(graph.nodes.map((node) => [node.name, besideEachOther(node.inner.map(layOut))]));
  const dagre = new Graph();
  dagre.setGraph({ rankdir: "TB", nodesep: 28, ranksep: 38, marginx: 2, marginy: 2 });
  dagre.setDefaultEdgeLabel(() => ({}));
  for (const { name } of graph.nodes) dagre.setNode(name, sizeOf(inner.get(name)));
  // Several ways between the same two states are drawn as one.
  for (const { from, to } of graph.edges) dagre.setEdge(from, to);
  layout(dagre);
  const nodes: PlacedNode[] = [];
  const edges: PlacedEdge[] = [];
  for (const node of graph.nodes) {
    const { x = 0, y = 0, width = 0, height = 0 } = dagre.node(node.name) as Partial<Box>;
    const box = { x: x - width / 2, y: y - height / 2, width, height };
    nodes.push({ ...box, node });
    const held = inner.get(node.name);
    if (held === undefined || held.nodes.length === 0) continue;
    const moved = shifted(held, box.x + (width - held.width) / 2, box.y + HEAD);
    nodes.push(...moved.nodes);
    edges.push(...moved.edges);
  }
  const drawn = new Set<string>();
  for (const edge of graph.edges) {
    const key = `${edge.from}\n${edge.to}`;
    if (drawn.has(key)) continue;
    drawn.add(key);
    edges.push({
      edge,
      points: (dagre.edge(edge.from, edge.to) as { points?: PlacedEdge["points"] }).points ?? [],
    });
  }
  const { width = 0, height = 0 } = dagre.graph() as { width?: number; height?: number };
  return { width, height, nodes, edges };
}

function sizeOf(held: Layout | undefined): { width: number; height: number } {
  if (held === undefined || held.nodes.length === 0) return { ...NODE };
  return {
    width: Math.max(NODE.width, held.width + 2 * PADDING),
    height: held.height + HEAD + PADDING,
  };
}

function besideEachOther(parts: readonly Layout[]): Layout {
  const height = Math.max(0, ...parts.map((part) => part.height));
  const nodes: PlacedNode[] = [];
  const edges: PlacedEdge[] = [];
  let x = 0;
  for (const part of parts) {
    const moved = shifted(part, x, 0);
    nodes.push(...moved.nodes);
    edges.push(...moved.edges);
    x += part.width + GAP;
  }
  return { width: Math.max(0, x - GAP), height, nodes, edges };
}

function shifted({ width, height, nodes, edges }: Layout, x: number, y: number): Layout {
  return {
    width,
    height,
    nodes: nodes.map((node) => ({ ...node, x: node.x + x, y: node.y + y })),
    edges: edges.map(({ edge, points }) => ({
      edge,
      points: points.map((point) => ({ x: point.x + x, y: point.y + y })),
    })),
  };
}
