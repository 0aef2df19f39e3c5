/** The list of executions: any number of them, of which the browser holds those in sight. */
import type { ExecutionPage, ExecutionRow } from "../execution-messages";
import { STATUSES, type Counts, type Status } from "../messages";
import { ask } from "./api";
import { fill, h, say } from "./dom";
import { clock, duration, moment, number } from "./format";
import { linkTo, replacePlace } from "./router";
import { statusBadge, statusWord } from "./status";
import type { Context, View } from "./view";
import { virtualList } from "./virtual-list";

const PAGE_ROWS = 100;
/** Between two questions while things change. */
const ASK_EVERY_MS = 250;
const TYPING_MS = 150;

type Of = "own" | "children";

export function executionsView({ feed, place }: Context): View {
  let status = place.query.get("status");
  let of: Of = place.query.get("of") === "children" ? "children" : "own";
  let text = place.query.get("text") ?? "";
  const filters = h("div", { class: "segments", role: "group", "aria-label": "Status" });
  const search = h("input", {
    type: "search",
    value: text,
    placeholder: "Name or state machine",
    "aria-label": "Search by name",
  });
  const children = h("input", { type: "checkbox", id: "children" });
  children.checked = of === "children";
  const childrenBox = h(
    "label",
    { class: "check", for: "children" },
    children,
    "Children of distributed Maps",
  );
  const empty = h("div", { class: "empty", hidden: true });
  const list = virtualList<ExecutionRow>({
    label: "Executions",
    columns: ["Status", "Execution", "Started", "Took"],
    keyOf: ({ arn }) => arn,
    row: executionRow,
    async load(offset, limit) {
      const query = { status, text, of, offset, limit };
      const page = await ask<ExecutionPage>("/api/executions", query);
      if (page !== null) showEmpty(page.total);
      return page ?? { total: 0, rows: [] };
    },
    pageRows: PAGE_ROWS,
    askEveryMs: ASK_EVERY_MS,
  });

  function showEmpty(total: number): void {
    empty.hidden = total > 0;
    list.element.hidden = total === 0;
    if (total > 0) return;
    const isFiltered = status !== null || text !== "" || of === "children";
    fill(
      empty,
      h("h2", {}, isFiltered ? "Nothing fits" : "No executions yet"),
      h(
        "p",
        {},
        isFiltered
          ? "No execution has this status and name. Those that come to fit appear here by themselves."
          : "Start one, here or by the AWS CLI: it appears at once, and its graph fills in while it runs.",
      ),
    );
  }

  function showCounts(counts: Counts): void {
    const byStatus = of === "children" ? counts.children : counts.executions;
    const all = STATUSES.reduce((sum, each) => sum + byStatus[each], 0);
    const choices: readonly (readonly [string | null, string, number])[] = [
      [null, "All", all],
      ...STATUSES.map((each) => [each, statusWord(each), byStatus[each]] as const),
    ];
    if (filters.childElementCount === 0)
      fill(filters, ...choices.map(([value, word]) => choice(value, word)));
    [...filters.children].forEach((button, index) => {
      const [value, , total] = choices[index] ?? [null, "", 0];
      button.setAttribute("aria-pressed", String(value === status));
      const figure = button.querySelector(".total");
      if (figure !== null) say(figure, number(total));
    });
    childrenBox.hidden = of === "own" && STATUSES.every((each) => counts.children[each] === 0);
  }

  function choice(value: string | null, word: string): HTMLElement {
    const choose = (): void => {
      status = value;
      again();
    };
    return h("button", { type: "button", onclick: choose }, word, h("span", { class: "total" }));
  }

  function again(): void {
    replacePlace(linkTo("executions", "", { status, text, of: of === "own" ? null : of }));
    const counts = feed.last("counts");
    if (counts !== null) showCounts(counts);
    list.restart();
  }

  let typing: number | undefined;
  search.addEventListener("input", () => {
    window.clearTimeout(typing);
    typing = window.setTimeout(() => {
      text = search.value;
      again();
    }, TYPING_MS);
  });
  children.addEventListener("change", () => {
    of = children.checked ? "children" : "own";
    again();
  });
  list.restart();
  let revision = feed.last("counts")?.revision ?? -1;
  const stop = feed.on("counts", (counts) => {
    showCounts(counts);
    if (counts.revision === revision) return;
    revision = counts.revision;
    list.refresh();
  });
  const element = h(
    "div",
    { class: "view" },
    h(
      "div",
      { class: "heading" },
      h("h1", {}, "Executions"),
      h("a", { class: "button primary", href: linkTo("start") }, "Start an execution"),
    ),
    h("div", { class: "toolbar" }, filters, search, childrenBox),
    empty,
    list.element,
  );
  return {
    title: "Executions",
    element,
    topics: {},
    close() {
      stop();
      list.close();
    },
  };
}

function executionRow(): { readonly element: HTMLElement; update(row: ExecutionRow): void } {
  const state = h("span", { role: "cell", class: "cell-status" });
  const link = h("a", { class: "cell-link" });
  const machine = h("span", { class: "sub" });
  const started = h("span", { role: "cell", class: "cell-time" });
  const took = h("span", { role: "cell", class: "cell-took" });
  const element = h(
    "div",
    { role: "row", class: "row" },
    state,
    h("span", { role: "cell", class: "cell-name" }, link, machine),
    started,
    took,
  );
  let shown: Status | null = null;
  return {
    element,
    update(row) {
      if (row.status !== shown) fill(state, statusBadge(row.status));
      shown = row.status;
      say(link, row.name);
      link.setAttribute("href", linkTo("execution", row.arn));
      say(machine, row.machine);
      say(started, clock(row.startedMs));
      started.title = moment(row.startedMs);
      say(took, row.endedMs === null ? "–" : duration(row.endedMs - row.startedMs));
    },
  };
}
