/** Two live plots of a pool: its tasks, and its workers. */
import uPlot from "uplot";
import type { PoolSample, Sample } from "../messages";
import { h } from "./dom";
import { colour, THEME_CHANGED } from "./theme";

export interface PoolPlots {
  readonly element: HTMLElement;
  add(samples: readonly Sample[], activityArn: string): void;
  close(): void;
}

/** The most that is shown at once, and the least: a run's first seconds are not to be a sliver. */
const WINDOW_SECONDS = 300;
const SHORTEST_SECONDS = 60;
const HEIGHT = 136;
const FONT = "11px ui-sans-serif, system-ui, sans-serif";

interface Line {
  readonly label: string;
  /** Of the stylesheet. */
  readonly colour: string;
  readonly at: number;
  readonly dash?: readonly number[];
}

const TASKS: readonly Line[] = [
  { label: "Backlog", colour: "plot-a", at: 0 },
  { label: "In flight", colour: "plot-b", at: 1 },
];
const WORKERS: readonly Line[] = [
  { label: "Desired", colour: "plot-c", at: 2, dash: [4, 3] },
  { label: "Running", colour: "plot-d", at: 3 },
];

export function poolPlots(pool: string): PoolPlots {
  const times: number[] = [];
  const columns: number[][] = [[], [], [], []];
  const plots = [plotOf("Tasks", TASKS, pool), plotOf("Workers", WORKERS, pool)];
  const element = h("div", { class: "plots" }, ...plots.map((plot) => plot.element));

  function add(atMs: number, sample: PoolSample): void {
    times.push(atMs / 1_000);
    columns.forEach((column, index) => column.push(sample[index] ?? 0));
    while ((times[0] ?? 0) < atMs / 1_000 - WINDOW_SECONDS) {
      times.shift();
      for (const column of columns) column.shift();
    }
  }
  const redraw = (): void => {
    for (const plot of plots) plot.draw(times, columns);
  };
  const recolour = (): void => {
    for (const plot of plots) plot.remake();
    redraw();
  };
  const resize = new ResizeObserver(() => {
    for (const plot of plots) plot.fit();
  });
  resize.observe(element);
  window.addEventListener(THEME_CHANGED, recolour);
  return {
    element,
    add(samples, activityArn) {
      // The last minutes come first on each connection, in place of what was known before.
      if (samples.length > 1) for (const column of [times, ...columns]) column.length = 0;
      for (const { atMs, pools } of samples) {
        const sample = pools[activityArn];
        if (sample !== undefined) add(atMs, sample);
      }
      redraw();
    },
    close() {
      resize.disconnect();
      window.removeEventListener(THEME_CHANGED, recolour);
      for (const plot of plots) plot.close();
    },
  };
}

interface Plot {
  readonly element: HTMLElement;
  draw(times: readonly number[], columns: readonly (readonly number[])[]): void;
  fit(): void;
  remake(): void;
  close(): void;
}

function plotOf(title: string, lines: readonly Line[], pool: string): Plot {
  const canvas = h("div", { class: "plot-canvas", role: "img" });
  const legend = h(
    "div",
    { class: "legend" },
    ...lines.map(({ label, colour: name, dash }) =>
      h("span", { class: `key ${name}${dash === undefined ? "" : " dashed"}` }, label),
    ),
  );
  const element = h("figure", { class: "plot" }, h("figcaption", {}, title, legend), canvas);
  let plot: uPlot | null = null;
  let drawn: uPlot.AlignedData = [[], ...lines.map(() => [])];

  const width = (): number => Math.max(120, canvas.clientWidth);
  const make = (): uPlot => new uPlot(optionsOf(lines, width()), drawn, canvas);
  return {
    element,
    draw(times, columns) {
      drawn = [[...times], ...lines.map(({ at }) => [...(columns[at] ?? [])])];
      const newest = lines.map(({ label, at }) => `${label} ${String(columns[at]?.at(-1) ?? 0)}`);
      canvas.setAttribute(
        "aria-label",
        `${title} of ${pool} over the last minutes. Now: ${newest.join(", ")}.`,
      );
      // What the tests and people's tools can read of a canvas.
      canvas.dataset["points"] = String(times.length);
      canvas.dataset["peak"] = String(Math.max(0, ...lines.flatMap(({ at }) => columns[at] ?? [])));
      if (!element.isConnected) return;
      plot ??= make();
      plot.setData(drawn, true);
    },
    /** Comes first when the element has got its place. */
    fit() {
      plot ??= make();
      plot.setSize({ width: width(), height: HEIGHT });
    },
    remake() {
      plot?.destroy();
      plot = element.isConnected ? make() : null;
    },
    close() {
      plot?.destroy();
      plot = null;
    },
  };
}

function optionsOf(lines: readonly Line[], width: number): uPlot.Options {
  const axis = { stroke: colour("muted"), font: FONT, ticks: { show: false } };
  const grid = { stroke: colour("line"), width: 1 };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 0, 0],
    scales: {
      x: { time: true, range: (_, min, max) => [Math.min(min, max - SHORTEST_SECONDS), max] },
      y: { range: (_, __, max) => [0, Math.max(4, Math.ceil((max || 0) * 1.15))] },
    },
    axes: [
      { ...axis, grid: { show: false }, space: 70, size: 28, values: (_, splits) => splits.map(timeLabel) },
      {
        ...axis,
        grid,
        size: 34,
        space: 28,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000],
      },
    ],
    series: [
      {},
      ...lines.map(({ colour: name, dash }) => ({
        stroke: colour(name),
        width: 2,
        points: { show: false },
        ...(stepped === undefined ? {} : { paths: stepped }),
        ...(dash === undefined ? {} : { dash: [...dash] }),
      })),
    ],
  };
}

/** A count stays what it is until it changes. */
const stepped = uPlot.paths.stepped?.({ align: 1 });

function timeLabel(seconds: number): string {
  return new Date(seconds * 1_000).toLocaleTimeString(undefined, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
}
