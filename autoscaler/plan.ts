/**
 * What to do with each pool, and why: the need that the law finds, within the pool's bounds, and never less on what is
 * unknown. No clock, log, SDK or memory inside.
 */
import { canaryFor } from "./canary";
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
  /** Whether ECS has given the newest deployment up. */
  readonly deploymentFailed: boolean;
}

/** What of the settings a plan needs. */
type PlanSettings = Pick<AutoscalerSettings, "minuteSeconds" | "pools"> &
  Partial<Pick<AutoscalerSettings, "canaryMinutes">>;

/** One decision for each pool of the settings; to hold is one. */
export function plan(observation: Observation, settings: PlanSettings, nowMs: number): readonly Decision[] {
  return settings.pools.map((pool) => {
    const observed = observation.get(pool.activityArn);
    if (observed === undefined) return unknown(pool, "the pool was not observed");
    return held(decide(pool, observed, settings, nowMs), observed);
  });
}

function decide(
  pool: PoolSettings,
  { workers: counts, bins, signalled, deployment }: PoolObservation,
  { minuteSeconds, canaryMinutes = 0 }: PlanSettings,
  nowMs: number,
): Decision {
  if (!counts.known) return unknown(pool, `the service is unknown: ${counts.why}`);
  const workers = counts.value;
  const { desired } = workers;
  if (!bins.known) {
    return move(pool, workers, null, desired, `the metrics are unknown: ${bins.why}`);
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
  const canary = canaryFor(deployment, bins.value, { canaryMinutes, minuteSeconds, nowMs });
  const asked = askedFor(need, slots);
  if (need.workers >= desired) return move(pool, workers, need, need.workers, asked, canary);
  const stay = Math.min(desired, need.held);
  const reason = stay > need.workers ? `${asked}; ${heldBy(need, stay)}` : asked;
  return move(pool, workers, need, stay, reason, canary);
}

/** Of a deployment that failed ECS starts no worker: more of them would be desired in vain, until there is another. */
function held(decision: Decision, { deployment }: PoolObservation): Decision {
  if (deployment?.state !== "FAILED") return decision;
  const reason = `the newest deployment failed, and ECS starts no worker until there is another; ${decision.reason}`;
  if (decision.action !== "scaleOut" || decision.workers === null)
    return { ...decision, reason, deploymentFailed: true };
  const { desired } = decision.workers;
  return { ...decision, action: "hold", desired, reason, deploymentFailed: true };
}

function unknown(pool: PoolSettings, reason: string): Decision {
  const action = "hold";
  return { pool, action, desired: null, reason, workers: null, need: null, deploymentFailed: false };
}

function askedFor({ workers, backlog, inFlight, floor, arrivalsPerMinute }: Need, slots: number): string {
  const load = `${rounded(backlog)} waiting and ${rounded(inFlight)} running`;
  const expected = floor > 0 ? `, ${String(floor)} at least for ${rounded(arrivalsPerMinute)} a minute` : "";
  const isHasty = workers > Math.max(floor, Math.ceil((backlog + inFlight) / slots));
  const haste = isHasty ? ", more than they fill, for what comes meanwhile and to be there sooner" : "";
  return `${count(workers, "worker")} for ${load}${expected}${haste}`;
}

function heldBy({ heldBecause }: Need, held: number): string {
  return `${String(held)} stay ${heldBecause}`;
}

/** The bounds hold whatever is known: they are the user's. */
function move(
  pool: PoolSettings,
  workers: Workers,
  need: Need | null,
  wanted: number,
  reason: string,
  canary: string | null = null,
): Decision {
  const least = Math.max(pool.minWorkers, canary === null ? 0 : 1);
  const desired = Math.min(mostWorkers(pool), Math.max(least, wanted));
  const change = desired - workers.desired;
  const action = change === 0 ? "hold" : change > 0 ? "scaleOut" : "scaleIn";
  const why = reason + bound(pool, need, { wanted, desired, canary });
  return { pool, action, desired, reason: why, workers, need, deploymentFailed: false };
}

function bound(
  pool: PoolSettings,
  need: Need | null,
  {
    wanted,
    desired,
    canary,
  }: { readonly wanted: number; readonly desired: number; readonly canary: string | null },
): string {
  if (need === null) return "";
  if (desired < need.workers || (need.isBounded && desired === mostWorkers(pool))) {
    return mostWorkers(pool) < pool.maxWorkers
      ? `; the spend cap of ${String(pool.spendCapPerHour)} an hour buys ${String(desired)}`
      : `; maxWorkers is ${String(desired)}`;
  }
  if (desired <= wanted) return "";
  return canary === null || pool.minWorkers > 0 ? `; minWorkers is ${String(desired)}` : `; ${canary}`;
}

function rounded(value: number): string {
  return String(value < 10 ? Math.round(value * 10) / 10 : Math.round(value));
}

function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? "" : "s"}`;
}
