/** How many workers the load to come asks for, whatever waits now: a quantile of how many tasks will run at once. */
import type { Arrivals } from "./arrivals";
import type { Course } from "./course";
import type { ProfileTerms } from "./profiles";
import { countQuantile } from "./quantile";
import type { ServiceTime } from "./service-time";
import { STEPS } from "./survival";

/** From a decision until the next one that knows what became of it: a metric's delay and a tick. */
const REACTION_MINUTES = 2.5;
/** Variance over mean of arrivals that do not come in bursts. */
const WITHOUT_BURSTS = 1.5;
/** What is too much for the slots by chance has passed after so many run times, whatever is decided. */
const FELT_RUN_TIMES = 5;

export interface FloorOptions {
  readonly slots: number;
  readonly minuteSeconds: number;
  readonly startUpSeconds: number;
  readonly terms: Pick<ProfileTerms, "waitValue" | "smallPoolValue">;
}

/**
 * The newsvendor's answer: a slot too few is felt until a decision of now has brought one or the load has gone down, a slot
 * too many for as long as a task holds it. Tasks at that time are those of now that still run, and those that come until then.
 */
export function floorOf(
  course: Course,
  service: ServiceTime,
  arrivals: Arrivals,
  { slots, minuteSeconds, startUpSeconds, terms }: FloorOptions,
): number {
  const reactionSeconds = startUpSeconds + REACTION_MINUTES * minuteSeconds;
  const heldSeconds = service.meanSeconds;
  const fresh = freshTasks(service, arrivals, course.steps, minuteSeconds / STEPS);
  const mean = fresh.mean + (course.held.at(-1) ?? 0);
  const variance = fresh.variance + course.heldVariance;
  // By the square root of the mean for Poisson; what comes in bursts is not helped by a slot more.
  const smallness = variance > 0 ? Math.min(1, Math.sqrt(mean) / variance) : 0;
  // The next free slot is a part of a run time away.
  const length = Math.min(1, heldSeconds / minuteSeconds);
  const value = terms.waitValue + terms.smallPoolValue * smallness * length;
  const feltSeconds = Math.min(reactionSeconds, FELT_RUN_TIMES * heldSeconds);
  const probability = (value * feltSeconds) / (heldSeconds + value * feltSeconds);
  // What comes without bursts needs its mean at least: with less, a backlog would grow for as long as it comes.
  const surely = arrivals.dispersion < WITHOUT_BURSTS ? Math.floor(mean) : 0;
  return Math.ceil(Math.max(surely, countQuantile(mean, variance, probability)) / slots);
}

interface Moments {
  readonly mean: number;
  readonly variance: number;
}

/** Of tasks that come within so many steps: how many run at their end. */
function freshTasks(service: ServiceTime, arrivals: Arrivals, steps: number, stepSeconds: number): Moments {
  let squares = 0;
  for (let step = 0; step < steps; step++) squares += service.survival((step + 0.5) * stepSeconds) ** 2;
  const perStep = arrivals.perBin / STEPS;
  const mean = (perStep / stepSeconds) * service.meanWithin(steps * stepSeconds);
  return { mean, variance: mean + perStep * squares * (arrivals.dispersion - 1) };
}
