/** The page: the shell around the views, and the view that the address asks for. */
import { h, fill, say } from "./dom";
import { createFeed, type ConnectionState } from "./feed";
import { placeOf } from "./router";
import { THEME_CHANGED, themeSwitch } from "./theme";
import type { Context, View } from "./view";
import { executionView } from "./execution-view";
import { executionsView } from "./executions-view";
import { faultsView } from "./faults-view";
import { iamView } from "./iam-view";
import { logsView } from "./logs-view";
import { poolsView } from "./pools-view";
import { startView } from "./start-view";

const VIEWS: Readonly<Record<string, (context: Context) => View>> = {
  pools: poolsView,
  executions: executionsView,
  execution: executionView,
  start: startView,
  logs: logsView,
  iam: iamView,
  faults: faultsView,
};
/** Views that belong to another one's entry of the navigation. */
const ENTRIES: Readonly<Record<string, string>> = { execution: "executions", start: "executions" };
const NOTICE_MS = 5_000;

const feed = createFeed();
const main = byId("main");
let view: View | null = null;
let runId: string | null = null;
let isFirst = true;

function show(): void {
  const place = placeOf(location.hash);
  const make = VIEWS[place.view] ?? poolsView;
  view?.close();
  feed.leave();
  view = make({ feed, place, notice });
  feed.watch(view.topics);
  fill(main, view.element);
  document.title = `${view.title} · Loveless`;
  const entry = ENTRIES[place.view] ?? place.view;
  for (const link of document.querySelectorAll("#views a")) {
    if (link.getAttribute("href") === `#/${entry}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  window.scrollTo(0, 0);
  // Who came by the keyboard goes on in the new view.
  if (!isFirst) main.focus({ preventScroll: true });
  isFirst = false;
}

function notice(text: string, kind: "done" | "failed" = "done"): void {
  const element = h("p", { class: `notice ${kind}` }, text);
  byId("notices").append(element);
  window.setTimeout(() => {
    element.remove();
  }, NOTICE_MS);
}

function showConnection(state: ConnectionState): void {
  const bar = byId("connection");
  bar.hidden = state !== "lost";
  document.body.classList.toggle("stale", state === "lost");
  if (state !== "lost" || bar.childElementCount > 0) return;
  fill(
    bar,
    h(
      "p",
      {},
      "No connection to the local cloud: it may have ended. What you see is how things stood. Trying again…",
    ),
    h("button", { type: "button", onclick: feed.retry }, "Try now"),
  );
}

function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no #${id}.`);
  return element;
}

feed.onConnection(showConnection);
feed.on("hello", (hello) => {
  say(byId("stack"), `${hello.stack} · ${hello.region}`);
  // Another local cloud has come at this address: nothing on the page is about it.
  if (runId !== null && runId !== hello.runId) location.reload();
  runId = hello.runId;
});
themeSwitch(byId("theme") as HTMLButtonElement, () => {
  window.dispatchEvent(new Event(THEME_CHANGED));
});
// Not by its address: that one names the view.
document.querySelector(".skip")?.addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener("hashchange", show);
show();
