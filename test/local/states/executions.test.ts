import {
  DescribeExecutionCommand,
  GetActivityTaskCommand,
  GetExecutionHistoryCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  type DescribeExecutionCommandOutput,
  type HistoryEvent,
} from "@aws-sdk/client-sfn";
import type { Outcome } from "../../../worker/outcome";
import {
  ACTIVITY,
  declare,
  FUNCTION,
  MACHINE,
  outline,
  ROLE,
  startTestCloud,
  until,
  type Call,
  type TestCloud,
} from "./cloud";

let cloud: TestCloud;
let lambda: (call: Call) => Promise<Outcome> | Outcome;
beforeEach(async () => {
  lambda = ({ payload }) => ({ kind: "success", output: payload });
  cloud = await startTestCloud((call) => lambda(call));
});
afterEach(async () => {
  await cloud.close();
});

const CALL = { Type: "Task", Resource: FUNCTION, End: true };

async function start(input: unknown = {}): Promise<string> {
  const { executionArn } = await cloud.client.send(
    new StartExecutionCommand({ stateMachineArn: MACHINE, input: JSON.stringify(input) }),
  );
  return executionArn ?? "";
}

function describeExecution(executionArn: string): Promise<DescribeExecutionCommandOutput> {
  return cloud.client.send(new DescribeExecutionCommand({ executionArn }));
}

async function eventsOf(executionArn: string): Promise<HistoryEvent[]> {
  return (await cloud.client.send(new GetExecutionHistoryCommand({ executionArn }))).events ?? [];
}

/** Runs one state to its end and gives how the execution ended. */
async function runState(state: object, input: unknown = {}): Promise<DescribeExecutionCommandOutput> {
  declare(cloud, { StartAt: "S", States: { S: state } });
  return describeExecution(await start(input));
}

async function outputOf(state: object, input: unknown = {}): Promise<unknown> {
  const { status, output, error, cause } = await runState(state, input);
  expect({ status, error, cause }).toEqual({ status: "SUCCEEDED", error: undefined, cause: undefined });
  return JSON.parse(output ?? "null");
}

test("a Lambda function gets the input and its answer is the output; the call is made under the state machine's role", async () => {
  lambda = () => ({ kind: "success", output: '{"tiles":4}' });
  declare(cloud, { StartAt: "split", States: { split: CALL } });
  const executionArn = await start({ key: "a.png" });
  const events = await eventsOf(executionArn);
  expect(outline(events)).toEqual([
    "1<-0 ExecutionStarted",
    "2<-0 TaskStateEntered",
    "3<-2 LambdaFunctionScheduled",
    "4<-3 LambdaFunctionStarted",
    "5<-4 LambdaFunctionSucceeded",
    "6<-5 TaskStateExited",
    "7<-6 ExecutionSucceeded",
  ]);
  expect(events[0]?.executionStartedEventDetails).toEqual({
    input: '{"key":"a.png"}',
    inputDetails: { truncated: false },
    roleArn: ROLE,
  });
  expect(events[6]?.executionSucceededEventDetails?.output).toBe('{"tiles":4}');
  expect(cloud.calls).toMatchObject([{ functionArn: FUNCTION, payload: '{"key":"a.png"}', caller: ROLE }]);
});

test("a function's failure keeps its name and cause, is retried as told, and then caught", async () => {
  lambda = () => ({ kind: "failure", error: "Lambda.ServiceException", cause: '{"errorMessage":"busy"}' });
  declare(cloud, {
    StartAt: "split",
    States: {
      split: {
        ...CALL,
        Retry: [
          { ErrorEquals: ["Lambda.ServiceException"], IntervalSeconds: 2, BackoffRate: 3, MaxAttempts: 2 },
        ],
        Catch: [{ ErrorEquals: ["States.ALL"], Next: "sorry", ResultPath: "$.failure" }],
      },
      sorry: { Type: "Pass", End: true },
    },
  });
  const executionArn = await start({ key: 1 });
  await cloud.clock.advance(2000);
  expect(cloud.calls).toHaveLength(2);
  await cloud.clock.advance(5999);
  expect(cloud.calls).toHaveLength(2);
  await cloud.clock.advance(1);
  expect(cloud.calls).toHaveLength(3);
  const { status, output } = await describeExecution(executionArn);
  expect(status).toBe("SUCCEEDED");
  expect(JSON.parse(output ?? "")).toEqual({
    key: 1,
    failure: { Error: "Lambda.ServiceException", Cause: '{"errorMessage":"busy"}' },
  });
  expect(outline(await eventsOf(executionArn)).slice(9)).toEqual([
    "10<-9 LambdaFunctionStarted",
    "11<-10 LambdaFunctionFailed",
    "12<-11 TaskStateExited",
    "13<-12 PassStateEntered",
    "14<-13 PassStateExited",
    "15<-14 ExecutionSucceeded",
  ]);
});

