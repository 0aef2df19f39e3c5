import type { Outcome } from "../../../worker/outcome";
import type { Clock } from "../../../local/cloud/clock";
import { createScheduler, scheduleDefinition, type ScheduleDefinition } from "../../../local/cloud/scheduler";
import { ServiceError } from "../../../local/cloud/service";
import { resource } from "./graphs";

const functionArn = "arn:aws:lambda:eu-west-1:123456789012:function:autoscaler";
const schedule: ScheduleDefinition = {
  arn: "arn:aws:scheduler:eu-west-1:123456789012:schedule/default/tick",
  name: "tick",
  rateMinutes: 1,
  functionArn,
  roleArn: "arn:aws:iam::123456789012:role/scheduler",
  input: null,
  maximumRetryAttempts: 0,
  maximumEventAgeSeconds: 60,
  deadLetterArn: null,
};

/** A clock that the test turns. */
function handTurnedClock(): Clock & { advance(ms: number): Promise<void> } {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly action: () => void }>();
  return {
    now: () => now,
    after(delayMs, action) {
      const timer = { at: now + delayMs, action };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        const next = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers.delete(next);
        now = next.at;
        next.action();
      }
      now = end;
    },
  };
}

function setUp(answer: (signal: AbortSignal) => Promise<Outcome> | Outcome) {
  const clock = handTurnedClock();
  const calls: { readonly atMs: number; readonly caller: string; readonly payload: unknown }[] = [];
  const warnings: string[] = [];
  const sent: { readonly queue: string; readonly message: unknown; readonly role: string }[] = [];
  const scheduler = createScheduler({
    clock,
    minuteSeconds: 5,
    warn: (message) => warnings.push(message),
    send: (queue, message, { arn }) => sent.push({ queue, message: JSON.parse(message), role: arn }),
    invoker: {
      async handOver(_arn, payload, { arn }, signal) {
        calls.push({ atMs: clock.now(), caller: arn, payload: JSON.parse(payload) });
        return answer(signal);
      },
    },
  });
  return { clock, calls, warnings, sent, scheduler };
}

const done: Outcome = { kind: "success", output: "null" };

test("a schedule ticks at once and then by the local minute, as its role, with what EventBridge sends", async () => {
  const { clock, calls, scheduler } = setUp(() => done);
  scheduler.add(schedule);
  await clock.advance(10_000);
  expect(calls.map(({ atMs }) => atMs)).toEqual([0, 5_000, 10_000]);
  expect(calls[0]).toMatchObject({
    caller: schedule.roleArn,
    payload: { source: "aws.scheduler", resources: [schedule.arn] },
  });
  await scheduler.close();
});

test("a tick that still runs is not overtaken; the next one comes when it is over", async () => {
  const open: ((outcome: Outcome) => void)[] = [];
  const { clock, calls, scheduler } = setUp(() => new Promise((resolve) => open.push(resolve)));
  scheduler.add(schedule);
  await clock.advance(12_000);
  expect(calls).toHaveLength(1);
  open.shift()?.(done);
  await clock.advance(5_000);
  expect(calls.map(({ atMs }) => atMs)).toEqual([0, 15_000]);
  open.shift()?.(done);
  await scheduler.close();
});

const busy = (): never => {
  throw new ServiceError("TooManyRequestsException", "Rate Exceeded.", 429);
};

test("a tick that Lambda does not take is told, and the schedule goes on", async () => {
  const { clock, calls, warnings, scheduler } = setUp(busy);
  scheduler.add(schedule);
  await clock.advance(5_000);
  expect(calls).toHaveLength(2);
  expect(warnings[0]).toContain("TooManyRequestsException: Rate Exceeded.");
  await scheduler.close();
});

test("a function that fails is Lambda's to try again and to tell", async () => {
  const { clock, calls, warnings, scheduler } = setUp(() => ({ kind: "failure", error: "E", cause: "c" }));
  scheduler.add({ ...schedule, maximumRetryAttempts: 5 });
  await clock.advance(4_000);
  expect([calls.length, warnings]).toEqual([1, []]);
  await scheduler.close();
});

test("what Lambda does not take is tried again, and goes to the dead-letter queue when it is too old", async () => {
  const { clock, calls, warnings, sent, scheduler } = setUp(busy);
  const queue = "arn:aws:sqs:eu-west-1:123456789012:dead";
  scheduler.add({
    ...schedule,
    rateMinutes: 60,
    input: '{"a":1}',
    maximumRetryAttempts: 3,
    deadLetterArn: queue,
  });
  await clock.advance(5_000);
  // A second of AWS is 1/12 of one here.
  expect(calls.map(({ atMs }) => Math.round(atMs))).toEqual([0, 83, 250, 583]);
  expect(sent).toEqual([{ queue, message: { a: 1 }, role: schedule.roleArn }]);
  expect(warnings).toEqual([]);
  await scheduler.close();
});

test("closing aborts the tick that runs, waits for it, and starts no other", async () => {
  const { clock, calls, warnings, scheduler } = setUp(
    (signal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          resolve({ kind: "failure", error: "Lambda.ServiceException", cause: "aborted" });
        });
      }),
  );
  scheduler.add(schedule);
  await clock.advance(1_000);
  await scheduler.close();
  await clock.advance(60_000);
  expect(calls).toHaveLength(1);
  expect(warnings).toEqual([]);
});

describe("a schedule of the graph", () => {
  const target = { arn: functionArn, roleArn: schedule.roleArn };
  const declared = (inputs: Record<string, string>) =>
    scheduleDefinition(
      resource(
        "aws:scheduler/schedule:Schedule",
        "tick",
        { name: "tick", target, ...inputs },
        { arn: schedule.arn },
      ),
    );

  test.each([
    ["rate(1 minute)", 1],
    ["rate(1 minutes)", 1],
    ["rate(15 minutes)", 15],
    ["rate(2 hours)", 120],
  ])("%s is %i minutes", (scheduleExpression, rateMinutes) => {
    expect(declared({ scheduleExpression })).toMatchObject({
      rateMinutes,
      functionArn,
      roleArn: schedule.roleArn,
      input: null,
    });
  });

  test.each([
    [{ scheduleExpression: "cron(0 * * * ? *)" }, "cron(0 * * * ? *)"],
    [{ scheduleExpression: "rate(0 minutes)" }, "rate(0 minutes)"],
    [{ scheduleExpression: "rate(1 minute)", state: "DISABLED" }, "DISABLED"],
  ])("%j is recorded, and says why", (inputs, word) => {
    expect(declared(inputs)).toMatchObject({ why: expect.stringContaining(word) });
  });
});
