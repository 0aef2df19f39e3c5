/** The graph of a state machine, as the page draws it: states, and the ways between them. */
import type { Catcher, State, StateGraph } from "../cloud/states/definition/asl";
import type { GraphEdge, GraphNode, MachineGraph } from "./execution-messages";

/** `nameOf` says in a word what the Resource of a Task is. */
export function machineGraph(graph: StateGraph, nameOf: (resource: string) => string): MachineGraph {
  const states = Object.entries(graph.States);
  return {
    start: graph.StartAt,
    nodes: states.map(([name, state]) => nodeOf(name, state, nameOf)),
    edges: states.flatMap(([name, state]) => edgesOf(name, state)),
  };
}

function nodeOf(name: string, state: State, nameOf: (resource: string) => string): GraphNode {
  const calls = state.Type === "Task" ? nameOf(state.Resource) : null;
  return { name, type: state.Type, calls, inner: innerOf(state).map((inner) => machineGraph(inner, nameOf)) };
}

function innerOf(state: State): readonly StateGraph[] {
  if (state.Type === "Parallel") return state.Branches;
  if (state.Type !== "Map") return [];
  const processor = state.ItemProcessor ?? state.Iterator;
  return processor === undefined ? [] : [processor];
}

function edgesOf(from: string, state: State): readonly GraphEdge[] {
  const edges: GraphEdge[] = [];
  if ("Next" in state && state.Next !== undefined)
    edges.push({ from, to: state.Next, kind: "next", label: null });
  if (state.Type === "Choice") {
    for (const rule of state.Choices)
      if (rule.Next !== undefined) edges.push({ from, to: rule.Next, kind: "choice", label: null });
    if (state.Default !== undefined)
      edges.push({ from, to: state.Default, kind: "choice", label: "default" });
  }
  const catchers: readonly Catcher[] = "Catch" in state ? (state.Catch ?? []) : [];
  for (const { Next: to, ErrorEquals: errors } of catchers)
    edges.push({ from, to, kind: "catch", label: errors.join(", ") });
  return edges;
}
