/** The pools: what waits, what runs, who works on it; and how that was in the last minutes. */
import type { PoolNow, Pools, Sample } from "../messages";
import { fill, h, keyed, say } from "./dom";
import { age, count, duration, number } from "./format";
import { poolPlots, type PoolPlots } from "./pool-plots";
import { linkTo } from "./router";
import type { Context, View } from "./view";
import { workerRow } from "./worker-row";

export function poolsView(context: Context): View {
  const { feed } = context;
  const list = h("div", { class: "pools" });
  const empty = h("div", { class: "empty", hidden: true });
  const cards = new Map<string, PoolPlots>();
  /** The first samples come before the first word on pools. */
  let known: readonly Sample[] = [];
  const update = keyed<PoolNow>(
    list,
    ({ activityArn }) => activityArn,
    (pool) => {
      const card = poolCard(context, pool);
      cards.set(pool.activityArn, card.plots);
      card.plots.add(known, pool.activityArn);
      return card;
    },
  );
  const show = ({ pools }: Pools): void => {
    empty.hidden = pools.length > 0;
    if (pools.length === 0 && empty.childElementCount === 0) fill(empty, ...noPools());
    update(pools);
  };
  const stops = [
    feed.on("pools", show),
    feed.on("samples", (samples) => {
      known = samples.length > 1 ? samples : known;
      for (const [arn, plots] of cards) plots.add(samples, arn);
    }),
  ];
  const element = h(
    "div",
    { class: "view" },
    h(
      "div",
      { class: "heading" },
      h("h1", {}, "Pools"),
      h("a", { class: "button primary", href: linkTo("start") }, "Start an execution"),
    ),
    h(
      "p",
      { class: "lead" },
      "The capacity of each activity: what waits for a worker, what is being worked on, and who works.",
    ),
    empty,
    list,
  );
  return {
    title: "Pools",
    element,
    topics: { pools: true },
    close() {
      for (const stop of stops) stop();
      for (const plots of cards.values()) plots.close();
    },
  };
}

function noPools(): readonly HTMLElement[] {
  return [
    h("h2", {}, "No pools in this stack"),
    h(
      "p",
      {},
      "Every function of it runs on Lambda. Set a function's placement to fargate or ec2, and its pool appears here with its backlog, its workers and its plots.",
    ),
  ];
}

function poolCard(
  context: Context,
  pool: PoolNow,
): { readonly element: HTMLElement; readonly plots: PoolPlots; update(pool: PoolNow): void } {
  const figures = {
    backlog: figure("Backlog", "tasks that wait"),
    inFlight: figure("In flight", "tasks with a worker"),
    wait: figure("Wait", ""),
    workers: figure("Workers", ""),
  };
  const placements = h("span", { class: "tags" });
  const plots = poolPlots(pool.name);
  const heading = `pool-${pool.name}`;
  const workers = h("ul", { class: "workers", "aria-label": `Workers of ${pool.name}` });
  const noWorkers = h("p", { class: "none" }, "");
  const updateWorkers = keyed(
    workers,
    ({ id }: { readonly id: string }) => id,
    () => workerRow(context),
  );
  const element = h(
    "section",
    { class: "card pool", "aria-labelledby": heading },
    h("div", { class: "card-head" }, h("h2", { id: heading }, pool.name), placements),
    h("div", { class: "figures" }, ...Object.values(figures).map((each) => each.element)),
    plots.element,
    h("h3", {}, "Workers"),
    workers,
    noWorkers,
  );
  const update = (now: PoolNow): void => {
    const tags = [...now.placements, ...(now.gpu ? ["GPU"] : [])];
    if (tags.join() !== placements.dataset["tags"]) {
      placements.dataset["tags"] = tags.join();
      fill(placements, ...tags.map((tag) => h("span", { class: "tag" }, tag)));
    }
    figures.backlog.set(number(now.backlog), now.backlog === 1 ? "task that waits" : "tasks that wait");
    figures.inFlight.set(number(now.inFlight), `of ${count(now.slots, "slot")}`);
    figures.wait.set(...waitOf(now));
    const pending = now.pending > 0 ? `, ${String(now.pending)} starting` : "";
    figures.workers.set(`${String(now.running)} of ${String(now.desired)}`, `running of desired${pending}`);
    updateWorkers(now.workers);
    say(
      noWorkers,
      now.workers.length === 0
        ? "None. The autoscaler starts workers when tasks wait; they appear here with the tasks that they hold."
        : "",
    );
    noWorkers.hidden = now.workers.length > 0;
  };
  update(pool);
  return { element, plots, update };
}

function waitOf({ oldestMs, waitMs }: PoolNow): readonly [string, string] {
  const before = waitMs === null ? "no task has started yet" : `median ${duration(waitMs)}`;
  return oldestMs === null ? ["none", before] : [age(Date.now() - oldestMs), before];
}

function figure(
  label: string,
  note: string,
): { readonly element: HTMLElement; set(value: string, note: string): void } {
  const value = h("span", { class: "value" }, "–");
  const small = h("span", { class: "note" }, note);
  return {
    element: h("div", { class: "figure" }, h("span", { class: "label" }, label), value, small),
    set(text, more) {
      say(value, text);
      say(small, more);
    },
  };
}
