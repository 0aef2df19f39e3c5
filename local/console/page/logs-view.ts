/** The logs of workers and functions, task by task, while they are written. */
import type { LogLine, LogName, LogPart } from "../messages";
import { ask } from "./api";
import { fill, h, keyed, say } from "./dom";
import { bytes, clock, clockMs, count, moment } from "./format";
import { linkTo, replacePlace } from "./router";
import type { Context, View } from "./view";

const LOOK_EVERY_MS = 1_000;
/** Older ones are in the file. */
const KEPT_LINES = 3_000;

export function logsView({ place }: Context): View {
  const file = place.rest;
  const names = h("div", {});
  const empty = h(
    "div",
    { class: "empty", hidden: true },
    h("h2", {}, "No logs yet"),
    h(
      "p",
      {},
      "A log appears here as soon as a worker or a function starts; choose it to read it task by task.",
    ),
  );
  const updateGroups = keyed<readonly [string, readonly LogName[]]>(
    names,
    ([of]) => of,
    () => logGroup(file),
  );
  const log = file === "" ? null : logReader(file, place.query.get("run"), place.query.get("task"));
  const choose = h("p", { class: "empty" }, "Choose a log to read it task by task.");
  const element = h(
    "div",
    { class: "view" },
    h("div", { class: "heading" }, h("h1", {}, "Logs")),
    empty,
    h(
      "div",
      { class: "logs" },
      h("nav", { class: "card log-list", "aria-label": "Logs of this run" }, names),
      log?.element ?? choose,
    ),
  );
  async function look(): Promise<void> {
    const found = await ask<readonly LogName[]>("/api/logs").catch(() => null);
    if (found !== null) {
      updateGroups([...Map.groupBy(found, ({ of }) => of)].sort(([a], [b]) => a.localeCompare(b)));
      empty.hidden = found.length > 0;
      choose.hidden = found.length === 0;
    }
    await log?.look();
  }
  let timer = 0;
  let closed = false;
  const beat = (): void => {
    void look().finally(() => {
      if (!closed) timer = window.setTimeout(beat, LOOK_EVERY_MS);
    });
  };
  beat();
  return {
    title: "Logs",
    element,
    topics: {},
    close() {
      closed = true;
      window.clearTimeout(timer);
    },
  };
}

/** The logs of one pool or function. */
function logGroup(open: string): {
  readonly element: HTMLElement;
  update(group: readonly [string, readonly LogName[]]): void;
} {
  const heading = h("h2", {});
  const list = h("ul", {});
  const updateNames = keyed<LogName>(
    list,
    ({ file }) => file,
    () => logNameRow(open),
  );
  return {
    element: h("div", {}, heading, list),
    update([of, names]) {
      say(heading, of);
      updateNames(names);
    },
  };
}

function logNameRow(open: string): { readonly element: HTMLElement; update(log: LogName): void } {
  const link = h("a", {});
  const note = h("span", { class: "note" });
  return {
    element: h("li", {}, link, note),
    update({ file, worker, bytes: size, changedMs, workerState }) {
      say(link, worker === null ? "All invocations" : `Worker ${worker}`);
      link.setAttribute("href", linkTo("logs", file));
      if (file === open) link.setAttribute("aria-current", "page");
      const state = worker === null ? [] : [workerState ?? "ended"];
      say(note, [...state, bytes(size), clock(changedMs)].join(" · "));
    },
  };
}

