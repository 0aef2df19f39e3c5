/** What the console says of executions, told by the real interpreter: where each state stands, and what it was given. */
import {
  GetActivityTaskCommand,
  GetExecutionHistoryCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { followExecutions, type Executions } from "../../../local/console/executions";
import type { StateNow } from "../../../local/console/execution-messages";
import type { Outcome } from "../../../worker/outcome";
import { taskIdOf } from "../../../worker/slot";
import {
  ACTIVITY,
  declare,
  FUNCTION,
  MACHINE,
  ROLE,
  startTestCloud,
  until,
  type Call,
  type TestCloud,
} from "../states/cloud";

let cloud: TestCloud;
let executions: Executions;
let lambda: (call: Call) => Promise<Outcome> | Outcome;
beforeEach(async () => {
  lambda = ({ payload }) => ({ kind: "success", output: payload });
  cloud = await startTestCloud((call) => lambda(call));
  executions = followExecutions(cloud.states, (resource) => resource.slice(resource.lastIndexOf(":") + 1));
});
afterEach(async () => {
  executions.stop();
  await cloud.close();
});

const CALL = { Type: "Task", Resource: FUNCTION };
const FAILURE: Outcome = { kind: "failure", error: "Broken", cause: "on purpose" };

async function start(input: unknown = {}): Promise<string> {
  const { executionArn = "" } = await cloud.client.send(
    new StartExecutionCommand({ stateMachineArn: MACHINE, input: JSON.stringify(input) }),
  );
  return executionArn;
}

async function run(definition: object, input: unknown = {}): Promise<string> {
  declare(cloud, definition);
  const arn = await start(input);
  await until("the execution's end", () => executions.now(arn)?.status !== "RUNNING");
  return arn;
}

/** Without what is zero. */
function stands(arn: string): Record<string, Partial<StateNow>> {
  const { states = {} } = executions.now(arn) ?? {};
  return Object.fromEntries(
    Object.entries(states).map(([name, state]) => [
      name,
      Object.fromEntries(Object.entries(state).filter(([, value]) => value !== 0 && value !== null)),
    ]),
  );
}

function mapOf(processor: object, more: object = {}): object {
  return { Type: "Map", ItemsPath: "$.items", ItemProcessor: processor, ...more };
}

test("each iteration of a Map is a visit of the states inside, and the Map counts those that are done", async () => {
  const arn = await run(
    {
      StartAt: "Each",
      States: {
        Each: mapOf(
          { StartAt: "One", States: { One: { ...CALL, Next: "Two" }, Two: { ...CALL, End: true } } },
          { Next: "Last" },
        ),
        Last: { Type: "Pass", End: true },
      },
    },
    { items: [5, 6, 7] },
  );
  expect(stands(arn)).toEqual({
    Each: { visits: 1, succeeded: 1, items: { total: 3, done: 3 } },
    One: { visits: 3, succeeded: 3 },
    Two: { visits: 3, succeeded: 3 },
    Last: { visits: 1, succeeded: 1 },
  });
  expect(executions.visit(arn, "Two", 1)).toMatchObject({
    path: [1],
    input: "6",
    output: "6",
    status: "succeeded",
  });
  expect(executions.visits(arn, "One", 2, 10)).toMatchObject({ total: 3, visits: [{ path: [2] }] });
});

test("a failure colours the states on its way, and what ran beside it is aborted", async () => {
  lambda = ({ payload, signal }) =>
    payload === "6"
      ? FAILURE
      : new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            resolve({ kind: "success", output: "0" });
          });
        });
  const arn = await run(
    {
      StartAt: "Each",
      States: { Each: mapOf({ StartAt: "One", States: { One: { ...CALL, End: true } } }, { End: true }) },
    },
    { items: [5, 6, 7] },
  );
  expect(stands(arn)).toEqual({
    Each: { visits: 1, failed: 1, items: { total: 3, done: 0 } },
    One: { visits: 3, failed: 1, aborted: 2, failedAttempts: 1 },
  });
  expect(executions.visit(arn, "One", 1)).toMatchObject({
    error: "Broken",
    cause: "on purpose",
    output: null,
  });
  expect(executions.now(arn)).toMatchObject({ status: "FAILED", error: "Broken" });
});

test("a state that is tried again succeeds with its failed attempts counted", async () => {
  let calls = 0;
  lambda = ({ payload }) => ((calls += 1) === 1 ? FAILURE : { kind: "success", output: payload });
  const retry = { Retry: [{ ErrorEquals: ["Broken"], IntervalSeconds: 1 }] };
  declare(cloud, { StartAt: "One", States: { One: { ...CALL, ...retry, End: true } } });
  const arn = await start();
  await until("the first attempt's failure", () => executions.now(arn)?.states["One"]?.failedAttempts === 1);
  expect(stands(arn)).toEqual({ One: { visits: 1, running: 1, failedAttempts: 1 } });
  await cloud.clock.advance(1_000);
  await until("the end", () => executions.now(arn)?.status === "SUCCEEDED");
  expect(stands(arn)).toEqual({ One: { visits: 1, succeeded: 1, failedAttempts: 1 } });
});

