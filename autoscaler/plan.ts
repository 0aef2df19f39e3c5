/**
 * The law: as many workers as it takes to run all that waits and all that runs at once, up at once, down to the most that
 * was needed within two minutes. No clock, log, SDK or memory inside.
 */
import { estimate, type Estimate } from "./estimate";
import type { Bin, Observation, PoolObservation, Workers } from "./observation";
import type { AutoscalerSettings, PoolSettings } from "./settings";

/** How long a need is remembered before workers are let go, in bins. */
export const HOLD_MINUTES = 2;

/** The numbers behind a decision. */
export interface Need extends Estimate {
  /** Workers that the estimate asks for, within the pool's bounds and before any hold. */
  readonly workers: number;
}

/** What to do with one pool. */
export interface Decision {
  readonly pool: PoolSettings;
  readonly action: "hold" | "scaleOut" | "scaleIn";
  /** The desired count after it; null when the service is unknown. */
  readonly desired: number | null;
  readonly reason: string;
  /** Null when unknown. */
  readonly workers: Workers | null;
  /** Null when unknown. */
  readonly need: Need | null;
}

/** One decision for each pool of the settings; to hold is one. */
export function plan(
  observation: Observation,
  settings: AutoscalerSettings,
  nowMs: number,
): readonly Decision[] {
  return settings.pools.map((pool) => {
    const observed = observation.get(pool.activityArn);
    if (observed === undefined) {
      return {
        pool,
        action: "hold",
        desired: null,
        reason: "the pool was not observed",
        workers: null,
        need: null,
      };
    }
    return decide(pool, observed, settings.minuteSeconds, nowMs);
  });
}

function decide(
  pool: PoolSettings,
  observed: PoolObservation,
  minuteSeconds: number,
  nowMs: number,
): Decision {
  if (!observed.workers.known) {
    const reason = `the service is unknown: ${observed.workers.why}`;
    return { pool, action: "hold", desired: null, reason, workers: null, need: null };
  }
  const workers = observed.workers.value;
  const { desired } = workers;
  if (!observed.bins.known) {
    const reason = `the metrics are unknown: ${observed.bins.why}`;
    return move(pool, workers, null, bounded(desired, pool), reason);
  }
  const bins = observed.bins.value;
  const need = needOf(pool, bins, workers, minuteSeconds, nowMs);
  const asked = `${count(need.workers, "worker")} for ${String(need.backlog)} waiting and ${String(need.inFlight)} running`;
  if (need.workers >= desired) return move(pool, workers, need, need.workers, asked);
  const remembered = recentNeeds(bins, minuteSeconds, nowMs);
  if (remembered.length === 0) {
    const reason = `${asked}; held until what was needed in the last ${count(HOLD_MINUTES, "minute")} is known`;
    return move(pool, workers, need, bounded(desired, pool), reason);
  }
  const most = Math.max(need.workers, ...remembered);
  const reason =
    most === need.workers
      ? asked
      : `${asked}; ${String(most)} within the last ${count(HOLD_MINUTES, "minute")}`;
  // A need of the past never adds workers.
  return move(pool, workers, need, bounded(Math.min(desired, most), pool), reason);
}

function needOf(
  pool: PoolSettings,
  bins: readonly Bin[],
  { running }: Workers,
  minuteSeconds: number,
  nowMs: number,
): Need {
  const { slots } = pool;
  const { backlog, inFlight } = estimate(bins, { slots, running, minuteSeconds, nowMs });
  return { backlog, inFlight, workers: bounded(Math.ceil((backlog + inFlight) / slots), pool) };
}

/** What earlier ticks found needed. Their own tick's bin counts too: two ticks may fall into one. */
function recentNeeds(bins: readonly Bin[], minuteSeconds: number, nowMs: number): readonly number[] {
  const minuteMs = minuteSeconds * 1000;
  const sinceMs = Math.floor(nowMs / minuteMs) * minuteMs - HOLD_MINUTES * minuteMs;
  return bins.flatMap((bin) => (bin.startMs >= sinceMs && bin.needed !== null ? [bin.needed] : []));
}

function move(
  pool: PoolSettings,
  workers: Workers,
  need: Need | null,
  desired: number,
  reason: string,
): Decision {
  const change = desired - workers.desired;
  const action = change === 0 ? "hold" : change > 0 ? "scaleOut" : "scaleIn";
  return { pool, action, desired, reason, workers, need };
}

function bounded(workers: number, { minWorkers, maxWorkers }: PoolSettings): number {
  return Math.min(maxWorkers, Math.max(minWorkers, workers));
}

function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? "" : "s"}`;
}