/** `run`: the instant at which an earlier run began; null: this run's. `wanted`: the task whose lines are asked for. */
function logReader(
  file: string,
  run: string | null,
  wanted: string | null,
): { readonly element: HTMLElement; look(): Promise<void> } {
  let task = wanted;
  let offset: number | null = null;
  let lines: LogLine[] = [];
  /** By their ids, also those whose lines are not shown now. */
  const known = new Map<string, string>();
  const chooser = h("select", { id: "task" });
  const body = h("tbody", {});
  const note = h("p", { class: "note" });
  const box = h(
    "div",
    { class: "table-box log-lines", tabindex: 0, role: "region", "aria-label": "Lines" },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h("tr", {}, ...["Time", "Event", "Line"].map((name) => h("th", { scope: "col" }, name))),
      ),
      body,
    ),
  );
  const element = h(
    "section",
    { class: "card log", "aria-labelledby": "log-name" },
    h("div", { class: "card-head" }, h("h2", { id: "log-name", class: "mono" }, file)),
    run === null ? null : h("p", { class: "note" }, `Of the run that began at ${moment(Number(run))}.`),
    h("div", { class: "toolbar" }, h("label", { for: "task" }, "Task"), chooser),
    note,
    box,
  );

  function show(): void {
    const isAtEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 40;
    fill(body, ...lines.map(lineRow));
    if (isAtEnd) box.scrollTop = box.scrollHeight;
    say(
      note,
      lines.length === 0
        ? task === null
          ? "No lines yet: they appear as they are written."
          : "No lines of this task: they appear when it writes some."
        : count(lines.length, "line"),
    );
    showTasks();
  }

  function showTasks(): void {
    for (const { taskId, label } of tasksOf(lines)) known.set(taskId, label);
    const tasks = [...known].map(([taskId, label]) => ({ taskId, label }));
    if (chooser.options.length === tasks.length + 1 && chooser.value === (task ?? "")) {
      tasks.forEach(({ label }, index) => {
        const option = chooser.options[index + 1];
        if (option !== undefined) say(option, label);
      });
      return;
    }
    fill(
      chooser,
      h("option", { value: "" }, "All lines"),
      ...tasks.map(({ taskId, label }) => h("option", { value: taskId }, label)),
    );
    chooser.value = task ?? "";
  }

  chooser.addEventListener("change", () => {
    task = chooser.value === "" ? null : chooser.value;
    replacePlace(linkTo("logs", file, { run, task }));
    offset = null;
    lines = [];
    void read();
  });
  async function read(): Promise<void> {
    const asked = { file, run, offset, task };
    const part: LogPart | null = await ask<LogPart>("/api/logs/part", asked).catch(() => null);
    // Meanwhile another task may have been chosen, or another look have come first.
    if (asked.task !== task || asked.offset !== offset) return;
    const isFirst = offset === null;
    if (part === null) {
      if (isFirst) say(note, "There is no such log, or not any more.");
      return;
    }
    offset = part.nextOffset;
    if (part.lines.length > 0 || isFirst) {
      lines = [...lines, ...part.lines].slice(-KEPT_LINES);
      show();
      if (isFirst && task === null && part.skippedBytes > 0)
        say(note, `${bytes(part.skippedBytes)} before these lines are in the file.`);
    }
    if (part.restBytes > 0 && part.nextOffset !== asked.offset) await read();
  }

  return { element, look: read };
}

/** In the order in which they began. */
function tasksOf(lines: readonly LogLine[]): readonly { readonly taskId: string; readonly label: string }[] {
  const tasks = new Map<string, string>();
  for (const { taskId, event, timeMs } of lines) {
    if (taskId === null) continue;
    const known = tasks.get(taskId);
    const outcome = /^Task(Succeeded|Failed|TimedOut|Ended|Lost)/.exec(event)?.[1]?.toLowerCase();
    if (known === undefined) tasks.set(taskId, timeMs === null ? "" : clock(timeMs));
    if (outcome !== undefined) tasks.set(taskId, `${known ?? ""} ${outcome}`);
  }
  return [...tasks].map(([taskId, what]) => ({ taskId, label: `${taskId.slice(0, 8)} ${what}`.trim() }));
}

function lineRow({ timeMs, event, taskId, text }: LogLine): HTMLElement {
  return h(
    "tr",
    {},
    h("td", { class: "numeric" }, timeMs === null ? "" : clockMs(timeMs)),
    h("td", {}, event, taskId === null ? null : h("span", { class: "sub mono" }, taskId.slice(0, 8))),
    h("td", { class: "mono line-text" }, text),
  );
}