test("a Map that is tried again counts its second try", async () => {
  let calls = 0;
  lambda = ({ payload }) => ((calls += 1) === 1 ? FAILURE : { kind: "success", output: payload });
  const retry = { Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 1 }], End: true };
  declare(cloud, {
    StartAt: "Each",
    States: { Each: mapOf({ StartAt: "One", States: { One: { ...CALL, End: true } } }, retry) },
  });
  const arn = await start({ items: [5] });
  await until("the first try's failure", () => executions.now(arn)?.states["One"]?.failed === 1);
  await cloud.clock.advance(1_000);
  await until("the end", () => executions.now(arn)?.status === "SUCCEEDED");
  expect(stands(arn)).toMatchObject({
    Each: { visits: 1, succeeded: 1 },
    One: { visits: 2, failed: 1, succeeded: 1 },
  });
});

test("an error that is caught leaves its state green and leads on", async () => {
  lambda = () => FAILURE;
  const caught = { Catch: [{ ErrorEquals: ["States.ALL"], Next: "Mend" }], End: true };
  const arn = await run({
    StartAt: "One",
    States: { One: { ...CALL, ...caught }, Mend: { Type: "Pass", End: true } },
  });
  expect(stands(arn)).toEqual({
    One: { visits: 1, succeeded: 1, failedAttempts: 1 },
    Mend: { visits: 1, succeeded: 1 },
  });
  expect(executions.plan(arn)?.graph.edges).toEqual([
    { from: "One", to: "Mend", kind: "catch", label: "States.ALL" },
  ]);
});

test("branches of a Parallel stand on their own", async () => {
  const arn = await run({
    StartAt: "Both",
    States: {
      Both: {
        Type: "Parallel",
        Branches: [
          {
            StartAt: "Left",
            States: { Left: { ...CALL, Next: "Further" }, Further: { Type: "Pass", End: true } },
          },
          { StartAt: "Right", States: { Right: { ...CALL, End: true } } },
        ],
        Next: "After",
      },
      After: { Type: "Pass", End: true },
    },
  });
  expect(Object.values(stands(arn))).toEqual(Array.from({ length: 5 }, () => ({ visits: 1, succeeded: 1 })));
  const [both] = executions.plan(arn)?.graph.nodes ?? [];
  expect(both?.inner.map(({ start: first, nodes }) => [first, nodes.length])).toEqual([
    ["Left", 2],
    ["Right", 1],
  ]);
});

test("a state that waits for a worker runs, says where its task belongs, and is aborted with its execution", async () => {
  declare(cloud, {
    StartAt: "Each",
    States: {
      Each: mapOf(
        { StartAt: "One", States: { One: { Type: "Task", Resource: ACTIVITY, End: true } } },
        { End: true },
      ),
    },
  });
  const arn = await start({ items: [5, 6] });
  await until("both tasks", () => cloud.states.view.activity(ACTIVITY)?.backlog === 2);
  expect(stands(arn)).toEqual({
    Each: { visits: 1, running: 1, items: { total: 2, done: 0 } },
    One: { visits: 2, running: 2 },
  });
  const { events = [] } = executions.events(arn, 0, 100) ?? {};
  expect(
    events.filter(({ type }) => type === "ActivityScheduled").map(({ id }) => executions.placeOf(arn, id)),
  ).toEqual([
    { state: "One", iteration: 0 },
    { state: "One", iteration: 1 },
  ]);
  await cloud.client.send(new StopExecutionCommand({ executionArn: arn }));
  expect(stands(arn)).toMatchObject({ Each: { aborted: 1 }, One: { aborted: 2 } });
  expect(cloud.states.view.activity(ACTIVITY)).toMatchObject({ backlog: 0, inFlight: [] });
});

test("executions are listed latest first, by status and name; those that were there before count too", async () => {
  const first = await run({ StartAt: "P", States: { P: { Type: "Pass", End: true } } });
  const late = followExecutions(cloud.states, (resource) => resource);
  const second = await start();
  await until("the second one's end", () => executions.own.counts().SUCCEEDED === 2);
  const page = late.own.page({ status: "SUCCEEDED", text: "CATALOGUE", offset: 0, limit: 10 });
  expect(page.rows.map(({ arn }) => arn)).toEqual([second, first]);
  expect(late.own.page({ status: "FAILED", text: "", offset: 0, limit: 10 }).total).toBe(0);
  expect(late.own.page({ status: null, text: "", offset: 1, limit: 1 })).toMatchObject({
    total: 2,
    rows: [{ arn: first }],
  });
  late.stop();
});

