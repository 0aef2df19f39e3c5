import { StopExecutionCommand } from "@aws-sdk/client-sfn";
import { until } from "../states/cloud";
import { detailsOf, only, ROLE, startApiCloud, types, type ApiCloud } from "./cloud";

let cloud: ApiCloud;
beforeEach(async () => {
  cloud = await startApiCloud();
});
afterEach(async () => {
  await cloud.close();
});

const PASS = { StartAt: "S", States: { S: { Type: "Pass", Result: { objects: 3 }, End: true } } };
const FAIL = { StartAt: "S", States: { S: { Type: "Fail", Error: "TooDark", Cause: "night" } } };
const WAIT = { StartAt: "S", States: { S: { Type: "Wait", Seconds: 60, End: true } } };

async function parentOf(child: object, pattern: string): Promise<string> {
  const StateMachineArn = await cloud.create("child", child);
  const Parameters = { StateMachineArn, Name: "one", Input: { "tile.$": "$.tile" } };
  return cloud.create(
    "parent",
    only({ Resource: `arn:aws:states:::states:startExecution${pattern}`, Parameters }),
  );
}

async function output(parent: string): Promise<unknown> {
  const { output: text } = await cloud.ended(await cloud.start(parent, { tile: 1 }));
  return JSON.parse(text ?? "");
}

test("startExecution answers at once with the ARN of the child", async () => {
  expect(await output(await parentOf(WAIT, ""))).toMatchObject({
    ExecutionArn: expect.stringMatching(/:execution:child:one$/) as string,
    StartDate: expect.any(Number) as number,
    SdkHttpMetadata: { HttpStatusCode: 200 },
  });
});

test(".sync waits for the child and gives its output as text", async () => {
  expect(await output(await parentOf(PASS, ".sync"))).toMatchObject({
    Input: '{"tile":1}',
    InputDetails: { Included: true },
    Name: "one",
    Output: '{"objects":3}',
    Status: "SUCCEEDED",
  });
});

test(".sync:2 waits for the child and gives its output as JSON", async () => {
  const parent = await parentOf(PASS, ".sync:2");
  const executionArn = await cloud.start(parent, { tile: 1 });
  const { output: text } = await cloud.ended(executionArn);
  expect(JSON.parse(text ?? "")).toMatchObject({
    Input: { tile: 1 },
    Output: { objects: 3 },
    Status: "SUCCEEDED",
  });
  const events = await cloud.events(executionArn);
  expect(types(events).slice(2, 6)).toEqual([
    "TaskScheduled",
    "TaskStarted",
    "TaskSubmitted",
    "TaskSucceeded",
  ]);
  expect(detailsOf(events, "TaskSubmitted")).toMatchObject({
    resourceType: "states",
    resource: "startExecution.sync:2",
  });
});

test("a child that fails fails the parent's task as States.TaskFailed, and the cause tells of the child", async () => {
  const { error, cause } = await cloud.ended(await cloud.start(await parentOf(FAIL, ".sync:2"), { tile: 1 }));
  expect(error).toBe("States.TaskFailed");
  expect(JSON.parse(cause ?? "")).toMatchObject({
    Error: "TooDark",
    Cause: "night",
    Name: "one",
    Status: "FAILED",
  });
});

test("a parent that is stopped stops the child that it waits for", async () => {
  const executionArn = await cloud.start(await parentOf(WAIT, ".sync:2"), { tile: 1 });
  await until("the child", async () => types(await cloud.events(executionArn)).includes("TaskSubmitted"));
  await cloud.client.send(new StopExecutionCommand({ executionArn }));
  const child = executionArn.replace(/:parent:.*$/, ":child:one");
  expect((await cloud.ended(child)).status).toBe("ABORTED");
});

test("the child is started, described and stopped as the parent's role", async () => {
  await output(await parentOf(PASS, ".sync:2"));
  const used = cloud.access.records().filter(({ principal }) => principal === ROLE);
  expect(used.map(({ action }) => action).sort()).toEqual([
    "states:DescribeExecution",
    "states:StartExecution",
  ]);
});

test("a second child of one name is refused by the SDK's name", async () => {
  const parent = await parentOf(PASS, "");
  await cloud.ended(await cloud.start(parent, { tile: 1 }));
  expect(await cloud.ended(await cloud.start(parent, { tile: 2 }))).toMatchObject({
    status: "FAILED",
    error: "StepFunctions.ExecutionAlreadyExistsException",
    cause: expect.stringContaining("(Service: AWSStepFunctions; Status Code: 400;") as string,
  });
});
