/** The whole history of an execution, a page at a time. */
import type { EventPage, EventRow } from "../execution-messages";
import { ask } from "./api";
import { dataBlock } from "./data-block";
import { fill, h, say } from "./dom";
import { clockMs, number } from "./format";

export interface HistoryTable {
  readonly element: HTMLElement;
  /** So many events there are now. */
  update(events: number): void;
}

const PAGE_EVENTS = 50;
const ASK_EVERY_MS = 300;

export function historyTable(arn: string): HistoryTable {
  const rows = h("tbody", {});
  const range = h("span", { class: "note" });
  const earlier = h("button", { type: "button", class: "quiet" }, "Earlier");
  const later = h("button", { type: "button", class: "quiet" }, "Later");
  const pager = h("div", { class: "pager" }, earlier, later);
  const details = h(
    "details",
    { class: "card history" },
    h("summary", {}, h("h2", {}, "History"), range),
    h(
      "div",
      { class: "table-box", tabindex: 0, role: "region", "aria-label": "History" },
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            ...["#", "Time", "Event", "State", "Details"].map((name) => h("th", { scope: "col" }, name)),
          ),
        ),
        rows,
      ),
    ),
    pager,
  );
  let offset = 0;
  let total = 0;
  let shown = "";
  let timer: number | undefined;

  async function load(): Promise<void> {
    timer = undefined;
    if (!details.open) return;
    const page = await ask<EventPage>("/api/execution/events", { arn, offset, limit: PAGE_EVENTS }).catch(
      () => null,
    );
    if (page === null) return;
    const key = `${String(offset)} ${String(page.events.length)}`;
    if (key === shown) return;
    shown = key;
    fill(rows, ...page.events.map((event) => eventRow(arn, event)));
    showRange();
  }

  function showRange(): void {
    const last = Math.min(total, offset + PAGE_EVENTS);
    say(
      range,
      total === 0
        ? ""
        : details.open
          ? `${number(offset + 1)} to ${number(last)} of ${number(total)}`
          : `${number(total)} events`,
    );
    pager.hidden = total <= PAGE_EVENTS;
    earlier.disabled = offset === 0;
    later.disabled = last >= total;
  }

  function go(to: number): void {
    offset = Math.max(0, to);
    void load();
  }

  earlier.addEventListener("click", () => {
    go(offset - PAGE_EVENTS);
  });
  later.addEventListener("click", () => {
    go(offset + PAGE_EVENTS);
  });
  details.addEventListener("toggle", () => {
    showRange();
    void load();
  });
  return {
    element: details,
    update(events) {
      if (events === total) return;
      total = events;
      showRange();
      timer ??= window.setTimeout(() => void load(), ASK_EVERY_MS);
    },
  };
}

function eventRow(arn: string, event: EventRow): HTMLElement {
  const { id, type, timeMs, state, iteration, details } = event;
  const where = `${state ?? ""}${iteration === null ? "" : ` ${String(iteration)}`}`;
  return h(
    "tr",
    {},
    h("td", { class: "numeric" }, id),
    h("td", { class: "numeric" }, clockMs(timeMs)),
    h("td", {}, type),
    h("td", {}, where),
    h("td", { class: "event-details" }, details === null ? "" : expandable(arn, id, details)),
  );
}

/** Short in the list; whole when it is opened. */
function expandable(arn: string, id: number, text: string): HTMLElement {
  const box = h("div", {});
  const element = h("details", {}, h("summary", { class: "mono" }, text), box);
  element.addEventListener("toggle", () => {
    if (!element.open || box.childElementCount > 0) return;
    void ask<string>("/api/execution/event", { arn, id }).then((whole) => {
      fill(box, dataBlock("Details", whole, "They are not known any more."));
    });
  });
  return element;
}
