/** One worker of a pool: how it stands, what its slots hold, and a way to kill it. */
import type { TaskNow, WorkerNow } from "../messages";
import { act } from "./api";
import { fill, h, say } from "./dom";
import { age, clock } from "./format";
import { linkTo } from "./router";
import type { Context } from "./view";

export function workerRow(context: Context): {
  readonly element: HTMLElement;
  update(worker: WorkerNow): void;
} {
  let shown = "";
  let id = "";
  const name = h("a", { class: "worker-name mono" });
  const state = h("span", { class: "worker-state" });
  const slots = h("div", { class: "slots" });
  const kill = h("button", { type: "button", class: "quiet danger" }, "Kill");
  kill.addEventListener("click", () => {
    kill.disabled = true;
    act("/api/workers/kill", { id }).then(
      () => {
        context.notice(`Worker ${id.slice(0, 8)} was killed. The pool replaces it.`);
      },
      (error: unknown) => {
        kill.disabled = false;
        context.notice((error as Error).message, "failed");
      },
    );
  });
  const element = h("li", { class: "worker" }, h("div", { class: "worker-id" }, name, state), slots, kill);
  return {
    element,
    update(worker) {
      id = worker.id;
      say(state, stateOf(worker));
      for (const held of slots.querySelectorAll<HTMLElement>("[data-since]"))
        say(held, age(Date.now() - Number(held.dataset["since"])));
      const key = JSON.stringify(worker);
      if (key === shown) return;
      shown = key;
      say(name, worker.id.slice(0, 8));
      name.setAttribute("href", linkTo("logs", worker.log));
      name.setAttribute("aria-label", `Log of worker ${worker.id.slice(0, 8)}`);
      element.dataset["state"] = worker.state;
      kill.hidden = worker.state !== "running";
      kill.setAttribute("aria-label", `Kill worker ${worker.id.slice(0, 8)}`);
      fill(slots, ...slotsOf(worker));
    },
  };
}

function stateOf({ state, startedMs, pid, isSpot, isProtected }: WorkerNow): string {
  const words: readonly string[] = [
    state === "running" ? `up ${age(Date.now() - startedMs)}` : state,
    ...(pid === null ? [] : [`process ${String(pid)}`]),
    ...(isSpot ? ["Spot"] : []),
    ...(isProtected ? ["protected"] : []),
  ];
  return words.join(" · ");
}

/** A worker on its way has no slots to show. */
function slotsOf(worker: WorkerNow): readonly HTMLElement[] {
  if (worker.state === "pending") return [];
  const free = worker.state === "stopping" ? 0 : Math.max(0, worker.slots - worker.tasks.length);
  return [
    ...worker.tasks.map((task) => heldSlot(task, worker)),
    ...Array.from({ length: free }, () => h("span", { class: "slot" }, "free")),
  ];
}

function heldSlot(
  { executionArn, state, iteration, startedMs, taskId }: TaskNow,
  { log }: WorkerNow,
): HTMLElement {
  const what = `${state ?? "task"}${iteration === null ? "" : ` ${String(iteration)}`}`;
  const href = linkTo("execution", executionArn, { state });
  return h(
    "span",
    { class: "slot held" },
    h("a", { href, title: `Since ${clock(startedMs)}` }, what),
    h("span", { class: "since", "data-since": startedMs }, age(Date.now() - startedMs)),
    h("a", { href: linkTo("logs", log, { task: taskId }), "aria-label": `Log of the task ${what}` }, "log"),
  );
}
