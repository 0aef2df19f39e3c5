import { taskIdOf } from "../../worker/slot";
import { isAlive } from "./alive";
import { stageWorkers } from "./stage";
import type { Report } from "./step-functions";

const stage = stageWorkers();

function output(report: Report): unknown {
  return JSON.parse(report.output ?? "null");
}

test("one worker: successes, errors and crashes, each told once by Lambda's names, and the slot goes on", async () => {
  stage.start();
  const stories = [
    { input: { does: "nothing" }, expected: { kind: "success" } },
    { input: { does: "throw" }, expected: { kind: "failure", error: "RangeError" } },
    { input: { does: "exit", value: 4 }, expected: { kind: "failure", error: "Runtime.ExitError" } },
    {
      input: { does: "big", value: 262_143 },
      expected: { kind: "failure", error: "Function.ResponseSizeTooLarge" },
    },
    {
      input: { does: "big", value: 7_000_000 },
      expected: { kind: "failure", error: "Function.ResponseSizeTooLarge" },
    },
    { input: { does: "big", value: 262_142 }, expected: { kind: "success" } },
  ];
  for (const { input, expected } of stories)
    expect(await stage.states.report(stage.states.give(input))).toMatchObject(expected);
  expect(stage.states.reports).toHaveLength(stories.length);
});

test("every line of the log is JSON with activity and pool, and tells neither token nor input nor output", async () => {
  const { lines, line } = stage.start();
  const token = stage.states.give({ does: "nothing", value: "secret-input" });
  await stage.states.report(token);
  await line("TaskSucceeded");
  expect(lines.map(({ event }) => event)).toEqual([
    "WorkerStateChanged",
    "TaskStarted",
    "FunctionProcessStarted",
    "FunctionInitialised",
    "TaskSucceeded",
  ]);
  for (const each of lines)
    expect(each).toMatchObject({
      activity: expect.stringContaining(":activity:detect") as string,
      pool: "detect",
    });
  expect(lines[1]).toMatchObject({ taskId: taskIdOf(token) });
  expect(JSON.stringify(lines)).not.toMatch(/secret-input|token-1|"did"/);
});

test("what the function prints is logged with its task", async () => {
  const { line } = stage.start();
  const token = stage.states.give({ does: "print" });
  const taskId = taskIdOf(token);
  expect(await line("FunctionPrinted", ({ stream }) => stream === "stdout")).toMatchObject({
    line: "to standard output",
    taskId,
  });
  expect(await line("FunctionPrinted", ({ stream }) => stream === "stderr")).toMatchObject({
    line: "to standard error",
    taskId,
  });
});

test("the function sees the worker's environment without what is the worker's own or would mislead its client", async () => {
  const surroundings = {
    ECS_AGENT_URI: "http://127.0.0.1:1",
    AWS_LAMBDA_MAX_CONCURRENCY: "4",
    MODEL: "small",
  };
  stage.start({ command: ["index.environment"] }, surroundings);
  const environment = output(await stage.states.report(stage.states.give({}))) as Record<string, string>;
  expect(environment).toMatchObject({
    MODEL: "small",
    AWS_ENDPOINT_URL: stage.states.endpoint,
    AWS_REGION: "eu-central-1",
  });
  expect(Object.keys(environment).filter((name) => /^LOVELESS_|^ECS_AGENT|CONCURRENCY/.test(name))).toEqual(
    [],
  );
});

test("a task past its deadline is Sandbox.Timedout after the function's own timeout", async () => {
  stage.start({ timeoutSeconds: 1 });
  const report = await stage.states.report(stage.states.give({ does: "hang" }));
  expect(report).toMatchObject({ kind: "failure", error: "Sandbox.Timedout" });
  expect(report.cause).toContain("Task timed out after 1.00 seconds");
});

test("a task that Step Functions has ended is killed at the next heartbeat, and its slot takes the next", async () => {
  const { line } = stage.start({ heartbeatSeconds: 1 });
  const token = stage.states.give({ does: "hang" });
  const { pid } = await line("FunctionProcessStarted");
  await stage.states.until(() => stage.states.heartbeats.includes(token));
  stage.states.expire(token);
  expect(await line("TaskAbandoned")).toMatchObject({ taskId: taskIdOf(token), reason: "TaskTimedOut" });
  expect(isAlive(pid)).toBe(false);
  expect(await stage.states.report(stage.states.give({}))).toMatchObject({ kind: "success" });
  expect(stage.states.reports.map((report) => report.token)).not.toContain(token);
});

