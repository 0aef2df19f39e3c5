/**
 * What to do with each pool, and why: the need that the law finds, within the pool's bounds, and never less on what is
 * unknown. No clock, log, SDK or memory inside.
 */
import { type Need, needOf } from "./law/need";
import { TERMS } from "./law/profiles";
import type { Observation, PoolObservation, Workers } from "./observation";
import { type AutoscalerSettings, mostWorkers, type PoolSettings } from "./settings";

export type { Need } from "./law/need";

/** What to do with one pool. */
export interface Decision {
  readonly pool: PoolSettings;
  readonly action: "hold" | "scaleOut" | "scaleIn";
  /** The desired count after it; null when the service is unknown. */
  readonly desired: number | null;
  readonly reason: string;
  /** Null when unknown. */
  readonly workers: Workers | null;
  /** The numbers that it came from; null when the metrics are unknown. */
  readonly need: Need | null;
}

/** One decision for each pool of the settings; to hold is one. */
export function plan(
  observation: Observation,
  settings: Pick<AutoscalerSettings, "minuteSeconds" | "pools">,
  nowMs: number,
): readonly Decision[] {
  return settings.pools.map((pool) => {
    const observed = observation.get(pool.activityArn);
    if (observed === undefined) return unknown(pool, "the pool was not observed");
    return decide(pool, observed, settings.minuteSeconds, nowMs);
  });
}

function decide(
  pool: PoolSettings,
  { workers: counts, bins, signalled }: PoolObservation,
  minuteSeconds: number,
  nowMs: number,
): Decision {
  if (!counts.known) return unknown(pool, `the service is unknown: ${counts.why}`);
  const workers = counts.value;
  const { desired } = workers;
  if (!bins.known) {
    return move(pool, workers, null, bounded(desired, pool), `the metrics are unknown: ${bins.why}`);
  }
  const { slots, profile } = pool;
  const maxWorkers = mostWorkers(pool);
  const need = needOf(bins.value, workers, {
    slots,
    maxWorkers,
    minuteSeconds,
    nowMs,
    signalled,
    terms: TERMS[profile],
  });
  const asked = askedFor(need);
  if (need.workers >= desired) return move(pool, workers, need, bounded(need.workers, pool), asked);
  const held = Math.min(desired, need.held);
  const reason = held > need.workers ? `${asked}; ${heldBy(need, held)}` : asked;
  return move(pool, workers, need, bounded(held, pool), reason);
}

function unknown(pool: PoolSettings, reason: string): Decision {
  return { pool, action: "hold", desired: null, reason, workers: null, need: null };
}

function askedFor({ workers, backlog, inFlight, floor, arrivalsPerMinute }: Need): string {
  const load = `${rounded(backlog)} waiting and ${rounded(inFlight)} running`;
  const expected = floor > 0 ? `, ${String(floor)} at least for ${rounded(arrivalsPerMinute)} a minute` : "";
  return `${count(workers, "worker")} for ${load}${expected}`;
}

function heldBy({ heldBecause }: Need, held: number): string {
  return `${String(held)} stay ${heldBecause}`;
}

/** The bounds hold whatever is known: they are the user's. */
function move(
  pool: PoolSettings,
  workers: Workers,
  need: Need | null,
  desired: number,
  reason: string,
): Decision {
  const change = desired - workers.desired;
  const action = change === 0 ? "hold" : change > 0 ? "scaleOut" : "scaleIn";
  return { pool, action, desired, reason: reason + bound(pool, need, desired), workers, need };
}

function bound(pool: PoolSettings, need: Need | null, desired: number): string {
  if (need === null) return "";
  if (desired < need.workers || (need.isBounded && desired === mostWorkers(pool))) {
    return mostWorkers(pool) < pool.maxWorkers
      ? `; the spend cap of ${String(pool.spendCapPerHour)} an hour buys ${String(desired)}`
      : `; maxWorkers is ${String(desired)}`;
  }
  return desired > Math.max(need.workers, need.held) ? `; minWorkers is ${String(desired)}` : "";
}

function bounded(workers: number, pool: PoolSettings): number {
  return Math.min(mostWorkers(pool), Math.max(pool.minWorkers, workers));
}

function rounded(value: number): string {
  return String(value < 10 ? Math.round(value * 10) / 10 : Math.round(value));
}

function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? "" : "s"}`;
}
