/** What goes wrong on purpose: moved while everything runs. */
import type { FaultKindFacts, FaultNow, FaultsNow } from "../messages";
import { act } from "./api";
import { fill, h, say } from "./dom";
import { count, duration } from "./format";
import type { Context, View } from "./view";

/** What each kind does, as docs/local-cloud.md has it. */
const WORDS: Readonly<Record<string, string>> = {
  throttle: "A call is refused, without effect, by its service's own error.",
  "5xx": "A call fails with status 500; half of those have taken effect before.",
  "drop-answer": "A call takes effect, and the connection closes without an answer.",
  "lost-poll": "A poll that carries a task gets no answer: nobody has the task until its heartbeat ends it.",
  "lose-metric": "A measurement of a service is lost.",
  "double-metric": "A measurement of a service is counted twice.",
  "double-log": "A delivery to a subscribed function comes twice.",
  delay: "Every answer comes later.",
  "kill-worker": "One running worker is killed outright, again and again, so far apart.",
  spot: "One worker on Spot capacity is taken back, again and again, so far apart.",
};
/** Of the sliders: at the left end there is no such fault. */
const MOST: Readonly<Record<string, number>> = {
  share: 0.5,
  delay: 2_000,
  "kill-worker": 120_000,
  spot: 300_000,
};
const STEPS: Readonly<Record<string, number>> = {
  share: 0.01,
  delay: 50,
  "kill-worker": 5_000,
  spot: 15_000,
};
const MOVE_AFTER_MS = 150;

export function faultsView({ feed, notice }: Context): View {
  const active = h("div", { class: "active-faults" });
  const rows = h("div", { class: "faults" });
  const element = h(
    "div",
    { class: "view" },
    h("div", { class: "heading" }, h("h1", {}, "Faults on purpose")),
    h(
      "p",
      { class: "lead" },
      "Move a slider, and calls, tasks and workers meet that fault from now on. What chance decides follows the run's seed.",
    ),
    active,
    rows,
  );
  let wanted: readonly FaultNow[] = [];
  let moving: number | undefined;
  let sliders: readonly Slider[] = [];

  function move(changed: FaultNow): void {
    const others = wanted.filter(({ kind, service }) => kind !== changed.kind || service !== changed.service);
    send(changed.amount > 0 ? [...others, changed] : others);
  }

  function send(faults: readonly FaultNow[]): void {
    wanted = faults;
    showActive();
    window.clearTimeout(moving);
    moving = window.setTimeout(() => {
      moving = undefined;
      act("/api/faults/move", { faults: wanted.map(textOf).join(",") }).catch((error: unknown) => {
        notice((error as Error).message, "failed");
      });
    }, MOVE_AFTER_MS);
  }

  function showActive(): void {
    const stopAll = h(
      "button",
      {
        type: "button",
        class: "quiet",
        onclick: () => {
          send([]);
          for (const each of sliders) each.set(wanted);
        },
      },
      "Stop all",
    );
    if (wanted.length === 0)
      fill(active, h("p", { class: "none" }, "None now: everything works as it should."));
    else
      fill(
        active,
        ...wanted.map((fault) =>
          chip(fault, () => {
            move({ ...fault, amount: 0 });
            for (const each of sliders) each.set(wanted);
          }),
        ),
        stopAll,
      );
  }

  const stop = feed.on("faults", (now: FaultsNow) => {
    if (sliders.length === 0) {
      sliders = now.kinds.map((kind) => sliderOf(kind, now.services, move));
      fill(rows, ...sliders.map((slider) => slider.element));
    }
    for (const slider of sliders) slider.struck(now.struck);
    // What is being moved here comes back in a moment.
    if (moving !== undefined) return;
    const before = wanted.map(textOf).join();
    wanted = now.faults;
    if (before !== wanted.map(textOf).join() || active.childElementCount === 0) showActive();
    for (const slider of sliders) slider.set(wanted);
  });
  return {
    title: "Faults",
    element,
    topics: {},
    close() {
      stop();
    },
  };
}

interface Slider {
  readonly element: HTMLElement;
  set(faults: readonly FaultNow[]): void;
  struck(counts: FaultsNow["struck"]): void;
}

function sliderOf(
  { kind, unit, perService }: FaultKindFacts,
  services: readonly string[],
  move: (fault: FaultNow) => void,
): Slider {
  const scale = unit === "share" ? "share" : kind;
  const id = `fault-${kind}`;
  const range = h("input", {
    type: "range",
    id,
    min: 0,
    max: MOST[scale] ?? 1,
    step: STEPS[scale] ?? 0.01,
    value: 0,
    "aria-describedby": `${id}-words`,
  });
  const amount = h("output", { for: id, class: "amount" }, "off");
  const times = h("span", { class: "note" });
  const at = h(
    "select",
    { "aria-label": `Service that ${kind} hits` },
    h("option", { value: "" }, "all services"),
    ...services.map((service) => h("option", { value: service }, service)),
  );
  let known: readonly FaultNow[] = [];
  const service = (): string | null => (at.value === "" ? null : at.value);
  const show = (value: number): void => {
    const text = value === 0 ? "off" : amountText({ unit, value });
    say(amount, text);
    range.setAttribute("aria-valuetext", text);
  };
  const set = (): void => {
    if (document.activeElement === range && range.matches(":active")) return;
    const value = known.find((fault) => fault.kind === kind && fault.service === service())?.amount ?? 0;
    range.value = String(value);
    show(value);
  };
  range.addEventListener("input", () => {
    show(Number(range.value));
    move({ kind, service: service(), amount: Number(range.value) });
  });
  at.addEventListener("change", set);
  return {
    element: h(
      "div",
      { class: "fault card" },
      h(
        "div",
        { class: "fault-head" },
        h("label", { for: id, class: "mono" }, kind),
        perService ? at : null,
        times,
      ),
      h("p", { class: "note", id: `${id}-words` }, WORDS[kind] ?? ""),
      h("div", { class: "fault-range" }, range, amount),
    ),
    set(faults) {
      known = faults;
      set();
    },
    struck(counts) {
      const struck = counts[kind] ?? 0;
      say(times, struck === 0 ? "" : `struck ${count(struck, "time")}`);
    },
  };
}

function chip(fault: FaultNow, onRemove: () => void): HTMLElement {
  const text = textOf(fault);
  return h(
    "span",
    { class: "chip mono" },
    text,
    h(
      "button",
      { type: "button", class: "quiet small", onclick: onRemove, "aria-label": `Stop ${text}` },
      "×",
    ),
  );
}

function amountText({ unit, value }: { readonly unit: "share" | "ms"; readonly value: number }): string {
  return unit === "share" ? `${String(Math.round(value * 1_000) / 10)}%` : duration(value);
}

/** As `--fault` takes it. */
function textOf({ kind, service, amount }: FaultNow): string {
  const isMs = kind in MOST;
  const value = isMs ? `${String(amount)}ms` : `${String(Math.round(amount * 10_000) / 100)}%`;
  return `${service === null ? "" : `${service}.`}${kind}=${value}`;
}
