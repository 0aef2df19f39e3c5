/** One state of an execution: its visits, and what went into each and came of it. */
import type {
  Attempt,
  ExecutionNow,
  GraphNode,
  LogPlace,
  MachineGraph,
  VisitData,
} from "../execution-messages";
import { ask } from "./api";
import { dataBlock } from "./data-block";
import { fill, h, say } from "./dom";
import { clockMs, count, duration, number } from "./format";
import { linkTo } from "./router";
import { badge } from "./status";

export interface StatePanel {
  readonly element: HTMLElement;
  update(now: ExecutionNow): void;
  close(): void;
}

const WORDS = { running: "Running", succeeded: "Succeeded", failed: "Failed", aborted: "Aborted" } as const;
const ASK_EVERY_MS = 300;

export function statePanel(arn: string, state: string, graph: MachineGraph, onClose: () => void): StatePanel {
  const node = findNode(graph, state);
  const data = h("div", {});
  const summary = h("p", { class: "note" });
  const index = h("input", { type: "number", min: 1, value: 1, id: "visit", inputmode: "numeric" });
  const total = h("span", { class: "note" });
  const before = h("button", { type: "button", class: "quiet", "aria-label": "Earlier visit" }, "‹");
  const after = h("button", { type: "button", class: "quiet", "aria-label": "Later visit" }, "›");
  const pager = h(
    "div",
    { class: "pager", hidden: true },
    h("label", { for: "visit" }, "Visit"),
    before,
    index,
    after,
    total,
  );
  const element = h(
    "section",
    { class: "card", "aria-label": `State ${state}` },
    h(
      "div",
      { class: "card-head" },
      h("h2", {}, state),
      h(
        "button",
        {
          type: "button",
          class: "quiet small",
          onclick: onClose,
          "aria-label": "Close this state",
        },
        "Close",
      ),
    ),
    h("p", { class: "note" }, [node?.type, node?.calls].filter((each) => each != null).join(" · ")),
    summary,
    pager,
    data,
  );

  let visit = 0;
  let visits = 0;
  let shown = "";
  let closed = false;
  let timer: number | undefined;

  async function load(): Promise<void> {
    timer = undefined;
    const found = await ask<VisitData>("/api/execution/visit", { arn, state, index: visit }).catch(
      () => null,
    );
    if (closed) return;
    const key = JSON.stringify([visit, found]);
    if (key === shown) return;
    shown = key;
    fill(data, ...(found === null ? notEntered() : visitBlocks(found)));
  }

  function go(to: number): void {
    visit = Math.max(0, Math.min(visits - 1, to));
    index.value = String(visit + 1);
    void load();
  }

  before.addEventListener("click", () => {
    go(visit - 1);
  });
  after.addEventListener("click", () => {
    go(visit + 1);
  });
  index.addEventListener("change", () => {
    go(Number(index.value) - 1);
  });
  void load();
  return {
    element,
    update({ states }) {
      const now = states[state];
      visits = now?.visits ?? 0;
      pager.hidden = visits < 2;
      index.max = String(visits);
      say(total, `of ${number(visits)}`);
      say(summary, now === undefined || visits < 2 ? "" : summaryOf(now));
      timer ??= window.setTimeout(() => void load(), ASK_EVERY_MS);
    },
    close() {
      closed = true;
      window.clearTimeout(timer);
    },
  };
}

function summaryOf(now: ExecutionNow["states"][string]): string {
  const { running, succeeded, failed, aborted, failedAttempts } = now;
  const parts = Object.entries({ running, succeeded, failed, aborted })
    .filter(([, value]) => value > 0)
    .map(([word, value]) => `${number(value)} ${word}`);
  if (failedAttempts > 0) parts.push(count(failedAttempts, "failed attempt"));
  return parts.join(", ");
}

function visitBlocks(visit: VisitData): readonly HTMLElement[] {
  const { path, status, enteredMs, exitedMs, failedAttempts, input, output, error, cause } = visit;
  const took = exitedMs === null ? "" : `, took ${duration(exitedMs - enteredMs)}`;
  const where = path.length === 0 ? "" : `, iteration ${path.join(" › ")}`;
  const attempts = failedAttempts === 0 ? "" : `, ${count(failedAttempts, "failed attempt")}`;
  const problem =
    error === null && cause === null
      ? []
      : [dataBlock(status === "succeeded" ? "Error of an earlier attempt" : "Error", cause ?? "", "")];
  return [
    h(
      "p",
      { class: "visit" },
      badge(status, WORDS[status]),
      ` entered ${clockMs(enteredMs)}${took}${where}${attempts}`,
    ),
    ...(error === null ? [] : [h("p", { class: "error-name" }, error)]),
    ...problem,
    ...(visit.attempts.length === 0 ? [] : [attemptList(visit.attempts)]),
    dataBlock("Input", input, "It has none."),
    dataBlock("Output", output, status === "running" ? "It comes when the state is left." : "It has none."),
  ];
}

/** Who did the work, each with a way to what was written meanwhile. */
function attemptList(attempts: readonly Attempt[]): HTMLElement {
  const items = attempts.map(({ taskId, startedMs, status, log }, index) => {
    const name = attempts.length === 1 ? "Task" : `Attempt ${number(index + 1)}`;
    const since = startedMs === null ? "waits for a worker" : `began ${clockMs(startedMs)}`;
    return h(
      "li",
      {},
      h("span", { class: "mono" }, `${name} ${taskId.slice(0, 8)}`),
      ` ${WORDS[status].toLowerCase()}, ${since}`,
      ...(log === null ? [] : [" · ", logLink(taskId, log, name)]),
    );
  });
  return h("ul", { class: "attempts", "aria-label": "Attempts" }, ...items);
}

function logLink(taskId: string, { file, run }: LogPlace, name: string): HTMLElement {
  const href = linkTo("logs", file, { task: taskId, run: run === null ? null : String(run) });
  return h("a", { href, "aria-label": `Log of ${name.toLowerCase()} ${taskId.slice(0, 8)}` }, "log");
}

function notEntered(): readonly HTMLElement[] {
  return [h("p", { class: "none" }, "Not entered yet. Its input and output appear here when it is.")];
}

function findNode(graph: MachineGraph, name: string): GraphNode | undefined {
  for (const node of graph.nodes) {
    if (node.name === name) return node;
    for (const inner of node.inner) {
      const found = findNode(inner, name);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
