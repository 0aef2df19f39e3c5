/** What was there when the history began. */
import type { History } from "./history";

export interface BeforeHistory {
  /** Arrivals in a bin. */
  readonly perBin: number;
  readonly backlog: number;
  readonly inFlight: number;
}

/** A pool was at work before if it is in the half of so many bins. */
const BINS = 10;

/**
 * By Little's law: a pool that was at work in its first bins was so before. Were it taken for idle, the first ends would be
 * those of tasks that started later, and the pool would seem idle ever after.
 */
export function beforeHistory(
  { complete, started, ended, averageWaitMs, minuteMs }: History,
  meanRunMs: number,
): BeforeHistory {
  const bins = Math.min(complete, Math.max(BINS, Math.ceil(meanRunMs / minuteMs)));
  let [starts, waits, busyBins, balance, owed] = [0, 0, 0, 0, 0];
  for (let bin = 0; bin < complete; bin++) {
    const count = (started[bin] as number) > 0 ? (started[bin] as number) : 0;
    balance += count - ((ended[bin] as number) > 0 ? (ended[bin] as number) : 0);
    if (bin >= bins) continue;
    // What ended without having started within the history has started before.
    owed = Math.max(owed, -balance);
    if (count === 0) continue;
    busyBins++;
    starts += count;
    waits += count * Math.max(0, (averageWaitMs[bin] as number) || 0);
  }
  // A start or two are a beginning, not a habit.
  const isAtWork = bins >= BINS && busyBins >= bins / 2;
  const isSparse = bins > BINS && busyBins >= 2;
  if (!isAtWork && !isSparse) return { perBin: 0, backlog: 0, inFlight: owed };
  const perBin = starts / bins;
  return {
    perBin,
    backlog: isAtWork ? waits / bins / minuteMs : 0,
    inFlight: Math.max(owed, (perBin * meanRunMs) / minuteMs),
  };
}
