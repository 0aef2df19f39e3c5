/** The bins of a pool as columns, and how far they can be believed. */
import type { Bin } from "../observation";

/** How long after its end a bin may still change, in bins. Measured delays are 1 to 2 minutes; not verified by us on AWS. */
export const DELAY_BINS = 2;

export interface History {
  readonly count: number;
  readonly minuteMs: number;
  /** Tasks by bin; NaN: no point. */
  readonly scheduled: Float64Array;
  readonly started: Float64Array;
  readonly ended: Float64Array;
  /** NaN: not known. */
  readonly averageWaitMs: Float64Array;
  readonly runTimeMs: Float64Array;
  /** Workers at the tick in that bin; NaN: not known. */
  readonly running: Float64Array;
  readonly desired: Float64Array;
  /** Bins before this one are older than any delay: what they lack did not happen, or was lost. */
  readonly settled: number;
  /** Bins before this one say all that they will: they are settled, or each of their metrics is there. */
  readonly complete: number;
  /** When the first bin begins. */
  readonly startMs: number;
}

/** `bins` without a gap, oldest first. */
export function historyOf(bins: readonly Bin[], minuteSeconds: number, nowMs: number): History {
  const minuteMs = minuteSeconds * 1000;
  // One piece of memory for all: small ones for each pool cost more to clean up than all the sums.
  const memory = new Float64Array(7 * bins.length);
  let columns = 0;
  const column = (pick: (bin: Bin) => number | null | undefined): Float64Array => {
    const values = memory.subarray(columns * bins.length, ++columns * bins.length);
    for (let index = 0; index < bins.length; index++) {
      const value = pick(bins[index] as Bin);
      // A count below zero is no count.
      values[index] = value === null || value === undefined || !(value >= 0) ? Number.NaN : value;
    }
    return values;
  };
  const startMs = bins[0]?.startMs ?? nowMs;
  const settledMs = nowMs - DELAY_BINS * minuteMs;
  const settled = clamp(Math.floor((settledMs - startMs) / minuteMs + 1e-9), 0, bins.length);
  const scheduled = column((bin) => bin.scheduled);
  const started = column((bin) => bin.started);
  const ended = column((bin) => bin.ended);
  let complete = settled;
  const isWhole = (bin: number): boolean =>
    bin < bins.length - 1 && scheduled[bin] !== undefined && sumOf(scheduled, started, ended, bin) >= 0;
  while (isWhole(complete)) complete++;
  return {
    count: bins.length,
    minuteMs,
    scheduled,
    started,
    ended,
    averageWaitMs: column((bin) => bin.averageWaitMs),
    runTimeMs: column((bin) => bin.runTimeMs),
    running: column((bin) => bin.running),
    desired: column((bin) => bin.desired),
    settled,
    complete,
    startMs,
  };
}

/** NaN when one is. */
function sumOf(scheduled: Float64Array, started: Float64Array, ended: Float64Array, bin: number): number {
  return (scheduled[bin] as number) + (started[bin] as number) + (ended[bin] as number);
}

export function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
