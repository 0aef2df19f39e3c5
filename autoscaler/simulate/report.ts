/** The report of a simulation: a table for the terminal, and a page with plots that is one file. */
import type { Figures } from "./measure";
import type { OracleOutcome } from "./oracle";
import { escaped, type Line, plot } from "./plots";
import type { Outcome } from "./run";
import type { Workload } from "./workload";

export interface LawResult {
  readonly law: string;
  readonly figures: Figures;
  readonly outcome: Outcome;
}

const COLUMNS = [
  "law",
  "wait p50",
  "wait p95",
  "worker hours",
  "cost / oracle",
  "changes",
  "interrupted",
] as const;

function cells({ law, figures, outcome }: LawResult): readonly string[] {
  const median = outcome.waitSeconds[Math.floor(outcome.waitSeconds.length / 2)] ?? 0;
  return [
    law,
    `${median.toFixed(0)} s`,
    `${figures.p95WaitSeconds.toFixed(0)} s`,
    (outcome.paidSeconds / 3600).toFixed(1),
    figures.costRatio.toFixed(2),
    String(figures.scaleEvents),
    String(figures.interrupted),
  ];
}

export function table(results: readonly LawResult[]): string {
  const rows = [COLUMNS, ...results.map(cells)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const STYLE = `body{font:14px/1.5 system-ui,sans-serif;max-width:1040px;margin:2em auto;padding:0 1em;color:#222;background:#fff}
table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid #ddd}td:first-child,th:first-child{text-align:left}
figure{margin:1.5em 0}figcaption span{margin-left:1em}figcaption i{display:inline-block;width:.9em;height:.9em;margin-right:.3em;vertical-align:-.1em}
svg{width:100%;height:auto}svg path{fill:none}.lines path{stroke-width:1.4}.tick{stroke:#e4e4e4}svg text{font:11px system-ui,sans-serif;fill:#666}
@media(prefers-color-scheme:dark){body{background:#16181c;color:#ddd}td,th{border-color:#333}.tick{stroke:#2c3036}svg text{fill:#999}}`;

export function page(workload: Workload, results: readonly LawResult[], best: OracleOutcome): string {
  const title = `${workload.name}: ${String(workload.tasks.scheduledSeconds.length)} tasks`;
  const rows = results.map(
    (result) =>
      `<tr>${cells(result)
        .map((cell) => `<td>${escaped(cell)}</td>`)
        .join("")}</tr>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title><style>${STYLE}</style>
<h1>${escaped(title)}</h1>
<table><tr>${COLUMNS.map((name) => `<th>${name}</th>`).join("")}</tr>${rows.join("")}</table>
${plot("Arrivals a minute", workload.endSeconds, [{ name: "arrivals", colour: "#3b82f6", points: arrivals(workload), isStepped: true }])}
${results.map((result) => plotsOf(workload, result, best)).join("\n")}
</html>
`;
}

function plotsOf({ endSeconds }: Workload, { law, outcome }: LawResult, best: OracleOutcome): string {
  const line = (
    name: string,
    colour: string,
    pick: (sample: Outcome["samples"][number]) => number,
  ): Line => ({
    name,
    colour,
    points: outcome.samples
      .filter(({ seconds }) => seconds <= endSeconds)
      .map((each) => [each.seconds, pick(each)]),
    isStepped: true,
  });
  const oracleLine: Line = {
    name: "oracle",
    colour: "#9ca3af",
    points: best.steps
      .filter(({ seconds }) => seconds <= endSeconds)
      .map(({ seconds, workers }) => [seconds, workers]),
    isStepped: true,
  };
  return [
    `<h2>${escaped(law)}</h2>`,
    plot("Workers", endSeconds, [
      oracleLine,
      line("desired", "#f59e0b", ({ desired }) => desired),
      line("running", "#10b981", ({ running }) => running),
    ]),
    plot("Tasks", endSeconds, [
      line("waiting", "#ef4444", ({ backlog }) => backlog),
      line("running", "#8b5cf6", ({ inFlight }) => inFlight),
    ]),
    plot("Longest wait of those that wait, in seconds", endSeconds, [
      line("wait", "#ef4444", ({ oldestWaitSeconds }) => oldestWaitSeconds),
    ]),
  ].join("\n");
}

function arrivals({ tasks, endSeconds }: Workload): readonly (readonly [number, number])[] {
  const counts = new Array<number>(Math.ceil(endSeconds / 60)).fill(0);
  for (const seconds of tasks.scheduledSeconds) {
    const minute = Math.floor(seconds / 60);
    counts[minute] = (counts[minute] ?? 0) + 1;
  }
  return counts.map((count, minute) => [60 * minute, count] as const);
}
