import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleWorker } from "../../local/cloud/ecs/bundle";
import { taskIdOf } from "../../worker/slot";
import { isAlive } from "./alive";
import { startStepFunctions, type FakeStepFunctions, type Report } from "./step-functions";
import { startWorker, type WorkerProcess } from "./worker-process";

let directory: string;
let file: string;
let states: FakeStepFunctions;
let worker: WorkerProcess | undefined;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "loveless-worker-"));
  file = await bundleWorker(directory);
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});
beforeEach(async () => {
  states = await startStepFunctions();
});
afterEach(async () => {
  // Most tests have seen it exit already; of the others nothing is wanted any more.
  worker?.signal("SIGTERM");
  await Promise.race([worker?.exited, worker?.line("WorkerStateChanged", ({ to }) => to === "draining")]);
  worker?.signal("SIGTERM");
  await worker?.exited;
  worker = undefined;
  await states.close();
});

function start(
  ...options: Parameters<typeof startWorker> extends [string, string, ...infer Rest] ? Rest : never
): WorkerProcess {
  worker = startWorker(file, states.endpoint, ...options);
  return worker;
}

function output(report: Report): unknown {
  return JSON.parse(report.output ?? "null");
}

test("one worker: successes, errors and crashes, each told once by Lambda's names, and the slot goes on", async () => {
  start();
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
    expect(await states.report(states.give(input))).toMatchObject(expected);
  expect(states.reports).toHaveLength(stories.length);
});

test("every line of the log is JSON with activity and pool, and tells neither token nor input nor output", async () => {
  const { lines, line } = start();
  const token = states.give({ does: "nothing", value: "secret-input" });
  await states.report(token);
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
  const { line } = start();
  const token = states.give({ does: "print" });
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

test("the function sees the worker's environment without what is the worker's own", async () => {
  start({ command: ["index.environment"] }, { ECS_AGENT_URI: "http://127.0.0.1:1", MODEL: "small" });
  const environment = output(await states.report(states.give({}))) as Record<string, string>;
  expect(environment).toMatchObject({
    MODEL: "small",
    AWS_ENDPOINT_URL: states.endpoint,
    AWS_REGION: "eu-central-1",
  });
  expect(Object.keys(environment).filter((name) => /^LOVELESS_|^ECS_AGENT/.test(name))).toEqual([]);
});

test("a task past its deadline is Sandbox.Timedout after the function's own timeout", async () => {
  start({ timeoutSeconds: 1 });
  const report = await states.report(states.give({ does: "hang" }));
  expect(report).toMatchObject({ kind: "failure", error: "Sandbox.Timedout" });
  expect(report.cause).toContain("Task timed out after 1.00 seconds");
});

test("a task that Step Functions has ended is killed at the next heartbeat, and its slot takes the next", async () => {
  const { line } = start({ heartbeatSeconds: 1 });
  const token = states.give({ does: "hang" });
  const { pid } = await line("FunctionProcessStarted");
  await states.until(() => states.heartbeats.includes(token));
  states.expire(token);
  expect(await line("TaskAbandoned")).toMatchObject({ taskId: taskIdOf(token), reason: "TaskTimedOut" });
  expect(isAlive(pid)).toBe(false);
  expect(await states.report(states.give({}))).toMatchObject({ kind: "success" });
  expect(states.reports.map((report) => report.token)).not.toContain(token);
});

test("polls that fail are tried again, and tasks come through afterwards", async () => {
  states.failNext("GetActivityTask", 2, 500);
  const { lines, line } = start();
  expect(await states.report(states.give({}))).toMatchObject({ kind: "success" });
  await line("PollRecovered");
  expect(lines.filter(({ event }) => event === "PollFailed")).toHaveLength(2);
});

test.each([500, 400])("an outcome that is answered %d (400: throttled) is sent again", async (status) => {
  states.failNext("SendTaskSuccess", 2, status);
  const { lines } = start();
  expect(await states.report(states.give({}))).toMatchObject({ kind: "success" });
  expect(lines.filter(({ event }) => event === "ReportFailed")).toHaveLength(2);
});

test("sixty open polls do not hold up a report", async () => {
  start({ slots: 60 });
  await states.until(() => states.polls.open === 60);
  expect(await states.report(states.give({}))).toMatchObject({ kind: "success" });
});

test("SIGTERM in the middle of eight tasks: eight outcomes, exit code 0, no poll aborted", async () => {
  const { signal, exited, lines } = start({ slots: 8 });
  const tokens = Array.from({ length: 8 }, () => states.give({ does: "wait", value: 800 }));
  await states.until(() => states.polls.opened === 8 && states.polls.open === 0);
  signal("SIGTERM");
  expect(await exited).toBe(0);
  expect(states.reports.map(({ token, kind }) => `${token} ${kind}`).sort()).toEqual(
    tokens.map((token) => `${token} success`).sort(),
  );
  expect(states.polls).toEqual({ open: 0, opened: 8, aborted: 0 });
  expect(lines.filter(({ event }) => event === "WorkerStateChanged").map(({ to }) => to)).toEqual([
    "running",
    "draining",
    "stopped",
  ]);
});

test("a task that an open poll brings while the worker drains is run", async () => {
  const { signal, exited, line } = start();
  await states.until(() => states.polls.open === 1);
  signal("SIGTERM");
  await line("WorkerStateChanged", ({ to }) => to === "draining");
  expect(await states.report(states.give({}))).toMatchObject({ kind: "success" });
  expect(await exited).toBe(0);
  expect(states.polls).toEqual({ open: 0, opened: 1, aborted: 0 });
});

test("a task that does not end within the time to stop fails retryably, its process is gone, and the exit code is 0", async () => {
  const { signal, exited, line } = start({ stopTimeoutSeconds: 1 });
  const token = states.give({ does: "hang" });
  const { pid } = await line("FunctionProcessStarted");
  signal("SIGTERM");
  const startMs = Date.now();
  expect(await states.report(token)).toMatchObject({ kind: "failure", error: "Lambda.ServiceException" });
  expect(await exited).toBe(0);
  expect(Date.now() - startMs).toBeLessThan(1_000);
  expect(isAlive(pid)).toBe(false);
});

test("a second SIGTERM kills worker and function", async () => {
  const { signal, exited, line } = start();
  states.give({ does: "hang" });
  const { pid } = await line("FunctionProcessStarted");
  signal("SIGTERM");
  await line("WorkerStateChanged", ({ to }) => to === "draining");
  signal("SIGTERM");
  expect(await exited).toBe(128 + 15);
  expect(isAlive(pid)).toBe(false);
});

test("a wrong environment ends the worker with one line that names the variable, and exit code 2", async () => {
  const { exited, standardError } = start({}, { LOVELESS_SLOTS: "none", LOVELESS_COMMAND: "index.handler" });
  expect(await exited).toBe(2);
  expect(standardError()).toMatch(
    /^[^\n]*LOVELESS_COMMAND[^\n]*got "index.handler"[^\n]*LOVELESS_SLOTS[^\n]*got "none"[^\n]*\n$/,
  );
});
