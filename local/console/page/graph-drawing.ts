/** An execution's graph as SVG: each state in the colour of how it stands, to be chosen by mouse or keyboard. */
import type { ExecutionNow, MachineGraph, StateNow } from "../execution-messages";
import { say, svg } from "./dom";
import { number } from "./format";
import { layOut, type PlacedEdge, type PlacedNode } from "./graph-layout";
import { MARKS, standOf } from "./status";

export interface GraphDrawing {
  readonly element: SVGSVGElement;
  update(states: ExecutionNow["states"]): void;
  choose(state: string | null): void;
}

/** Around the drawing, for the lines of focus. */
const MARGIN = 6;
/** Characters that have room in a node. */
const NAME_LENGTH = 22;
const CALLS_LENGTH = 27;

export function drawGraph(graph: MachineGraph, onChoose: (state: string) => void): GraphDrawing {
  const { width, height, nodes, edges } = layOut(graph);
  const drawn = nodes.map((placed) => drawNode(placed, onChoose));
  const box = [-MARGIN, -MARGIN, width + 2 * MARGIN, height + 2 * MARGIN];
  const element = svg(
    "svg",
    {
      class: "graph",
      viewBox: box.join(" "),
      width: box[2],
      height: box[3],
      role: "group",
      "aria-label": "States of this execution",
    },
    svg(
      "defs",
      {},
      svg(
        "marker",
        {
          id: "arrow",
          viewBox: "0 0 8 8",
          refX: 7,
          refY: 4,
          markerWidth: 7,
          markerHeight: 7,
          orient: "auto",
        },
        svg("path", { d: "M0 0.5 7 4 0 7.5z", class: "arrow" }),
      ),
    ),
    // A box that holds states lies below the lines between them.
    ...drawn.filter(({ holds }) => holds).map(({ group }) => group),
    ...edges.map(drawEdge),
    ...drawn.filter(({ holds }) => !holds).map(({ group }) => group),
  );
  return {
    element,
    update(states) {
      for (const node of drawn) node.update(states[node.name]);
    },
    choose(state) {
      for (const { group, name } of drawn) group.setAttribute("aria-pressed", String(name === state));
    },
  };
}

interface DrawnNode {
  readonly name: string;
  readonly holds: boolean;
  readonly group: SVGGElement;
  update(state: StateNow | undefined): void;
}

function drawNode({ node, x, y, width, height }: PlacedNode, onChoose: (state: string) => void): DrawnNode {
  const { name, type, calls } = node;
  const holds = node.inner.length > 0;
  const mark = svg("text", { x: x + 18, y: y + 32, class: "mark", "text-anchor": "middle" });
  const progress = svg("text", { x: x + width - 12, y: y + 43, class: "progress", "text-anchor": "end" });
  const below = shortened(calls ?? type, CALLS_LENGTH);
  const line = svg("text", { x: x + 36, y: y + 43, class: "calls" }, below);
  // What a reader's tool says of it, and what the mouse shows.
  const title = svg("title", {});
  const group = svg(
    "g",
    { class: "node", tabindex: 0, role: "button", "aria-pressed": "false" },
    title,
    svg("rect", { x, y, width, height, rx: 10 }),
    mark,
    svg("text", { x: x + 36, y: y + 24, class: "name" }, shortened(name, NAME_LENGTH)),
    line,
    progress,
  );
  const choose = (): void => {
    onChoose(name);
  };
  group.addEventListener("click", choose);
  group.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    choose();
  });
  return {
    name,
    holds,
    group,
    update(state) {
      const stand = standOf(state);
      group.dataset["stand"] = stand;
      say(mark, MARKS[stand]);
      const words = progressOf(state);
      say(progress, words);
      say(line, words === "" ? below : shortened(below, CALLS_LENGTH - words.length - 1));
      say(title, `${name}, ${type}, ${wordsOf(state)}`);
    },
  };
}

/** A state that is visited once says it by its colour, and a Map by its items. */
function progressOf(state: StateNow | undefined): string {
  if (state?.items != null) return `${number(state.items.done)} of ${number(state.items.total)}`;
  if (state === undefined || state.visits < 2) return "";
  return `${number(state.succeeded)}/${number(state.visits)}`;
}

function wordsOf(state: StateNow | undefined): string {
  if (state === undefined || state.visits === 0) return "not entered";
  const { visits, running, succeeded, failed, aborted, items } = state;
  const done = items === null ? "" : `, ${number(items.done)} of ${number(items.total)} items done`;
  const parts = Object.entries({ running, succeeded, failed, aborted }).filter(([, value]) => value > 0);
  if (visits === 1) return `${parts[0]?.[0] ?? ""}${done}`;
  return parts.map(([word, value]) => `${number(value)} ${word}`).join(", ") + done;
}

function drawEdge({ edge, points }: PlacedEdge): SVGElement {
  const path = svg("path", { d: pathOf(points), class: `edge ${edge.kind}`, "marker-end": "url(#arrow)" });
  if (edge.label !== null) path.append(svg("title", {}, `${edge.kind}: ${edge.label}`));
  return path;
}

/** Through the middles of the pieces, rounded at each bend. */
function pathOf(points: PlacedEdge["points"]): string {
  const [first, ...rest] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return "";
  let path = `M${String(first.x)} ${String(first.y)}`;
  rest.slice(0, -1).forEach((point, index) => {
    const next = rest[index + 1] ?? last;
    const middle =
      index === rest.length - 2 ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    path += ` Q${String(point.x)} ${String(point.y)} ${String(middle.x)} ${String(middle.y)}`;
  });
  return rest.length < 2 ? `${path} L${String(last.x)} ${String(last.y)}` : path;
}

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, Math.max(1, length - 1))}…` : text;
}