test("of an execution that is not known nothing is said", () => {
  const arn = "arn:aws:states:eu-west-1:123456789012:execution:catalogue:none";
  expect([executions.now(arn), executions.plan(arn), executions.events(arn, 0, 1)]).toEqual([
    null,
    null,
    null,
  ]);
});

describe("each attempt at a task is shown with what its log calls it, and who wrote that:", () => {
  const WORKER = "0123456789abcdef0123456789abcdef";
  let worker: SFNClient;
  beforeEach(() => {
    worker = new SFNClient({
      endpoint: cloud.endpoint,
      region: "eu-west-1",
      credentials: cloud.access.issue({ arn: ROLE, sessionName: WORKER }),
    });
  });
  afterEach(() => {
    worker.destroy();
  });

  test("a worker of an activity, when the task has ended too, and again for what was tried again", async () => {
    const retry = [{ ErrorEquals: ["States.ALL"], MaxAttempts: 1, IntervalSeconds: 1 }];
    declare(cloud, {
      StartAt: "One",
      States: { One: { Type: "Task", Resource: ACTIVITY, Retry: retry, End: true } },
    });
    const arn = await start();
    await until("the task", () => cloud.states.view.activity(ACTIVITY)?.backlog === 1);
    expect(executions.visit(arn, "One", 0)?.attempts).toMatchObject([
      { status: "running", startedMs: null, writer: null },
    ]);
    const poll = new GetActivityTaskCommand({ activityArn: ACTIVITY, workerName: "w" });
    const first = await worker.send(poll);
    await worker.send(new SendTaskFailureCommand({ taskToken: first.taskToken, error: "Broken" }));
    await cloud.clock.advance(1_000);
    const second = await worker.send(poll);
    await worker.send(new SendTaskSuccessCommand({ taskToken: second.taskToken, output: "1" }));
    await until("the end", () => executions.now(arn)?.status === "SUCCEEDED");
    const writer = { kind: "worker", id: WORKER };
    expect(executions.visit(arn, "One", 0)?.attempts).toEqual([
      { taskId: taskIdOf(first.taskToken ?? ""), startedMs: expect.any(Number), status: "failed", writer },
      {
        taskId: taskIdOf(second.taskToken ?? ""),
        startedMs: expect.any(Number),
        status: "succeeded",
        writer,
      },
    ]);
  });

  test("a function, by its request id, however it is called", async () => {
    const arn = await run({
      StartAt: "One",
      States: {
        One: { ...CALL, Next: "Two" },
        Two: {
          Type: "Task",
          Resource: "arn:aws:states:::lambda:invoke",
          Parameters: { FunctionName: "detect:3", Payload: {} },
          Next: "Three",
        },
        Three: { Type: "Pass", End: true },
      },
    });
    const [one, two] = cloud.calls;
    const writer = { kind: "function", name: "detect", untilMs: expect.any(Number) };
    const common = { startedMs: expect.any(Number), status: "succeeded", writer };
    expect(executions.visit(arn, "One", 0)?.attempts).toEqual([{ ...common, taskId: one?.requestId }]);
    expect(executions.visit(arn, "Two", 0)?.attempts).toEqual([{ ...common, taskId: two?.requestId }]);
    expect(one?.requestId).not.toBe(two?.requestId);
    expect(executions.visit(arn, "Three", 0)?.attempts).toEqual([]);
  });

  test("what ran when its execution was stopped was aborted", async () => {
    declare(cloud, { StartAt: "One", States: { One: { Type: "Task", Resource: ACTIVITY, End: true } } });
    const arn = await start();
    await worker.send(new GetActivityTaskCommand({ activityArn: ACTIVITY }));
    await cloud.client.send(new StopExecutionCommand({ executionArn: arn }));
    expect(executions.visit(arn, "One", 0)?.attempts).toMatchObject([
      { status: "aborted", writer: { id: WORKER } },
    ]);
  });

  test("and callers of the API are told none of it", async () => {
    const arn = await run({ StartAt: "One", States: { One: { ...CALL, End: true } } });
    const { events } = await cloud.client.send(new GetExecutionHistoryCommand({ executionArn: arn }));
    expect(JSON.stringify(events)).not.toContain(cloud.calls[0]?.requestId);
    expect(events?.find(({ type }) => type === "LambdaFunctionScheduled")).toEqual({
      id: 3,
      previousEventId: 2,
      timestamp: expect.any(Date),
      type: "LambdaFunctionScheduled",
      lambdaFunctionScheduledEventDetails: {
        resource: FUNCTION,
        input: "{}",
        inputDetails: { truncated: false },
      },
    });
  });
});
