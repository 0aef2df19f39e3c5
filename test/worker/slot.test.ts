import type { Invocation } from "../../worker/function-process";
import type { Outcome } from "../../worker/outcome";
import type { Receipt } from "../../worker/report";
import { createSlot, taskIdOf, type Slot } from "../../worker/slot";
import { createFakeClock, type FakeClock } from "./fake-clock";

const TASK = { token: "a-secret-token", input: '{"secret":"input"}' };
const SUCCESS: Outcome = { kind: "success", output: '"secret output"' };
const ACCEPTED: Receipt = { kind: "accepted" };
const TIMED_OUT: Receipt = { kind: "gone", why: "TaskTimedOut" };

/** A slot whose function and Step Functions are the test's, with all that they heard. */
interface Stage {
  readonly slot: Slot;
  readonly clock: FakeClock;
  readonly outOfTime: AbortController;
  readonly sent: string[];
  readonly beats: string[];
  readonly events: { readonly event: string; readonly fields: object }[];
  readonly protection: string[];
  readonly invocations: Invocation[];
  readonly replaced: () => number;
  /** The function answers. */
  answer(outcome: Outcome): void;
  fail(error: Error): void;
}

function stage(replies: { send?: () => Promise<Receipt>; beat?: () => Promise<Receipt> } = {}): Stage {
  const clock = createFakeClock();
  const outOfTime = new AbortController();
  const sent: string[] = [];
  const beats: string[] = [];
  const events: { event: string; fields: object }[] = [];
  const protection: string[] = [];
  const invocations: Invocation[] = [];
  let replaced = 0;
  let answer: (outcome: Outcome) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const send = replies.send ?? (() => Promise.resolve(ACCEPTED));
  const slot = createSlot({
    slotFunction: {
      invoke: (invocation, signal) =>
        new Promise((resolve, reject) => {
          invocations.push(invocation);
          answer = resolve;
          fail = reject;
          const abort = (): void => {
            resolve({
              kind: "failure",
              error: "Lambda.ServiceException",
              cause: String((signal.reason as Error).message),
            });
          };
          if (signal.aborted) abort();
          signal.addEventListener("abort", abort);
        }),
      replace: () => {
        replaced += 1;
        return Promise.resolve();
      },
    },
    sink: {
      succeed: (token, output) => (sent.push(`${token} ${output}`), send()),
      fail: (token, error, cause) => (sent.push(`${token} ${error} ${cause}`), send()),
      beat: (token) => (beats.push(token), (replies.beat ?? (() => Promise.resolve(ACCEPTED)))()),
    },
    onBusy: { begin: () => protection.push("begin"), end: () => protection.push("end") },
    functionArn: "arn:aws:lambda:eu-central-1:1:function:detect",
    timeoutSeconds: 60,
    heartbeatSeconds: 30,
    outOfTime: outOfTime.signal,
    clock,
    log: (event, fields = {}) => events.push({ event, fields }),
    random: () => 1,
  });
  return {
    slot,
    clock,
    outOfTime,
    sent,
    beats,
    events,
    protection,
    invocations,
    replaced: () => replaced,
    answer: (outcome) => {
      answer(outcome);
    },
    fail: (error) => {
      fail(error);
    },
  };
}

function names({ events }: Stage): string[] {
  return events.map(({ event }) => event);
}

test("a task runs with its deadline, is protected while it is held, and its outcome is sent once", async () => {
  const { slot, clock, answer, sent, protection, invocations, ...rest } = stage();
  const run = slot.run(TASK);
  expect(slot.taskId()).toBe(taskIdOf(TASK.token));
  expect(protection).toEqual(["begin"]);
  answer(SUCCESS);
  await run;
  expect(invocations).toEqual([
    {
      requestId: taskIdOf(TASK.token),
      input: TASK.input,
      deadlineMs: clock.now() + 60_000,
      functionArn: "arn:aws:lambda:eu-central-1:1:function:detect",
    },
  ]);
  expect(sent).toEqual(['a-secret-token "secret output"']);
  expect(protection).toEqual(["begin", "end"]);
  expect(slot.taskId()).toBeNull();
  expect(rest.events.map(({ event }) => event)).toEqual(["TaskStarted", "TaskSucceeded"]);
});

test("a task's id is the same for the same token, and neither log line nor id tells token, input or output", async () => {
  expect(taskIdOf("token")).toBe(taskIdOf("token"));
  expect(taskIdOf("token")).not.toBe(taskIdOf("tokem"));
  expect(taskIdOf("token")).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  const it = stage();
  const run = it.slot.run(TASK);
  it.answer({ kind: "failure", error: "Boom", cause: '"secret cause"' });
  await run;
  expect(it.events.at(-1)).toEqual({
    event: "TaskFailed",
    fields: { taskId: taskIdOf(TASK.token), error: "Boom", durationMs: 0 },
  });
  expect(JSON.stringify(it.events)).not.toContain("secret");
});

test("an output that is too large is never sent: the task fails with Function.ResponseSizeTooLarge", async () => {
  const it = stage();
  const run = it.slot.run(TASK);
  it.answer({ kind: "success", output: JSON.stringify("x".repeat(262_144)) });
  await run;
  expect(it.sent).toHaveLength(1);
  expect(it.sent[0]).toMatch(/^a-secret-token Function\.ResponseSizeTooLarge .{1,300}$/);
});

