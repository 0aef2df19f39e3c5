/** How many workers the load to come asks for, whatever waits now: a quantile of how many tasks will run at once. */
import type { Arrivals } from "./arrivals";
import type { Course } from "./course";
import type { Tally } from "./estimate";
import { countQuantile } from "./quantile";
import type { ServiceTime } from "./service-time";
import { STEPS } from "./survival";

/** From a decision until the next one that knows what became of it: a metric's delay and a tick. */
const REACTION_MINUTES = 2.5;

export interface FloorOptions {
  readonly slots: number;
  readonly minuteSeconds: number;
  readonly startUpSeconds: number;
  readonly waitValue: number;
}

/**
 * The newsvendor's answer: a slot too few is felt until a decision of now has brought one, a slot too many for as long as
 * a task typically holds it. Tasks at that time are those of now that still run, and those that come until then.
 */
export function floorOf(
  course: Course,
  tally: Tally,
  service: ServiceTime,
  arrivals: Arrivals,
  { slots, minuteSeconds, startUpSeconds, waitValue }: FloorOptions,
): number {
  const reactionSeconds = startUpSeconds + REACTION_MINUTES * minuteSeconds;
  // Between the mean, which a few long tasks make, and the median, which says how soon most slots are free again.
  const typicalSeconds = Math.sqrt(service.meanSeconds * service.medianSeconds);
  const probability = (waitValue * reactionSeconds) / (typicalSeconds + waitValue * reactionSeconds);
  const fresh = freshTasks(service, arrivals, reactionSeconds, minuteSeconds / STEPS);
  const stay = stayingTasks(course, tally);
  return Math.ceil(
    countQuantile(fresh.mean + stay.mean, fresh.variance + stay.variance, probability) / slots,
  );
}

interface Moments {
  readonly mean: number;
  readonly variance: number;
}

/** Of tasks that come within so many seconds: how many then run. */
function freshTasks(service: ServiceTime, arrivals: Arrivals, seconds: number, stepSeconds: number): Moments {
  let [sum, squares] = [0, 0];
  for (let age = 0.5 * stepSeconds; age < seconds; age += stepSeconds) {
    const left = service.survival(age);
    sum += left;
    squares += left * left;
  }
  const perStep = arrivals.perBin / STEPS;
  return { mean: perStep * sum, variance: perStep * (sum + squares * (arrivals.dispersion - 1)) };
}

/** Of the tasks that run now, at the end of the course: each stays or not. */
function stayingTasks({ held, past }: Course, { inFlight }: Tally): Moments {
  const now = held[Math.min(past, held.length - 1)] ?? 0;
  const mean = held.at(-1) ?? 0;
  if (now <= 0) return { mean: 0, variance: 0 };
  return { mean, variance: mean * Math.max(0, 1 - mean / Math.max(now, inFlight)) };
}
