/** Retry and Catch: which of them takes a failure, and how long a retry waits. Pure. */
import type { Catcher, Retrier } from "../definition/asl";
import type { Failure } from "../state-error";

/** AWS's defaults. @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
const DEFAULT_INTERVAL_SECONDS = 1;
const DEFAULT_MAX_ATTEMPTS = 3;
const DEFAULT_BACKOFF_RATE = 2;

/** How often each retrier of a state has been used since the state was entered; index as in Retry. */
export type RetryCounts = readonly number[];

export interface RetryDecision {
  readonly delayMs: number;
  readonly counts: RetryCounts;
}

/** Null when the failure is not to be retried (any more). `random` is in [0, 1). */
export function decideRetry(
  retriers: readonly Retrier[],
  counts: RetryCounts,
  failure: Failure,
  random: () => number,
): RetryDecision | null {
  const index = retriers.findIndex((retrier) => matchesError(retrier.ErrorEquals, failure));
  const retrier = retriers[index];
  if (retrier === undefined) return null;
  const used = counts[index] ?? 0;
  if (used >= (retrier.MaxAttempts ?? DEFAULT_MAX_ATTEMPTS)) return null;
  const longest = (retrier.MaxDelaySeconds ?? Infinity) * 1000;
  const intervalMs = (retrier.IntervalSeconds ?? DEFAULT_INTERVAL_SECONDS) * 1000;
  const backedOff = Math.min(longest, intervalMs * (retrier.BackoffRate ?? DEFAULT_BACKOFF_RATE) ** used);
  return {
    delayMs: retrier.JitterStrategy === "FULL" ? random() * backedOff : backedOff,
    counts: retriers.map((_, at) => (counts[at] ?? 0) + (at === index ? 1 : 0)),
  };
}

/** The first catcher that takes the failure; null when none does. */
export function findCatcher(catchers: readonly Catcher[], failure: Failure): Catcher | null {
  return catchers.find((catcher) => matchesError(catcher.ErrorEquals, failure)) ?? null;
}

/**
 * States.ALL takes every error but States.Runtime, which nothing takes: an execution on AWS that named it in a Catch
 * failed all the same. States.TaskFailed takes every error but States.Timeout.
 */
export function matchesError(names: readonly string[], failure: Failure): boolean {
  if (failure.error === "States.Runtime") return false;
  return names.some(
    (name) =>
      name === "States.ALL" ||
      (name === "States.TaskFailed" && failure.error !== "States.Timeout") ||
      name === failure.error ||
      (failure.alias !== undefined && name === failure.alias),
  );
}
