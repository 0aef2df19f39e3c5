import { ListExecutionsCommand, RedriveExecutionCommand, StopExecutionCommand } from "@aws-sdk/client-sfn";
import type { Outcome } from "../../../worker/outcome";
import { only, startApiCloud, types, type ApiCloud } from "./cloud";

/** https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html */
const FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:detect";
const TASK = { Type: "Task", Resource: FUNCTION };

/** Payloads that fail for now. */
let failing: Set<string>;
let cloud: ApiCloud;
beforeEach(async () => {
  failing = new Set();
  cloud = await startApiCloud((payload): Outcome =>
    failing.has(payload)
      ? { kind: "failure", error: "TooDark", cause: "night" }
      : { kind: "success", output: payload },
  );
});
afterEach(async () => {
  await cloud.close();
});

function redrive(executionArn: string, clientToken?: string) {
  return cloud.client.send(new RedriveExecutionCommand({ executionArn, clientToken }));
}

const TWO = {
  StartAt: "First",
  States: {
    First: { Type: "Pass", Result: { step: 1 }, Next: "Second" },
    Second: { ...TASK, End: true },
  },
};

test("a redriven execution goes on from the step that failed, with the same input", async () => {
  failing.add('{"step":1}');
  const executionArn = await cloud.start(await cloud.create("two", TWO));
  expect(await cloud.ended(executionArn)).toMatchObject({
    status: "FAILED",
    redriveCount: 0,
    redriveStatus: "REDRIVABLE",
  });
  const before = types(await cloud.events(executionArn));
  failing.clear();
  const { redriveDate } = await redrive(executionArn);
  expect(await cloud.ended(executionArn)).toMatchObject({
    status: "SUCCEEDED",
    output: '{"step":1}',
    redriveCount: 1,
    redriveDate,
    redriveStatus: "NOT_REDRIVABLE",
  });
  expect(types(await cloud.events(executionArn)).slice(before.length)).toEqual([
    "ExecutionRedriven",
    "LambdaFunctionScheduled",
    "LambdaFunctionStarted",
    "LambdaFunctionSucceeded",
    "TaskStateExited",
    "ExecutionSucceeded",
  ]);
});

test("of an inline Map only the iterations that failed or were aborted run again", async () => {
  failing.add("2");
  const each = {
    Type: "Map",
    ItemsPath: "$.items",
    MaxConcurrency: 1,
    ItemProcessor: { StartAt: "Task", States: { Task: { ...TASK, End: true } } },
    End: true,
  };
  const machine = await cloud.create("map", { StartAt: "Each", States: { Each: each } });
  const executionArn = await cloud.start(machine, { items: [1, 2, 3] });
  expect((await cloud.ended(executionArn)).status).toBe("FAILED");
  expect(cloud.invocations.map(({ payload }) => payload)).toEqual(["1", "2"]);
  failing.clear();
  await redrive(executionArn);
  expect(await cloud.ended(executionArn)).toMatchObject({ status: "SUCCEEDED", output: "[1,2,3]" });
  expect(cloud.invocations.map(({ payload }) => payload)).toEqual(["1", "2", "2", "3"]);
});

test("of a Parallel only the branches that failed run again", async () => {
  failing.add("{}");
  const branch = (state: object): object => ({ StartAt: "B", States: { B: { ...state, End: true } } });
  const Branches = [
    branch({ Type: "Pass", Result: "done" }),
    { StartAt: "C", States: { C: { ...TASK, End: true } } },
  ];
  const machine = await cloud.create("parallel", {
    StartAt: "Both",
    States: { Both: { Type: "Parallel", Branches, End: true } },
  });
  const executionArn = await cloud.start(machine);
  expect((await cloud.ended(executionArn)).status).toBe("FAILED");
  failing.clear();
  await redrive(executionArn);
  expect((await cloud.ended(executionArn)).output).toBe('["done",{}]');
  const passes = types(await cloud.events(executionArn)).filter((type) => type === "PassStateEntered");
  expect(passes).toHaveLength(1);
});

test("the attempts of Retry count from 0 again", async () => {
  failing.add("{}");
  const Retry = [{ ErrorEquals: ["TooDark"], IntervalSeconds: 1, MaxAttempts: 1 }];
  const executionArn = await cloud.start(await cloud.create("retry", only({ Resource: FUNCTION, Retry })));
  await cloud.clock.advance(2_000);
  expect((await cloud.ended(executionArn)).status).toBe("FAILED");
  expect(cloud.invocations).toHaveLength(2);
  await redrive(executionArn);
  await cloud.clock.advance(2_000);
  expect((await cloud.ended(executionArn)).status).toBe("FAILED");
  expect(cloud.invocations).toHaveLength(4);
});

