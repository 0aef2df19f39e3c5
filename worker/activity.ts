/** The activity as its worker sees it: the four calls of Step Functions, over two clients. */
import {
  GetActivityTaskCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  type SFNClient,
} from "@aws-sdk/client-sfn";
import { BEATS_PER_INTERVAL } from "./heartbeat";
import type { Receipt } from "./report";
import type { Task } from "./slot";
import { createStatesClient } from "./states-client";

/** A poll is held for 60 s: only a connection that is silent for longer is dead. */
const POLL_SILENCE_MS = 70_000;
const CONNECT_MS = 5_000;
/** Reports are answered in milliseconds; one that takes this long is tried again on another connection. */
const REPORT_MS = 10_000;

export interface Activity {
  /** Opens a poll and keeps it open until the service answers, within 60 s; null: nothing to do. Never aborted (D3). */
  poll(): Promise<Task | null>;
  beat(token: string): Promise<Receipt>;
  succeed(token: string, output: string): Promise<Receipt>;
  fail(token: string, error: string, cause: string): Promise<Receipt>;
}

export interface ActivityOptions {
  readonly activityArn: string;
  readonly region: string;
  /** Polls open at once; as many heartbeats and outcomes again. */
  readonly slots: number;
  /** A heartbeat that takes longer than its interval is given up: the next one is due. */
  readonly heartbeatSeconds: number;
  /** Shown in the execution's history, at most 80 characters. */
  readonly workerName: string;
}

export function connectActivity(options: ActivityOptions): Activity {
  const { activityArn, region, slots, workerName } = options;
  const beatMs = Math.min(REPORT_MS, (options.heartbeatSeconds * 1000) / BEATS_PER_INTERVAL);
  // Polls hold their sockets: on a shared agent they would starve the reports (measured at the SDK's default of 50).
  const polls = connect(region, slots, { socketTimeout: POLL_SILENCE_MS });
  const reports = connect(region, 2 * slots, { requestTimeout: REPORT_MS, throwOnRequestTimeout: true });
  return {
    async poll() {
      const { taskToken, input } = await polls.send(new GetActivityTaskCommand({ activityArn, workerName }));
      return taskToken === undefined || taskToken === "" ? null : { token: taskToken, input: input ?? "{}" };
    },
    beat: (taskToken) =>
      receiptOf(reports.send(new SendTaskHeartbeatCommand({ taskToken }), { requestTimeout: beatMs })),
    succeed: (taskToken, output) =>
      receiptOf(reports.send(new SendTaskSuccessCommand({ taskToken, output }))),
    fail: (taskToken, error, cause) =>
      receiptOf(reports.send(new SendTaskFailureCommand({ taskToken, error, cause }))),
  };
}

function connect(region: string, maxSockets: number, timeouts: object): SFNClient {
  return createStatesClient({
    region,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      httpAgent: { keepAlive: true, maxSockets },
      httpsAgent: { keepAlive: true, maxSockets },
      ...timeouts,
    },
  });
}

/** Nothing that is said about such a token will be heard. */
const GONE: readonly string[] = ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"];

/** Answered with a status of 400 to 499, and yet worth another try: throttling, and what renewed credentials mend. */
const PASSING = /Throttl|TooManyRequests|RequestLimitExceeded|Expired|RequestTimeTooSkewed|InvalidSignature/;

/** Rejects with the SDK's error for all that may be worth another try: these, 5xx and sockets. */
async function receiptOf(call: Promise<unknown>): Promise<Receipt> {
  try {
    await call;
    return { kind: "accepted" };
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    if (GONE.includes(name)) return { kind: "gone", why: name };
    const status = $metadata?.httpStatusCode ?? 0;
    if (status < 400 || status > 499 || status === 429 || PASSING.test(name)) throw error;
    return { kind: "refused", why: `${name}: ${message}` };
  }
}
