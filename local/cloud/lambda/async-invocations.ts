/**
 * Lambda's queue of asynchronous invocations: retries, the age at which an event is dropped, and where it then goes.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
import { randomUUID } from "node:crypto";
import { pause } from "../../../worker/clock";
import type { Outcome } from "../../../worker/outcome";
import type { Principal } from "../access";
import type { Clock } from "../clock";

/** What a function's asynchronous invocations are set to. */
export interface AsyncSettings {
  readonly maximumEventAgeSeconds: number;
  /** After an error of the function; throttling is tried again until the event is too old. */
  readonly maximumRetryAttempts: number;
  /** ARNs; null: nowhere. */
  readonly onFailure: string | null;
  readonly onSuccess: string | null;
  /** Takes the event as it was; the older way. */
  readonly deadLetter: string | null;
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html */
export const DEFAULT_ASYNC_SETTINGS: AsyncSettings = {
  maximumEventAgeSeconds: 21_600,
  maximumRetryAttempts: 2,
  onFailure: null,
  onSuccess: null,
  deadLetter: null,
};

/** One attempt: what the function made of it, or that Lambda had no room for it. */
export type Attempt = Outcome | { readonly kind: "throttled" };

export interface AsyncTarget {
  readonly arn: string;
  readonly settings: AsyncSettings;
  /** The function's role, as which destinations are called. */
  readonly role: Principal;
  run(payload: string, signal: AbortSignal): Promise<Attempt>;
}

export interface AsyncInvocationsOptions {
  readonly clock: Clock;
  /** Ages and waits are in AWS's minutes, and shrink with the local one. */
  readonly minuteSeconds: number;
  /** Brings a message to a destination, as a role. Throws what the destination refuses. */
  readonly send: (destinationArn: string, message: string, role: Principal) => void;
  readonly warn: (message: string) => void;
}

/** After the first error of the function, and after the second. */
const RETRY_MINUTES = [1, 2] as const;
/** Between two attempts of a throttled event: doubled from one second up to five minutes. */
const FIRST_THROTTLE_MINUTES = 1 / 60;
const LONGEST_THROTTLE_MINUTES = 5;

/** Sees one event through; resolves with its last outcome. */
export async function invokeAsynchronously(
  target: AsyncTarget,
  payload: string,
  { clock, minuteSeconds, send, warn }: AsyncInvocationsOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  const { settings, arn } = target;
  const requestId = randomUUID();
  const minuteMs = minuteSeconds * 1000;
  const untilMs = clock.now() + (settings.maximumEventAgeSeconds / 60) * minuteMs;
  let invoked = 0;
  let throttled = 0;
  for (;;) {
    const attempt = await target.run(payload, signal);
    if (signal.aborted) return abandoned(arn);
    if (attempt.kind !== "throttled") invoked += 1;
    if (attempt.kind === "success") {
      if (settings.onSuccess !== null)
        deliver(settings.onSuccess, record(arn, requestId, payload, "Success", invoked, attempt));
      return attempt;
    }
    const waitMs =
      minuteMs * (attempt.kind === "throttled" ? throttleMinutes(throttled++) : retryMinutes(invoked));
    const isExhausted = attempt.kind === "failure" && invoked > settings.maximumRetryAttempts;
    if (isExhausted || clock.now() + waitMs >= untilMs) {
      const condition = isExhausted ? "RetriesExhausted" : "EventAgeExceeded";
      const last: Outcome = attempt.kind === "failure" ? attempt : rateExceeded(arn);
      giveUp(condition, last);
      return last;
    }
    await pause(clock, waitMs, signal);
    if (signal.aborted) return abandoned(arn);
  }

  function giveUp(condition: string, outcome: Extract<Outcome, { kind: "failure" }>): void {
    const { onFailure, deadLetter } = settings;
    if (onFailure !== null) deliver(onFailure, record(arn, requestId, payload, condition, invoked, outcome));
    if (deadLetter !== null) deliver(deadLetter, payload);
    if (onFailure === null && deadLetter === null)
      warn(`An event for ${arn} is dropped (${condition}): ${outcome.error}: ${outcome.cause}`);
  }

  function deliver(destination: string, message: string): void {
    try {
      send(destination, message, target.role);
    } catch (error) {
      warn(`What became of an event for ${arn} did not reach ${destination}: ${(error as Error).message}`);
    }
  }
}

function retryMinutes(invoked: number): number {
  return RETRY_MINUTES[invoked - 1] ?? RETRY_MINUTES[1];
}

function throttleMinutes(throttled: number): number {
  return Math.min(LONGEST_THROTTLE_MINUTES, FIRST_THROTTLE_MINUTES * 2 ** throttled);
}

function rateExceeded(arn: string): Extract<Outcome, { kind: "failure" }> {
  return { kind: "failure", error: "TooManyRequestsException", cause: `Rate Exceeded for ${arn}` };
}

function abandoned(arn: string): Outcome {
  return { kind: "failure", error: "Lambda.ServiceException", cause: `The event for ${arn} was given up.` };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-async-destinations */
function record(
  arn: string,
  requestId: string,
  payload: string,
  condition: string,
  approximateInvokeCount: number,
  outcome: Outcome,
): string {
  const executedVersion = "$LATEST";
  const failed = outcome.kind === "failure";
  return JSON.stringify({
    version: "1.0",
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId,
      functionArn: `${arn}:${executedVersion}`,
      condition,
      approximateInvokeCount,
    },
    requestPayload: JSON.parse(payload) as unknown,
    responseContext: { statusCode: 200, executedVersion, ...(failed ? { functionError: "Unhandled" } : {}) },
    responsePayload: failed ? payloadOf(outcome) : (JSON.parse(outcome.output) as unknown),
  });
}

function payloadOf({ error, cause }: Extract<Outcome, { kind: "failure" }>): unknown {
  try {
    return JSON.parse(cause);
  } catch {
    return { errorType: error, errorMessage: cause };
  }
}
