/** Sends a task's one outcome, again and again until it is heard or worth nothing any more. */
import { backoffMs, type Backoff } from "./backoff";
import { pause, type Clock } from "./clock";
import type { Log } from "./log";
import { serviceFailure, type Outcome } from "./outcome";

/**
 * The service's word on a heartbeat or an outcome. `gone`: the task has ended without us, by a time-out or an abort.
 * `refused`: this very call will never be accepted.
 */
export type Receipt =
  | { readonly kind: "accepted" }
  | { readonly kind: "gone"; readonly why: string }
  | { readonly kind: "refused"; readonly why: string };

/** Where outcomes go. A rejection may be tried again. */
export interface OutcomeSink {
  succeed(token: string, output: string): Promise<Receipt>;
  fail(token: string, error: string, cause: string): Promise<Receipt>;
}

export interface ReportOptions {
  readonly token: string;
  readonly sink: OutcomeSink;
  /** Milliseconds since the epoch; after it the outcome is worth nothing. */
  readonly untilMs: number;
  /** Aborts when the task is gone: somebody else heard it. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

/** What became of the report. `lost` says why nobody heard it. */
export type Reported =
  | { readonly kind: "heard"; readonly outcome: Outcome }
  | { readonly kind: "gone"; readonly why: string }
  | { readonly kind: "lost"; readonly why: string };

const BACKOFF: Backoff = { baseMs: 100, capMs: 5_000 };

/** An output that is refused for what it is becomes a failure, so that the task does not just fall silent. */
export async function report(outcome: Outcome, options: ReportOptions): Promise<Reported> {
  const receipt = await sendUntilHeard(outcome, options);
  if (receipt.kind === "accepted") return { kind: "heard", outcome };
  if (receipt.kind !== "refused") return receipt;
  if (outcome.kind === "failure") return { kind: "lost", why: receipt.why };
  return report(serviceFailure(`Step Functions refused the output: ${receipt.why}`), options);
}

async function sendUntilHeard(
  outcome: Outcome,
  { token, sink, untilMs, signal, clock, log, random }: ReportOptions,
): Promise<Receipt | { readonly kind: "lost"; readonly why: string }> {
  for (let failures = 1; ; failures += 1) {
    if (signal.aborted) return { kind: "gone", why: String((signal.reason as Error).message) };
    try {
      return outcome.kind === "success"
        ? await sink.succeed(token, outcome.output)
        : await sink.fail(token, outcome.error, outcome.cause);
    } catch (error) {
      const waitMs = backoffMs(BACKOFF, failures, random);
      const { name, message } = error as Error;
      if (clock.now() + waitMs >= untilMs) return { kind: "lost", why: `${name}: ${message}` };
      log("ReportFailed", { error: name, reason: message, failures, retryInMs: waitMs });
      await pause(clock, waitMs, signal);
    }
  }
}
