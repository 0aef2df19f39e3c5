/** One execution: how it stands, its graph, what went into each state and came of it, and its whole history. */
import type { ExecutionNow, ExecutionPlan } from "../execution-messages";
import { act, ask } from "./api";
import { dataBlock } from "./data-block";
import { fill, h, say } from "./dom";
import { age, clock, count, duration, moment } from "./format";
import { drawGraph, type GraphDrawing } from "./graph-drawing";
import { historyTable } from "./history-table";
import { linkTo, replacePlace } from "./router";
import { statePanel, type StatePanel } from "./state-panel";
import { statusBadge } from "./status";
import type { Context, View } from "./view";

export function executionView(context: Context): View {
  const { feed, place } = context;
  const arn = place.rest;
  const name = arn.split(":").at(-1) ?? arn;
  const facts = h("dl", { class: "facts" });
  const state = h("span", {});
  const buttons = h("div", { class: "buttons" });
  const failure = h("div", { class: "failure", hidden: true });
  const graphBox = h("div", { class: "graph-box" }, h("p", { class: "none" }, "Drawing the graph…"));
  const panelBox = h("div", { class: "panel" });
  const history = historyTable(arn);
  const body = h(
    "div",
    {},
    failure,
    h(
      "div",
      { class: "execution" },
      h("section", { class: "card", "aria-label": "Graph" }, graphBox),
      panelBox,
    ),
    history.element,
  );
  const element = h(
    "div",
    { class: "view" },
    h("p", { class: "crumb" }, h("a", { href: linkTo("executions") }, "Executions")),
    h("div", { class: "heading" }, h("h1", { class: "mono" }, name), state, buttons),
    facts,
    body,
  );

  let graph: GraphDrawing | null = null;
  let panel: StatePanel | null = null;
  let chosen = place.query.get("state");
  let now: ExecutionNow | null = null;
  let closed = false;

  function choose(wanted: string | null): void {
    chosen = wanted;
    replacePlace(linkTo("execution", arn, { state: wanted }));
    graph?.choose(wanted);
    void showPanel();
  }

  async function showPanel(): Promise<void> {
    const plan = await loadPlan();
    if (closed || plan === null) return;
    panel?.close();
    panel = null;
    if (chosen === null) {
      fill(panelBox, ...wholePanel(plan));
      return;
    }
    panel = statePanel(arn, chosen, plan.graph, () => {
      choose(null);
    });
    fill(panelBox, panel.element);
    if (now !== null) panel.update(now);
  }

  /** Its output is there when it has ended. */
  let plan: ExecutionPlan | null = null;
  async function loadPlan(): Promise<ExecutionPlan | null> {
    if (plan === null || plan.output === null)
      plan = (await ask<ExecutionPlan>("/api/execution", { arn })) ?? plan;
    return plan;
  }

  async function draw(): Promise<void> {
    const loaded = await loadPlan();
    if (closed || loaded === null) return;
    graph = drawGraph(loaded.graph, choose);
    fill(graphBox, graph.element);
    graph.choose(chosen);
    if (now !== null) graph.update(now.states);
    await showPanel();
  }

  function show(update: ExecutionNow): void {
    const hasEnded = now?.status === "RUNNING" && update.status !== "RUNNING";
    const isNew = now?.status !== update.status;
    now = update;
    if (isNew) {
      fill(state, statusBadge(update.status));
      fill(buttons, ...buttonsOf(context, update));
    }
    showFacts();
    failure.hidden = update.error === null && update.cause === null;
    if (!failure.hidden && isNew)
      fill(
        failure,
        h("h2", {}, update.error ?? "No error name"),
        h("pre", { tabindex: 0, "aria-label": "Cause" }, causeOf(update.cause)),
      );
    graph?.update(update.states);
    panel?.update(update);
    history.update(update.events);
    if (hasEnded && chosen === null) void showPanel();
  }

  function showFacts(): void {
    if (now === null) return;
    const { machine, startedMs, endedMs, events, status } = now;
    const took =
      status === "RUNNING" ? age(Date.now() - startedMs) : duration((endedMs ?? startedMs) - startedMs);
    const texts: readonly (readonly [string, string, string])[] = [
      ["State machine", machine, machine],
      ["Started", clock(startedMs), moment(startedMs)],
      [status === "RUNNING" ? "Running for" : "Took", took, ""],
      ["History", count(events, "event"), ""],
    ];
    if (facts.childElementCount !== texts.length)
      fill(facts, ...texts.map(() => h("div", {}, h("dt", {}), h("dd", {}))));
    texts.forEach(([term, text, title], index) => {
      const [dt, dd] = facts.children[index]?.children ?? [];
      if (dt !== undefined) say(dt, term);
      if (dd === undefined) return;
      say(dd, text);
      dd.setAttribute("title", title);
    });
  }

  const ticking = window.setInterval(showFacts, 1_000);
  const stops = [
    feed.on("execution", (update) => {
      if (update.arn === arn) show(update);
    }),
    feed.on("unknown", () => {
      if (now === null) fill(body, ...forgotten());
    }),
  ];
  void draw();
  return {
    title: name,
    element,
    topics: { execution: arn },
    close() {
      closed = true;
      window.clearInterval(ticking);
      panel?.close();
      for (const stop of stops) stop();
    },
  };
}

function wholePanel({ input, output }: ExecutionPlan): readonly HTMLElement[] {
  return [
    h(
      "section",
      { class: "card" },
      h("h2", {}, "Whole execution"),
      h("p", { class: "note" }, "Choose a state in the graph to see its own input and output."),
      dataBlock("Input", input, ""),
      dataBlock("Output", output, "It comes when the execution succeeds."),
    ),
  ];
}

function buttonsOf({ notice }: Context, { arn, status }: ExecutionNow): readonly HTMLElement[] {
  const button = (label: string, path: string, done: string): HTMLElement => {
    const element = h("button", { type: "button" }, label);
    element.addEventListener("click", () => {
      element.disabled = true;
      act(path, { executionArn: arn }).then(
        () => {
          notice(done);
        },
        (error: unknown) => {
          element.disabled = false;
          notice((error as Error).message, "failed");
        },
      );
    });
    return element;
  };
  const again = h("a", { class: "button", href: linkTo("start", "", { like: arn }) }, "Start again");
  if (status === "RUNNING")
    return [button("Stop", "/api/executions/stop", "The execution was stopped."), again];
  if (status === "SUCCEEDED") return [again];
  return [button("Redrive", "/api/executions/redrive", "The execution goes on where it stopped."), again];
}

/** A function's error is JSON; people look for its message first. */
function causeOf(cause: string | null): string {
  if (cause === null || cause === "") return "No cause was given.";
  try {
    const { errorMessage } = JSON.parse(cause) as { readonly errorMessage?: unknown };
    return typeof errorMessage === "string" ? errorMessage : cause;
  } catch {
    return cause;
  }
}

function forgotten(): readonly HTMLElement[] {
  return [
    h(
      "div",
      { class: "empty" },
      h("h2", {}, "This execution is not known any more"),
      h(
        "p",
        {},
        "The local cloud keeps 50,000 events of executions that have ended, and forgets the oldest ones; of Express executions it keeps nothing after their end.",
      ),
    ),
  ];
}
