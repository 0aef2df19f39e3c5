/**
 * CloudWatch as a pool sees it: bins of a minute, each metric of a bin visible some time after the bin has ended, or
 * never, or twice. What is late, lost or doubled depends on the seed alone, so that all laws see through the same eyes.
 */
import { type Bin } from "../observation";
import { createRandom, type Random } from "./random";
import type { Faults, Outage } from "./workload";

export const BIN_SECONDS = 60;
/** Of the bins that a law sees. */
export const HISTORY_BINS = 360;
/** The simulation's time 0, a full minute. */
export const EPOCH_MS = Date.UTC(2026, 10, 20);

const SERIES = ["scheduled", "started", "ended", "wait", "run"] as const;
const SUMMED = ["scheduled", "started", "ended"] as const;
type SeriesName = (typeof SERIES)[number];

interface Series {
  /** What happened, by bin. */
  readonly values: Float64Array;
  /** When the bin is visible, in seconds; Infinity: never. */
  readonly visible: Float64Array;
  /** 1, or 2 for a doubled point. */
  readonly factors: Uint8Array;
}

/** What the visible points of the whole run add up to: what a law without anchors reckons with. */
export interface Sums {
  readonly scheduled: number;
  readonly started: number;
  readonly ended: number;
}

export interface Metrics {
  scheduled(seconds: number): void;
  started(seconds: number, waitSeconds: number): void;
  ended(seconds: number, runSeconds: number): void;
  /** What the autoscaler publishes itself, visible at once. */
  workers(seconds: number, running: number, desired: number): void;
  /** The newest is the bin that is still filling. */
  bins(nowSeconds: number): readonly Bin[];
  sums(nowSeconds: number): Sums;
}

export function createMetrics(faults: Faults, endSeconds: number, seed: number): Metrics {
  const count = Math.ceil(endSeconds / BIN_SECONDS) + 1;
  const random = createRandom(seed, "metrics");
  const together = delaysOf(faults, count, random);
  const series = Object.fromEntries(
    SERIES.map((name) => [
      name,
      createSeries(faults, faults.isTogether ? together : delaysOf(faults, count, random), random),
    ]),
  ) as unknown as Record<SeriesName, Series>;
  /** Bins before this one change no more; their sums. */
  let settled = 0;
  const settledSums = { scheduled: 0, started: 0, ended: 0 };
  const running = new Float64Array(count).fill(Number.NaN);
  const desired = new Float64Array(count).fill(Number.NaN);
  const binOf = (seconds: number): number => Math.min(count - 1, Math.floor(seconds / BIN_SECONDS));
  const add = (name: SeriesName, bin: number, value: number): void => {
    const { values } = series[name];
    values[bin] = (values[bin] as number) + value;
  };
  const seen = (name: SeriesName, bin: number, nowSeconds: number): number | null => {
    const { values, visible, factors } = series[name];
    const value = values[bin];
    if (value === undefined || value === 0 || (visible[bin] as number) > nowSeconds) return null;
    return value * (factors[bin] as number);
  };
  const isSettled = (bin: number, nowSeconds: number): boolean =>
    SUMMED.every((name) => {
      const from = series[name].visible[bin] as number;
      return from <= nowSeconds || from === Number.POSITIVE_INFINITY;
    });
  const binAt = (bin: number, nowSeconds: number): Bin => {
    const started = seen("started", bin, nowSeconds);
    // An average is the same however often its points count.
    const wait = (series.wait.visible[bin] ?? Infinity) > nowSeconds ? null : (series.wait.values[bin] ?? 0);
    const starts = series.started.values[bin] ?? 0;
    return {
      startMs: EPOCH_MS + bin * BIN_SECONDS * 1000,
      scheduled: seen("scheduled", bin, nowSeconds),
      started,
      ended: seen("ended", bin, nowSeconds),
      averageWaitMs: wait === null || starts === 0 ? null : (1000 * wait) / starts,
      runTimeMs: thousandfold(seen("run", bin, nowSeconds)),
      running: known(running[bin]),
      desired: known(desired[bin]),
    };
  };

  return {
    scheduled: (seconds) => {
      add("scheduled", binOf(seconds), 1);
    },
    started: (seconds, waitSeconds) => {
      add("started", binOf(seconds), 1);
      add("wait", binOf(seconds), waitSeconds);
    },
    ended: (seconds, runSeconds) => {
      add("ended", binOf(seconds), 1);
      add("run", binOf(seconds), runSeconds);
    },
    workers: (seconds, runningNow, desiredNow) => {
      running[binOf(seconds)] = runningNow;
      desired[binOf(seconds)] = desiredNow;
    },
    bins(nowSeconds) {
      const last = binOf(nowSeconds);
      return Array.from({ length: HISTORY_BINS + 1 }, (_, index) =>
        binAt(last - HISTORY_BINS + index, nowSeconds),
      );
    },
    sums(nowSeconds) {
      const addBin = (total: Record<keyof Sums, number>, bin: number): void => {
        for (const name of SUMMED) total[name] += seen(name, bin, nowSeconds) ?? 0;
      };
      const last = binOf(nowSeconds);
      for (; settled < last && isSettled(settled, nowSeconds); settled++) addBin(settledSums, settled);
      const total = { ...settledSums };
      for (let bin = settled; bin <= last; bin++) addBin(total, bin);
      return total;
    },
  };
}

/** When each bin is visible, were it not lost. */
function delaysOf(faults: Faults, count: number, random: Random): Float64Array {
  return Float64Array.from({ length: count }, (_, bin) => {
    const outage = outageOf(faults, bin);
    const from = outage?.kind === "late" ? outage.toSeconds : (bin + 1) * BIN_SECONDS;
    return from + random.between(...faults.delaySeconds);
  });
}

function createSeries(faults: Faults, delays: Float64Array, random: Random): Series {
  const visible = delays.map((seconds, bin) => {
    const isLost = random.uniform() < faults.lost || outageOf(faults, bin)?.kind === "lost";
    return isLost ? Number.POSITIVE_INFINITY : seconds;
  });
  const factors = Uint8Array.from(delays, () => (random.uniform() < faults.doubled ? 2 : 1));
  return { values: new Float64Array(delays.length), visible, factors };
}

function outageOf({ outages }: Faults, bin: number): Outage | undefined {
  const start = bin * BIN_SECONDS;
  return outages.find(({ fromSeconds, toSeconds }) => start >= fromSeconds && start < toSeconds);
}

function known(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

function thousandfold(value: number | null): number | null {
  return value === null ? null : 1000 * value;
}
