/** What CloudWatch keeps: each datum with the turn in which it came, and every second the bins in their place. */
import type { DatabaseSync } from "node:sqlite";
import type { Datum, KeptBin, MetricRecords, StatisticDatum } from "../metrics/metrics";
import type { Commits } from "./commits";

/** Bins are written, and the data before them removed, once in this time at most. */
const SETTLE_MS = 1_000;
/** As long as the metric store keeps them; older ones are looked for once in this many settlings. */
const RETENTION_SECONDS = 3 * 60 * 60;
const SWEEP_EVERY = 600;

export function createMetricRecords(
  database: DatabaseSync,
  commits: Commits,
  now: () => number,
): MetricRecords {
  const addData = database.prepare("INSERT INTO measurements (data) VALUES (?)");
  const dropData = database.prepare("DELETE FROM measurements");
  const putBin = database.prepare("INSERT OR REPLACE INTO bins VALUES (?, ?, ?)");
  const dropBins = database.prepare("DELETE FROM bins WHERE second < ?");
  let due: (Datum | StatisticDatum)[] = [];
  let changedBins: () => readonly KeptBin[] = () => [];
  let settledMs = now();
  let settlings = 0;

  function write(): void {
    const nowMs = now();
    if (nowMs - settledMs < SETTLE_MS) addData.run(JSON.stringify(due));
    else {
      for (const { metric, unit, second, bin } of changedBins())
        putBin.run(JSON.stringify({ metric, unit }), second, JSON.stringify(bin));
      dropData.run();
      settledMs = nowMs;
      settlings += 1;
      if (settlings % SWEEP_EVERY === 0) dropBins.run(Math.floor(nowMs / 1000) - RETENTION_SECONDS);
    }
    due = [];
  }

  return {
    read() {
      dropBins.run(Math.floor(now() / 1000) - RETENTION_SECONDS);
      const bins = database.prepare("SELECT series, second, bin FROM bins ORDER BY second").all();
      const data = database.prepare("SELECT data FROM measurements ORDER BY part").all();
      return {
        bins: (bins as { series: string; second: number; bin: string }[]).map(({ series, second, bin }) => ({
          ...(JSON.parse(series) as Pick<KeptBin, "metric" | "unit">),
          second,
          bin: JSON.parse(bin) as KeptBin["bin"],
        })),
        data: (data as { data: string }[])
          .flatMap(({ data: text }) => JSON.parse(text) as (Datum | StatisticDatum)[])
          .filter(({ timeMs }) => timeMs >= now() - RETENTION_SECONDS * 1000),
      };
    },
    add(datum, changed) {
      due.push(datum);
      changedBins = changed;
      commits.atEnd(write);
    },
  };
}