test("a fault of the worker's own is the task's outcome too", async () => {
  const it = stage();
  const run = it.slot.run(TASK);
  it.fail(new Error("EMFILE: too many open files"));
  await run;
  expect(it.sent).toEqual([expect.stringMatching(/Lambda\.ServiceException .*EMFILE/)]);
});

test("heartbeats come thrice an interval while the task runs, and stop with its outcome", async () => {
  const it = stage();
  const run = it.slot.run(TASK);
  await it.clock.advance(9_999);
  expect(it.beats).toHaveLength(0);
  await it.clock.advance(1);
  expect(it.beats).toEqual([TASK.token]);
  await it.clock.advance(20_000);
  expect(it.beats).toHaveLength(3);
  it.answer(SUCCESS);
  await run;
  await it.clock.advance(60_000);
  expect(it.beats).toHaveLength(3);
});

test("a heartbeat that fails is logged, and the next one comes in time", async () => {
  const it = stage({ beat: () => Promise.reject(new Error("socket hang up")) });
  void it.slot.run(TASK);
  await it.clock.advance(30_000);
  expect(it.beats).toHaveLength(3);
  expect(names(it)).toEqual(["TaskStarted", "HeartbeatFailed", "HeartbeatFailed", "HeartbeatFailed"]);
});

test("TaskTimedOut on a heartbeat aborts the function at once, and nothing is sent", async () => {
  const it = stage({ beat: () => Promise.resolve(TIMED_OUT) });
  const run = it.slot.run(TASK);
  await it.clock.advance(10_000);
  await run;
  expect(it.sent).toEqual([]);
  expect(it.events.at(-1)).toMatchObject({
    event: "TaskAbandoned",
    fields: { reason: "TaskTimedOut", durationMs: 10_000 },
  });
  await it.clock.advance(60_000);
  expect(it.beats).toHaveLength(1);
});

test("TaskTimedOut on the outcome replaces the function's process, and the outcome is not sent again", async () => {
  const it = stage({ send: () => Promise.resolve(TIMED_OUT) });
  const run = it.slot.run(TASK);
  it.answer(SUCCESS);
  await run;
  expect(it.sent).toHaveLength(1);
  expect(it.replaced()).toBe(1);
  expect(names(it)).toEqual(["TaskStarted", "TaskAbandoned"]);
});

test("an outcome is sent again, with growing pauses, until it is heard", async () => {
  let failures = 3;
  const it = stage({
    send: () => (failures-- > 0 ? Promise.reject(new Error("reset")) : Promise.resolve(ACCEPTED)),
  });
  const run = it.slot.run(TASK);
  it.answer(SUCCESS);
  await it.clock.advance(0);
  expect(it.sent).toHaveLength(1);
  await it.clock.advance(100);
  expect(it.sent).toHaveLength(2);
  await it.clock.advance(199);
  expect(it.sent).toHaveLength(2);
  await it.clock.advance(1);
  expect(it.sent).toHaveLength(3);
  await it.clock.advance(400);
  await run;
  expect(it.sent).toHaveLength(4);
  expect(names(it)).toEqual(["TaskStarted", "ReportFailed", "ReportFailed", "ReportFailed", "TaskSucceeded"]);
});

test("an outcome that nobody hears is lost 30 s after the deadline, and the log says so", async () => {
  const it = stage({ send: () => Promise.reject(new Error("no route to host")) });
  const run = it.slot.run(TASK);
  it.answer(SUCCESS);
  await it.clock.advance(84_000);
  expect(it.slot.taskId()).not.toBeNull();
  await it.clock.advance(6_000);
  await run;
  expect(it.events.at(-1)).toMatchObject({
    event: "OutcomeLost",
    fields: { reason: "Error: no route to host" },
  });
});

test("heartbeats go on while an outcome is sent again and again, and their TaskTimedOut ends that", async () => {
  const it = stage({
    send: () => Promise.reject(new Error("reset")),
    beat: () => Promise.resolve(TIMED_OUT),
  });
  const run = it.slot.run(TASK);
  it.answer(SUCCESS);
  await it.clock.advance(10_000);
  await run;
  expect(names(it).at(-1)).toBe("TaskAbandoned");
});

test("an output that Step Functions refuses becomes a failure, not silence", async () => {
  let calls = 0;
  const it = stage({
    send: () =>
      Promise.resolve((calls += 1) === 1 ? { kind: "refused", why: "InvalidOutput: no" } : ACCEPTED),
  });
  const run = it.slot.run(TASK);
  it.answer(SUCCESS);
  await run;
  expect(it.sent[1]).toMatch(/Lambda\.ServiceException .*InvalidOutput: no/);
  expect(it.events.at(-1)).toMatchObject({
    event: "TaskFailed",
    fields: { error: "Lambda.ServiceException" },
  });
});

test("when the worker is out of time, what is held fails retryably, and so does what still comes", async () => {
  const it = stage();
  const run = it.slot.run(TASK);
  it.outOfTime.abort(new Error("stopped"));
  await run;
  await it.slot.run({ token: "late", input: "{}" });
  expect(it.sent).toEqual([
    "a-secret-token Lambda.ServiceException stopped",
    "late Lambda.ServiceException stopped",
  ]);
});
