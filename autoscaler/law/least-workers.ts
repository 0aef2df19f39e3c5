/** The least number of workers by which nothing waits any more when a new one could be there. */
import { type Course, follow, type PlanOptions, slotsOfPlan } from "./course";
import type { NeedOptions } from "./need";

export interface LeastWorkers {
  readonly workers: number;
  /** Whether even the most there may be leave something waiting. */
  readonly isBounded: boolean;
  readonly backlogNow: number;
  readonly inFlightNow: number;
  /** Steps until nothing waits, with that many. */
  readonly clearSteps: number;
}

/** The share of a large backlog that may be left over. */
const LEFT_OVER = 0.02;

/** By bisection: more workers never leave more waiting. */
export function leastWorkers(
  course: Course,
  floor: number,
  plan: PlanOptions,
  { slots, maxWorkers, terms }: NeedOptions,
): LeastWorkers {
  const tryWith = (count: number) => follow(course, slotsOfPlan(count, plan));
  let forecast = tryWith(floor);
  const { backlogNow, inFlightNow } = forecast;
  const tolerable = Math.max(terms.leftOver, LEFT_OVER * backlogNow);
  const isClear = (): boolean => forecast.backlogThen <= tolerable;
  let workers = floor;
  if (!isClear() && floor < maxWorkers) {
    const waiting = course.arrivals.subarray(course.past).reduce((sum, each) => sum + each, backlogNow);
    // As many as all tasks could use at once, and some to spare: of those that come, the first to come are used.
    const useful =
      Math.ceil((waiting + inFlightNow) / slots) +
      Math.floor((terms.spare * (Math.sqrt(Math.max(1, waiting)) - 1)) / slots);
    let [low, high] = [floor, Math.min(maxWorkers, Math.max(floor + 1, useful))];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      forecast = tryWith(middle);
      if (isClear()) high = middle;
      else low = middle;
    }
    workers = high;
    forecast = tryWith(high);
  }
  const isBounded = !isClear() && workers >= maxWorkers;
  return { workers, isBounded, backlogNow, inFlightNow, clearSteps: forecast.clearSteps };
}
