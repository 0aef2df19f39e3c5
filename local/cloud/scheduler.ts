/** EventBridge Scheduler: invokes the target of each schedule as the schedule's role, by the local cloud's minute. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { GraphResource } from "../graph";
import { pause } from "../../worker/clock";
import type { Principal } from "./access";
import type { Clock } from "./clock";
import type { EventInvoker } from "./lambda/lambda";
import { isNotRunnable, propertiesOf, type NotRunnable } from "./properties";
import { ServiceError } from "./service";

/** A schedule that this machine can keep. */
export interface ScheduleDefinition {
  readonly arn: string;
  readonly name: string;
  readonly rateMinutes: number;
  readonly functionArn: string;
  readonly roleArn: string;
  /** JSON text; null sends what EventBridge Scheduler sends by default. */
  readonly input: string | null;
  /** How often an invocation that Lambda did not take is tried again, and up to which age. */
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
  /** Null: what could not be invoked is dropped. */
  readonly deadLetterArn: string | null;
}

export interface Scheduler {
  /** The first tick starts at once, then one every rate; a tick that still runs is not overtaken. */
  add(schedule: ScheduleDefinition): void;
  /** No tick starts any more; settles when those that run have ended, and aborts them first. */
  close(): Promise<void>;
}

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly invoker: EventInvoker;
  /** Brings what could not be invoked to a dead-letter queue, as the schedule's role. Throws what the queue refuses. */
  readonly send: (queueArn: string, message: string, role: Principal) => void;
  /** The length of the local cloud's minute. */
  readonly minuteSeconds: number;
  /** Told when a tick failed. */
  readonly warn: (message: string) => void;
}

const scheduleSchema = z.object({
  arn: z.string(),
  name: z.string(),
  scheduleExpression: z.string(),
  state: z.string().default("ENABLED"),
  target: z.object({
    arn: z.string(),
    roleArn: z.string(),
    input: z.string().optional(),
    /** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html */
    retryPolicy: z
      .object({
        maximumRetryAttempts: z.number().optional(),
        maximumEventAgeInSeconds: z.number().optional(),
      })
      .optional(),
    deadLetterConfig: z.object({ arn: z.string() }).optional(),
  }),
});

const MINUTES: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1440 };

export function scheduleDefinition(resource: GraphResource): ScheduleDefinition | NotRunnable {
  const schedule = propertiesOf(resource, scheduleSchema);
  if (isNotRunnable(schedule)) return schedule;
  const { scheduleExpression: expression, target } = schedule;
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const rateMinutes = Number(count) * (MINUTES[unit ?? ""] ?? Number.NaN);
  if (schedule.state !== "ENABLED") return { why: `its state is ${schedule.state}` };
  if (!(rateMinutes > 0)) return { why: `its expression is ${expression}: rate(N minutes) can be run` };
  if (target.arn.split(":")[2] !== "lambda")
    return { why: `its target is ${target.arn}: a Lambda function can be run` };
  const { arn, name } = schedule;
  return {
    arn,
    name,
    rateMinutes,
    functionArn: target.arn,
    roleArn: target.roleArn,
    input: target.input ?? null,
    maximumRetryAttempts: target.retryPolicy?.maximumRetryAttempts ?? 185,
    maximumEventAgeSeconds: target.retryPolicy?.maximumEventAgeInSeconds ?? 86_400,
    deadLetterArn: target.deadLetterConfig?.arn ?? null,
  };
}

/** Between two attempts; no time is documented, so these are our assumption. */
const FIRST_WAIT_MINUTES = 1 / 60;
const LONGEST_WAIT_MINUTES = 5;

export function createScheduler({ clock, invoker, minuteSeconds, send, warn }: SchedulerOptions): Scheduler {
  const closing = new AbortController();
  const cancels = new Set<() => void>();
  const running = new Set<Promise<void>>();

  function after(delayMs: number, action: () => void): void {
    const cancel = clock.after(delayMs, () => {
      cancels.delete(cancel);
      action();
    });
    cancels.add(cancel);
  }

  async function tick(schedule: ScheduleDefinition): Promise<void> {
    const payload = schedule.input ?? defaultInput(schedule, clock.now());
    const role = { arn: schedule.roleArn, sessionName: "scheduler" };
    const untilMs = clock.now() + (schedule.maximumEventAgeSeconds / 60) * minuteSeconds * 1000;
    for (let attempts = 1; !closing.signal.aborted; attempts += 1) {
      try {
        // Lambda itself tries again, and tells, when the function fails.
        await invoker.handOver(schedule.functionArn, payload, role, closing.signal);
        return;
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        const waitMs =
          Math.min(LONGEST_WAIT_MINUTES, FIRST_WAIT_MINUTES * 2 ** (attempts - 1)) * minuteSeconds * 1000;
        if (attempts > schedule.maximumRetryAttempts || clock.now() + waitMs >= untilMs) {
          giveUp(schedule, payload, error);
          return;
        }
        await pause(clock, waitMs, closing.signal);
      }
    }
  }

  function giveUp(schedule: ScheduleDefinition, payload: string, error: ServiceError): void {
    const why = `${error.code}: ${error.message}`;
    const { deadLetterArn, name, functionArn, roleArn } = schedule;
    if (deadLetterArn === null) {
      warn(`The schedule ${name} could not invoke ${functionArn}: ${why}`);
      return;
    }
    try {
      send(deadLetterArn, payload, { arn: roleArn, sessionName: "scheduler" });
    } catch (refusal) {
      warn(
        `The schedule ${name} could not invoke ${functionArn}: ${why}; nor tell ${deadLetterArn}: ${(refusal as Error).message}`,
      );
    }
  }

  return {
    add(schedule) {
      let current: Promise<void> | null = null;
      const beat = (): void => {
        if (closing.signal.aborted) return;
        after(schedule.rateMinutes * minuteSeconds * 1000, beat);
        if (current !== null) return;
        const mine = tick(schedule).finally(() => {
          running.delete(mine);
          current = null;
        });
        current = mine;
        running.add(mine);
      };
      beat();
    },
    async close() {
      closing.abort();
      for (const cancel of cancels) cancel();
      await Promise.allSettled(running);
    },
  };
}

/** What a target without an input receives. https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html */
function defaultInput(schedule: ScheduleDefinition, nowMs: number): string {
  return JSON.stringify({
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.scheduler",
    account: schedule.arn.split(":")[4] ?? "",
    time: new Date(nowMs).toISOString(),
    region: schedule.arn.split(":")[3] ?? "",
    resources: [schedule.arn],
    detail: "{}",
  });
}
