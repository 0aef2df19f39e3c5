/** The figures of a law on a scenario. */
import type { Outcome } from "./run";

export interface Figures {
  readonly p95WaitSeconds: number;
  /** Paid worker-seconds as a multiple of the oracle's. */
  readonly costRatio: number;
  readonly scaleEvents: number;
  readonly interrupted: number;
}

export function figuresOf(outcome: Outcome, oraclePaidSeconds: number): Figures {
  return {
    p95WaitSeconds: percentile(outcome.waitSeconds, 95),
    costRatio: outcome.paidSeconds / oraclePaidSeconds,
    scaleEvents: outcome.scaleEvents,
    interrupted: outcome.interrupted,
  };
}

/** Each figure's own. */
export function medianFigures(list: readonly Figures[]): Figures {
  const of = (pick: (figures: Figures) => number): number => median(list.map(pick));
  return {
    p95WaitSeconds: of((each) => each.p95WaitSeconds),
    costRatio: of((each) => each.costRatio),
    scaleEvents: of((each) => each.scaleEvents),
    interrupted: of((each) => each.interrupted),
  };
}

/** Nearest rank, of ascending values; 0 of none. */
export function percentile(sorted: Float64Array, percent: number): number {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