test("a function that takes longer than TimeoutSeconds is given up: States.Timeout, without a cause", async () => {
  lambda = () => new Promise(() => undefined);
  declare(cloud, { StartAt: "split", States: { split: { ...CALL, TimeoutSeconds: 5 } } });
  const executionArn = await start();
  await cloud.clock.advance(5000);
  const events = await eventsOf(executionArn);
  expect(outline(events).slice(3)).toEqual([
    "4<-3 LambdaFunctionStarted",
    "5<-4 LambdaFunctionTimedOut",
    "6<-5 ExecutionFailed",
  ]);
  expect(events[4]?.lambdaFunctionTimedOutEventDetails).toEqual({ error: "States.Timeout" });
  expect(cloud.calls[0]?.signal.aborted).toBe(true);
});

test("a stopped execution gives its function up", async () => {
  lambda = () => new Promise(() => undefined);
  declare(cloud, { StartAt: "split", States: { split: CALL } });
  const executionArn = await start();
  await until("the call", () => cloud.calls.length === 1);
  await cloud.client.send(new StopExecutionCommand({ executionArn }));
  expect(cloud.calls[0]?.signal.aborted).toBe(true);
  expect((await describeExecution(executionArn)).status).toBe("ABORTED");
});

test("lambda:invoke gives the payload within the answer of Lambda's API, and writes Task events", async () => {
  const state = {
    ...CALL,
    Resource: "arn:aws:states:::lambda:invoke",
    Parameters: { FunctionName: "detect", "Payload.$": "$" },
    OutputPath: "$.Payload",
  };
  expect(await outputOf(state, { a: 1 })).toEqual({ a: 1 });
  expect(cloud.calls[0]).toMatchObject({ functionArn: FUNCTION, payload: '{"a":1}' });
});