test("the state machine's TimeoutSeconds begins anew", async () => {
  const definition = {
    TimeoutSeconds: 10,
    StartAt: "W",
    States: { W: { Type: "Wait", SecondsPath: "$.seconds", End: true } },
  };
  const executionArn = await cloud.start(await cloud.create("timeout", definition), { seconds: 15 });
  await cloud.clock.advance(11_000);
  expect((await cloud.describe(executionArn)).status).toBe("TIMED_OUT");
  await redrive(executionArn);
  await cloud.clock.advance(9_000);
  expect((await cloud.describe(executionArn)).status).toBe("RUNNING");
  await cloud.clock.advance(2_000);
  expect((await cloud.describe(executionArn)).status).toBe("TIMED_OUT");
});

test("an execution that runs or succeeded is not redriven, with AWS's reason", async () => {
  const machine = await cloud.create("wait", {
    StartAt: "W",
    States: { W: { Type: "Wait", Seconds: 60, End: true } },
  });
  const executionArn = await cloud.start(machine);
  const refusal = (status: string): object => ({
    name: "ExecutionNotRedrivable",
    message: `Execution is ${status} and cannot be redriven`,
  });
  await expect(redrive(executionArn)).rejects.toMatchObject(refusal("RUNNING"));
  await cloud.clock.advance(61_000);
  await expect(redrive(executionArn)).rejects.toMatchObject(refusal("SUCCEEDED"));
  expect(await cloud.describe(executionArn)).toMatchObject({
    redriveStatus: "NOT_REDRIVABLE",
    redriveStatusReason: "Execution is SUCCEEDED and cannot be redriven",
  });
});

test("14 days after its end an execution is not redriven any more", async () => {
  failing.add("{}");
  const executionArn = await cloud.start(await cloud.create("old", only({ Resource: FUNCTION })));
  await cloud.ended(executionArn);
  await cloud.clock.advance(14 * 24 * 3600 * 1000 + 1);
  await expect(redrive(executionArn)).rejects.toMatchObject({
    message: "Execution redrivable period exceeded",
  });
});

test("the same client token redrives once", async () => {
  failing.add("{}");
  const executionArn = await cloud.start(await cloud.create("token", only({ Resource: FUNCTION })));
  await cloud.ended(executionArn);
  const first = await redrive(executionArn, "again");
  await cloud.ended(executionArn);
  await cloud.clock.advance(1_000);
  expect((await redrive(executionArn, "again")).redriveDate).toEqual(first.redriveDate);
  expect((await cloud.describe(executionArn)).redriveCount).toBe(1);
});

test("ListExecutions tells what was redriven from what was not", async () => {
  failing.add("{}");
  const stateMachineArn = await cloud.create("list", only({ Resource: FUNCTION }));
  const redriven = await cloud.start(stateMachineArn);
  const other = await cloud.start(stateMachineArn);
  await cloud.ended(redriven);
  await cloud.ended(other);
  await redrive(redriven);
  await cloud.ended(redriven);
  const listed = async (redriveFilter: "REDRIVEN" | "NOT_REDRIVEN"): Promise<unknown> =>
    (await cloud.client.send(new ListExecutionsCommand({ stateMachineArn, redriveFilter }))).executions?.map(
      ({ executionArn }) => executionArn,
    );
  expect(await listed("REDRIVEN")).toEqual([redriven]);
  expect(await listed("NOT_REDRIVEN")).toEqual([other]);
});

test("an aborted execution can be redriven, and variables are as they were", async () => {
  const machine = await cloud.create("variables", {
    QueryLanguage: "JSONata",
    StartAt: "Set",
    States: {
      Set: { Type: "Pass", Assign: { tile: 7 }, Next: "Wait" },
      Wait: { Type: "Wait", Seconds: 60, Next: "Read" },
      Read: { Type: "Pass", Output: "{% $tile %}", End: true },
    },
  });
  const executionArn = await cloud.start(machine);
  await cloud.client.send(new StopExecutionCommand({ executionArn }));
  await redrive(executionArn);
  await cloud.clock.advance(61_000);
  expect(await cloud.ended(executionArn)).toMatchObject({ status: "SUCCEEDED", output: "7" });
});
