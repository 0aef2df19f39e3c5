/** A table of any length: the browser holds the rows in sight, the server the rest. */
import { h, keyed } from "./dom";
import { number } from "./format";

export interface Loaded<Row> {
  readonly total: number;
  readonly rows: readonly Row[];
}

export interface VirtualListOptions<Row> {
  readonly label: string;
  readonly columns: readonly string[];
  readonly keyOf: (row: Row) => string;
  readonly row: () => { readonly element: HTMLElement; update(row: Row): void };
  readonly load: (offset: number, limit: number) => Promise<Loaded<Row>>;
  readonly pageRows: number;
  readonly askEveryMs: number;
}

export interface VirtualList {
  readonly element: HTMLElement;
  /** Something has changed: asks again, soon. */
  refresh(): void;
  /** Other rows are wanted: asks at once, from the top. */
  restart(): void;
  close(): void;
}

/** As the stylesheet has it. */
const ROW_PIXELS = 52;
/** Rows above and below what is in sight. */
const MARGIN_ROWS = 12;

export function virtualList<Row>(options: VirtualListOptions<Row>): VirtualList {
  const { keyOf, load, pageRows, askEveryMs } = options;
  const head = h(
    "div",
    { role: "row", class: "row head" },
    ...options.columns.map((name) => h("span", { role: "columnheader" }, name)),
  );
  const body = h("div", { role: "presentation", class: "rows" });
  const spacer = h("div", { class: "spacer", role: "presentation" }, body);
  const scroller = h("div", { class: "scroller", role: "rowgroup", tabindex: 0 }, spacer);
  const table = h("div", { role: "table", "aria-label": options.label, class: "table" }, head, scroller);
  const foot = h("p", { class: "note", "aria-live": "off" });
  const element = h("div", { class: "list" }, table, foot);
  const update = keyed<Row>(body, keyOf, options.row);
  let first = 0;
  let rows: readonly Row[] = [];
  let total = 0;
  let asking = false;
  let askedMs = Number.NEGATIVE_INFINITY;
  let again = false;
  let timer: number | undefined;
  let closed = false;

  /** The page of rows around what is in sight. */
  function wantedOffset(): number {
    const top = Math.floor(scroller.scrollTop / ROW_PIXELS);
    return Math.max(0, top - Math.floor(pageRows / 3));
  }

  async function fetchRows(): Promise<void> {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    again = false;
    askedMs = performance.now();
    try {
      const offset = wantedOffset();
      const loaded = await load(offset, pageRows);
      if (closed) return;
      first = offset;
      ({ rows, total } = loaded);
      draw();
    } catch {
      // The connection is lost: the page says so, and asks again when it is back.
    } finally {
      asking = false;
      if (again && !closed) soon();
    }
  }

  /** At once, unless that would be too often. */
  function soon(): void {
    if (timer !== undefined) return;
    const waitMs = Math.max(0, askedMs + askEveryMs - performance.now());
    timer = window.setTimeout(() => {
      timer = undefined;
      void fetchRows();
    }, waitMs);
  }

  function draw(): void {
    const top = Math.floor(scroller.scrollTop / ROW_PIXELS) - MARGIN_ROWS;
    const bottom = Math.ceil((scroller.scrollTop + scroller.clientHeight) / ROW_PIXELS) + MARGIN_ROWS;
    const from = Math.max(0, top - first);
    const shown = rows.slice(from, Math.max(0, bottom - first));
    spacer.style.height = `${String(total * ROW_PIXELS)}px`;
    body.style.transform = `translateY(${String((first + from) * ROW_PIXELS)}px)`;
    table.setAttribute("aria-rowcount", String(total + 1));
    update(shown);
    [...body.children].forEach((row, index) => {
      row.setAttribute("aria-rowindex", String(first + from + index + 2));
    });
    foot.textContent = total > 1 ? `${number(total)} executions` : "";
  }

  scroller.addEventListener(
    "scroll",
    () => {
      draw();
      const top = Math.floor(scroller.scrollTop / ROW_PIXELS);
      const bottom = Math.ceil((scroller.scrollTop + scroller.clientHeight) / ROW_PIXELS);
      const isMissing = (top < first || bottom > first + rows.length) && (first > 0 || rows.length < total);
      if (isMissing || top < first) void fetchRows();
    },
    { passive: true },
  );
  return {
    element,
    refresh: soon,
    restart() {
      scroller.scrollTop = 0;
      void fetchRows();
    },
    close() {
      closed = true;
      window.clearTimeout(timer);
    },
  };
}