test("an output of more than 262,144 bytes of UTF-8 is States.DataLimitExceeded", async () => {
  lambda = () => ({ kind: "success", output: JSON.stringify("ö".repeat(131_072)) });
  const { status, error, cause } = await runState(CALL);
  expect({ status, error, cause }).toEqual({
    status: "FAILED",
    error: "States.DataLimitExceeded",
    cause: `The state/task '${FUNCTION}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  });
});

test("an output of exactly 262,144 bytes goes through", async () => {
  lambda = () => ({ kind: "success", output: JSON.stringify("x".repeat(262_142)) });
  expect((await runState(CALL)).status).toBe("SUCCEEDED");
});

test.each<[string, object, unknown, unknown]>([
  ["Pass gives its input on", { Type: "Pass", End: true }, { a: 1 }, { a: 1 }],
  [
    "Pass puts Result under ResultPath",
    { Type: "Pass", Result: { x: [1] }, ResultPath: "$.r", End: true },
    { a: 1 },
    { a: 1, r: { x: [1] } },
  ],
  [
    "Pass computes Parameters from what InputPath selects",
    { Type: "Pass", InputPath: "$.a", Parameters: { "v.$": "$.b", w: 2 }, End: true },
    { a: { b: 1 } },
    { v: 1, w: 2 },
  ],
  ["InputPath null reads an empty object", { Type: "Pass", InputPath: null, End: true }, { a: 1 }, {}],
  ["OutputPath null leaves an empty object", { Type: "Pass", OutputPath: null, End: true }, { a: 1 }, {}],
  [
    "ResultPath writes into the raw input, not into what InputPath selected",
    { Type: "Pass", InputPath: "$.a", ResultPath: "$.r", End: true },
    { a: 1, b: 2 },
    { a: 1, b: 2, r: 1 },
  ],
  ["ResultPath null drops the result", { ...CALL, ResultPath: null }, { a: 1 }, { a: 1 }],
  [
    "ResultSelector shapes the result before ResultPath",
    { ...CALL, ResultSelector: { "n.$": "$.a" }, ResultPath: "$.r" },
    { a: 1 },
    { a: 1, r: { n: 1 } },
  ],
  ["OutputPath selects from the whole", { ...CALL, ResultPath: "$.r", OutputPath: "$.r.a" }, { a: 1 }, 1],
  [
    "Succeed ends with what its paths select",
    { Type: "Succeed", InputPath: "$.a", OutputPath: "$.b" },
    { a: { b: 3 } },
    3,
  ],
  [
    "the context object can be read",
    {
      Type: "Pass",
      Parameters: {
        "name.$": "$$.State.Name",
        "machine.$": "$$.StateMachine.Id",
        "in.$": "$$.Execution.Input.a",
      },
      End: true,
    },
    { a: 1 },
    { name: "S", machine: MACHINE, in: 1 },
  ],
])("%s", async (_what, state, input, expected) => {
  expect(await outputOf(state, input)).toEqual(expected);
});

test("the number of retries is in the context object", async () => {
  lambda = ({ payload }) =>
    payload === '{"retry":1}'
      ? { kind: "success", output: payload }
      : { kind: "failure", error: "E", cause: "" };
  declare(cloud, {
    StartAt: "S",
    States: {
      S: { ...CALL, Parameters: { "retry.$": "$$.State.RetryCount" }, Retry: [{ ErrorEquals: ["E"] }] },
    },
  });
  const executionArn = await start();
  await cloud.clock.advance(1000);
  expect((await describeExecution(executionArn)).output).toBe('{"retry":1}');
});

test("an error of the definition against its data says where it arose, and can't be caught", async () => {
  const state = { ...CALL, OutputPath: "$.no.such", Catch: [{ ErrorEquals: ["States.Runtime"], Next: "S" }] };
  const { error, cause } = await runState(state, {});
  expect(error).toBe("States.Runtime");
  expect(cause).toBe(
    "An error occurred while executing the state 'S' (entered at the event id #2). Invalid path '$.no.such' : Missing property in path $['no']",
  );
});

test("a Choice goes where its first rule leads, else to Default, else it fails", async () => {
  const choice = (input: unknown, Default?: string) => ({
    StartAt: "choose",
    States: {
      choose: { Type: "Choice", Choices: [{ Variable: "$.n", NumericEquals: 1, Next: "one" }], Default },
      one: { Type: "Pass", Result: "one", End: true },
      other: { Type: "Pass", Result: "other", End: true },
    },
  });
  declare(cloud, choice({}, "other"));
  expect((await describeExecution(await start({ n: 1 }))).output).toBe('"one"');
  expect((await describeExecution(await start({ n: 2 }))).output).toBe('"other"');
});

test("a Choice without a rule that holds fails with States.NoChoiceMatched", async () => {
  const state = { Type: "Choice", Choices: [{ Variable: "$.n", NumericEquals: 1, Next: "end" }] };
  declare(cloud, { StartAt: "S", States: { S: state, end: { Type: "Succeed" } } });
  expect((await describeExecution(await start({ n: 2 }))).error).toBe("States.NoChoiceMatched");
});

test("Fail names its error and cause, from the definition, from the data, or not at all", async () => {
  const fail = async (state: object): Promise<object> => {
    const own = await startTestCloud();
    declare(own, { StartAt: "S", States: { S: { Type: "Fail", ...state } } });
    const { executionArn } = await own.client.send(
      new StartExecutionCommand({ stateMachineArn: MACHINE, input: '{"why":"late"}' }),
    );
    const { status, error, cause } = await own.client.send(new DescribeExecutionCommand({ executionArn }));
    await own.close();
    return { status, error, cause };
  };
  expect(await fail({ Error: "E", Cause: "C" })).toEqual({ status: "FAILED", error: "E", cause: "C" });
  expect(await fail({ ErrorPath: "$.why", CausePath: "States.Format('was {}', $.why)" })).toEqual({
    status: "FAILED",
    error: "late",
    cause: "was late",
  });
  expect(await fail({})).toEqual({ status: "FAILED", error: undefined, cause: undefined });
});

test.each<[string, object, unknown, number]>([
  ["Seconds", { Seconds: 30 }, {}, 30_000],
  ["SecondsPath", { SecondsPath: "$.s" }, { s: 12 }, 12_000],
  ["Timestamp", { Timestamp: "2026-11-20T00:01:00Z" }, {}, 60_000],
  ["TimestampPath", { TimestampPath: "$.t" }, { t: "2026-11-20T01:00:10.5+01:00" }, 10_500],
])("Wait waits until %s says", async (_what, fields, input, waitMs) => {
  declare(cloud, { StartAt: "S", States: { S: { Type: "Wait", ...fields, End: true } } });
  const executionArn = await start(input);
  await cloud.clock.advance(waitMs - 1);
  expect((await describeExecution(executionArn)).status).toBe("RUNNING");
  await cloud.clock.advance(1);
  expect((await describeExecution(executionArn)).status).toBe("SUCCEEDED");
});

test("Wait until an instant that is past ends at once", async () => {
  expect(await outputOf({ Type: "Wait", Timestamp: "2020-01-01T00:00:00Z", End: true }, { a: 1 })).toEqual({
    a: 1,
  });
});

test("a state machine's TimeoutSeconds ends the execution as TIMED_OUT, without error or cause", async () => {
  declare(cloud, {
    TimeoutSeconds: 20,
    StartAt: "S",
    States: { S: { Type: "Task", Resource: ACTIVITY, End: true } },
  });
  const executionArn = await start();
  const { taskToken } = await cloud.client.send(new GetActivityTaskCommand({ activityArn: ACTIVITY }));
  await cloud.clock.advance(20_000);
  const { status, error, cause } = await describeExecution(executionArn);
  expect({ status, error, cause }).toEqual({ status: "TIMED_OUT", error: undefined, cause: undefined });
  expect(outline(await eventsOf(executionArn)).at(-1)).toBe("5<-0 ExecutionTimedOut");
  await expect(cloud.client.send(new SendTaskHeartbeatCommand({ taskToken }))).rejects.toMatchObject({
    name: "TaskTimedOut",
  });
});

test("a Map runs its items, keeps their order, and gives each what ItemSelector says", async () => {
  const map = {
    Type: "Map",
    ItemsPath: "$.tiles",
    ItemSelector: { "tile.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index", "key.$": "$.key" },
    ItemProcessor: { StartAt: "detect", States: { detect: CALL } },
    ResultPath: "$.found",
    End: true,
  };
  lambda = async (call) => {
    const { index } = JSON.parse(call.payload) as { index: number };
    // The later ones end first.
    for (let turns = 10 - index; turns > 0; turns--) await Promise.resolve();
    return { kind: "success", output: call.payload };
  };
  const tiles = Array.from({ length: 10 }, (_, index) => `t${String(index)}`);
  expect(await outputOf(map, { key: "k", tiles })).toEqual({
    key: "k",
    tiles,
    found: tiles.map((tile, index) => ({ tile, index, key: "k" })),
  });
});

test("the history of a Map is AWS's", async () => {
  const processor = { StartAt: "item", States: { item: { Type: "Pass", End: true } } };
  declare(cloud, {
    StartAt: "S",
    States: { S: { Type: "Map", MaxConcurrency: 1, ItemProcessor: processor, End: true } },
  });
  const events = await eventsOf(await start(["a", "b"]));
  expect(outline(events)).toEqual([
    "1<-0 ExecutionStarted",
    "2<-0 MapStateEntered",
    "3<-2 MapStateStarted",
    "4<-3 MapIterationStarted",
    "5<-4 PassStateEntered",
    "6<-5 PassStateExited",
    "7<-6 MapIterationSucceeded",
    "8<-6 MapIterationStarted",
    "9<-8 PassStateEntered",
    "10<-9 PassStateExited",
    "11<-10 MapIterationSucceeded",
    "12<-11 MapStateSucceeded",
    "13<-11 MapStateExited",
    "14<-13 ExecutionSucceeded",
  ]);
  expect(events[2]?.mapStateStartedEventDetails).toEqual({ length: 2 });
  expect(events[7]?.mapIterationStartedEventDetails).toEqual({ name: "S", index: 1 });
});

test.each([
  [0, 40],
  [7, 7],
  [100, 40],
])("a Map with MaxConcurrency %d runs %d iterations at once", async (MaxConcurrency, expected) => {
  lambda = () => new Promise(() => undefined);
  const processor = { StartAt: "item", States: { item: CALL } };
  declare(cloud, {
    StartAt: "S",
    States: { S: { Type: "Map", MaxConcurrency, ItemProcessor: processor, End: true } },
  });
  await start(Array.from({ length: 60 }, (_, index) => index));
  expect(cloud.calls).toHaveLength(expected);
});

test("a Map over nothing gives an empty list; a Map over no list fails", async () => {
  const processor = { StartAt: "item", States: { item: { Type: "Pass", End: true } } };
  declare(cloud, { StartAt: "S", States: { S: { Type: "Map", ItemProcessor: processor, End: true } } });
  expect((await describeExecution(await start([]))).output).toBe("[]");
  const { error, cause } = await describeExecution(await start({ a: 1 }));
  expect(error).toBe("States.Runtime");
  expect(cause).toContain(`Reference path "$" must point to array.`);
});

test("a Map that fails ends its siblings: their tasks are withdrawn, their workers told, the events AWS's", async () => {
  const task = { Type: "Task", Resource: ACTIVITY, HeartbeatSeconds: 60, End: true };
  const Catch = [{ ErrorEquals: ["TooBad"], Next: "sorry" }];
  declare(cloud, {
    StartAt: "S",
    States: {
      S: { Type: "Map", ItemProcessor: { StartAt: "item", States: { item: task } }, Catch, End: true },
      sorry: { Type: "Pass", End: true },
    },
  });
  const executionArn = await start([1, 2, 3]);
  const poll = () => cloud.client.send(new GetActivityTaskCommand({ activityArn: ACTIVITY }));
  const first = await poll();
  const second = await poll();
  await cloud.client.send(
    new SendTaskFailureCommand({ taskToken: first.taskToken, error: "TooBad", cause: "why" }),
  );
  expect(outline(await eventsOf(executionArn)).slice(12)).toEqual([
    "13<-8 ActivityStarted",
    "14<-10 ActivityStarted",
    "15<-13 ActivityFailed",
    "16<-15 MapIterationFailed",
    "17<-15 TaskStateAborted",
    "18<-15 MapIterationAborted",
    "19<-15 TaskStateAborted",
    "20<-15 MapIterationAborted",
    "21<-15 TaskStateAborted",
    "22<-15 MapStateFailed",
    "23<-22 MapStateExited",
    "24<-23 PassStateEntered",
    "25<-24 PassStateExited",
    "26<-25 ExecutionSucceeded",
  ]);
  await expect(
    cloud.client.send(new SendTaskHeartbeatCommand({ taskToken: second.taskToken })),
  ).rejects.toMatchObject({ name: "TaskTimedOut" });
  const empty = poll();
  await until(
    "the poll",
    () => cloud.access.records().find(({ action }) => action === "states:GetActivityTask")?.count === 3,
  );
  await cloud.clock.advance(60_000);
  expect((await empty).taskToken ?? null).toBeNull();
});

test("a Map that is retried starts over, without MapStateFailed in between", async () => {
  let failures = 1;
  lambda = ({ payload }) =>
    failures-- > 0 ? { kind: "failure", error: "E", cause: "" } : { kind: "success", output: payload };
  const processor = { StartAt: "item", States: { item: CALL } };
  declare(cloud, {
    StartAt: "S",
    States: { S: { Type: "Map", ItemProcessor: processor, Retry: [{ ErrorEquals: ["E"] }], End: true } },
  });
  const executionArn = await start([1]);
  await cloud.clock.advance(1000);
  const types = (await eventsOf(executionArn)).map(({ type }) => type);
  expect(types.filter((type) => type === "MapStateStarted")).toHaveLength(2);
  expect(types).not.toContain("MapStateFailed");
  expect(types.at(-1)).toBe("ExecutionSucceeded");
});

test("a Parallel gives the outputs of its branches in their order, and ends the others when one fails", async () => {
  const parallel = (second: object) => ({
    StartAt: "S",
    States: {
      S: {
        Type: "Parallel",
        Branches: [
          { StartAt: "slow", States: { slow: { Type: "Wait", Seconds: 5, End: true } } },
          { StartAt: "quick", States: { quick: second } },
        ],
        End: true,
      },
    },
  });
  declare(cloud, parallel({ ...CALL, Parameters: { quick: true } }));
  const executionArn = await start({ in: 1 });
  await cloud.clock.advance(5000);
  expect((await describeExecution(executionArn)).output).toBe('[{"in":1},{"quick":true}]');
  lambda = () => ({ kind: "failure", error: "E", cause: "" });
  const failed = await describeExecution(await start({ in: 1 }));
  expect(failed).toMatchObject({ status: "FAILED", error: "E" });
  expect(outline(await eventsOf(failed.executionArn ?? "")).slice(-4)).toEqual([
    "9<-8 TaskStateAborted",
    "10<-8 WaitStateAborted",
    "11<-8 ParallelStateFailed",
    "12<-11 ExecutionFailed",
  ]);
});

test("an execution ends at 25,000 events", async () => {
  declare(cloud, {
    StartAt: "A",
    States: {
      A: { Type: "Pass", Next: "B" },
      B: { Type: "Choice", Choices: [{ Variable: "$.never", IsPresent: true, Next: "C" }], Default: "A" },
      C: { Type: "Succeed" },
    },
  });
  const executionArn = await start();
  const { status, cause } = await describeExecution(executionArn);
  expect({ status, cause }).toEqual({
    status: "FAILED",
    cause: "The execution reached the maximum number of history events (25000).",
  });
  const { events } = await cloud.client.send(
    new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1 }),
  );
  expect(events?.[0]).toMatchObject({ id: 25_000, type: "ExecutionFailed" });
});

test("a workflow of a Lambda split, a Map over activities served by a poll loop, and a merge comes to its end", async () => {
  lambda = ({ payload }) => ({
    kind: "success",
    output: payload.includes("key")
      ? JSON.stringify({ tiles: Array.from({ length: 10 }, (_, n) => ({ n })) })
      : payload,
  });
  const Retry = [
    {
      ErrorEquals: ["Lambda.ServiceException", "States.HeartbeatTimeout", "States.Timeout"],
      IntervalSeconds: 1,
      MaxAttempts: 3,
    },
  ];
  const detect = {
    Type: "Task",
    Resource: ACTIVITY,
    TimeoutSeconds: 60,
    HeartbeatSeconds: 10,
    Retry,
    End: true,
  };
  declare(cloud, {
    TimeoutSeconds: 3600,
    StartAt: "split",
    States: {
      split: { ...CALL, End: undefined, Next: "each" },
      each: {
        Type: "Map",
        ItemsPath: "$.tiles",
        MaxConcurrency: 4,
        ItemProcessor: { StartAt: "detect", States: { detect } },
        ResultPath: "$.parts",
        Next: "merge",
      },
      merge: { ...CALL, InputPath: "$.parts" },
    },
  });
  const executionArn = await start({ key: "hubble.png" });
  const failedOnce = new Set<string>();
  let over = false;
  const serve = async (workerName: string): Promise<void> => {
    const client = cloud.newClient();
    while (!over) {
      const { taskToken, input = "" } = await client.send(
        new GetActivityTaskCommand({ activityArn: ACTIVITY, workerName }),
      );
      if (!taskToken) continue;
      await client.send(new SendTaskHeartbeatCommand({ taskToken }));
      if (input === '{"n":3}' && !failedOnce.has(input)) {
        failedOnce.add(input);
        await client.send(
          new SendTaskFailureCommand({ taskToken, error: "Lambda.ServiceException", cause: "drained" }),
        );
      } else
        await client.send(
          new SendTaskSuccessCommand({
            taskToken,
            output: JSON.stringify({ of: JSON.parse(input), workerName }),
          }),
        );
    }
  };
  const workers = [serve("one"), serve("two")];
  const ended = await until("the end", async () => {
    await cloud.clock.advance(100);
    const described = await describeExecution(executionArn);
    return described.status === "RUNNING" ? null : described;
  });
  over = true;
  await cloud.states.close();
  await Promise.all(workers);
  expect(ended.status).toBe("SUCCEEDED");
  const parts = JSON.parse(ended.output ?? "[]") as { of: { n: number } }[];
  expect(parts.map(({ of: { n } }) => n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(failedOnce.size).toBe(1);
  const types = (await eventsOf(executionArn)).map(({ type }) => type);
  expect(types.filter((type) => type === "ActivityStarted")).toHaveLength(11);
  expect(types.filter((type) => type === "MapIterationSucceeded")).toHaveLength(10);
});