test("polls that fail are tried again, and tasks come through afterwards", async () => {
  stage.states.failNext("GetActivityTask", 2, 500);
  const { lines, line } = stage.start();
  expect(await stage.states.report(stage.states.give({}))).toMatchObject({ kind: "success" });
  await line("PollRecovered");
  expect(lines.filter(({ event }) => event === "PollFailed")).toHaveLength(2);
});

test.each([500, 400])("an outcome that is answered %d (400: throttled) is sent again", async (status) => {
  stage.states.failNext("SendTaskSuccess", 2, status);
  const { lines } = stage.start();
  expect(await stage.states.report(stage.states.give({}))).toMatchObject({ kind: "success" });
  expect(lines.filter(({ event }) => event === "ReportFailed")).toHaveLength(2);
});

test("sixty open polls do not hold up a report", async () => {
  stage.start({ slots: 60 });
  await stage.states.until(() => stage.states.polls.open === 60);
  expect(await stage.states.report(stage.states.give({}))).toMatchObject({ kind: "success" });
});

test("SIGTERM in the middle of eight tasks: eight outcomes, exit code 0, no poll aborted", async () => {
  const { signal, exited, lines } = stage.start({ slots: 8 });
  const tokens = Array.from({ length: 8 }, () => stage.states.give({ does: "wait", value: 800 }));
  await stage.states.until(() => stage.states.polls.opened === 8 && stage.states.polls.open === 0);
  signal("SIGTERM");
  expect(await exited).toBe(0);
  expect(stage.states.reports.map(({ token, kind }) => `${token} ${kind}`).sort()).toEqual(
    tokens.map((token) => `${token} success`).sort(),
  );
  expect(stage.states.polls).toEqual({ open: 0, opened: 8, aborted: 0 });
  expect(lines.filter(({ event }) => event === "WorkerStateChanged").map(({ to }) => to)).toEqual([
    "running",
    "draining",
    "stopped",
  ]);
});

test("a task that an open poll brings while the worker drains is run", async () => {
  const { signal, exited, line } = stage.start();
  await stage.states.until(() => stage.states.polls.open === 1);
  signal("SIGTERM");
  await line("WorkerStateChanged", ({ to }) => to === "draining");
  expect(await stage.states.report(stage.states.give({}))).toMatchObject({ kind: "success" });
  expect(await exited).toBe(0);
  expect(stage.states.polls).toEqual({ open: 0, opened: 1, aborted: 0 });
});

test("a task that does not end within the time to stop fails retryably, its process is gone, and the exit code is 0", async () => {
  const { signal, exited, line } = stage.start({ stopTimeoutSeconds: 1 });
  const token = stage.states.give({ does: "hang" });
  const { pid } = await line("FunctionProcessStarted");
  signal("SIGTERM");
  const startMs = Date.now();
  expect(await stage.states.report(token)).toMatchObject({
    kind: "failure",
    error: "Lambda.ServiceException",
  });
  expect(await exited).toBe(0);
  expect(Date.now() - startMs).toBeLessThan(1_000);
  expect(isAlive(pid)).toBe(false);
});

test("a second SIGTERM kills worker and function", async () => {
  const { signal, exited, line } = stage.start();
  stage.states.give({ does: "hang" });
  const { pid } = await line("FunctionProcessStarted");
  signal("SIGTERM");
  await line("WorkerStateChanged", ({ to }) => to === "draining");
  signal("SIGTERM");
  expect(await exited).toBe(128 + 15);
  expect(isAlive(pid)).toBe(false);
});

test("a wrong environment ends the worker with one line that names the variable, and exit code 2", async () => {
  const { exited, standardError } = stage.start(
    {},
    { LOVELESS_SLOTS: "none", LOVELESS_COMMAND: "index.handler" },
  );
  expect(await exited).toBe(2);
  expect(standardError()).toMatch(
    /^[^\n]*LOVELESS_COMMAND[^\n]*got "index.handler"[^\n]*LOVELESS_SLOTS[^\n]*got "none"[^\n]*\n$/,
  );
});
