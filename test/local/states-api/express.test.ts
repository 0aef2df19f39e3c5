import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
  StartSyncExecutionCommand,
} from "@aws-sdk/client-sfn";
import type { HistoryEvent } from "../../../local/cloud/states/executions/history";
import { until } from "../states/cloud";
import { only, QUEUE_URL, startApiCloud, type ApiCloud } from "./cloud";

/** https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html */
let cloud: ApiCloud;
beforeEach(async () => {
  cloud = await startApiCloud();
});
afterEach(async () => {
  await cloud.close();
});

const PASS = { StartAt: "S", States: { S: { Type: "Pass", Result: { objects: 3 }, End: true } } };
const FAIL = { StartAt: "S", States: { S: { Type: "Fail", Error: "TooDark", Cause: "night" } } };
const WAIT = { StartAt: "S", States: { S: { Type: "Wait", Seconds: 400, End: true } } };

function startSync(stateMachineArn: string, name?: string) {
  return cloud.client.send(new StartSyncExecutionCommand({ stateMachineArn, name, input: '{"tile":1}' }));
}

test("StartSyncExecution answers with what the execution came to", async () => {
  const answer = await startSync(await cloud.create("express", PASS, "EXPRESS"), "one");
  expect(answer).toMatchObject({
    status: "SUCCEEDED",
    name: "one",
    input: '{"tile":1}',
    inputDetails: { included: true },
    output: '{"objects":3}',
    outputDetails: { included: true },
    billingDetails: { billedMemoryUsedInMB: 64, billedDurationInMilliseconds: 100 },
  });
  expect(answer.executionArn).toMatch(
    /^arn:aws:states:eu-west-1:123456789012:express:express:one:[0-9a-f-]{36}$/,
  );
});

test("StartSyncExecution answers failures as values", async () => {
  expect(await startSync(await cloud.create("express", FAIL, "EXPRESS"))).toMatchObject({
    status: "FAILED",
    error: "TooDark",
    cause: "night",
  });
});

test("an Express execution lasts five minutes at most", async () => {
  const answer = startSync(await cloud.create("express", WAIT, "EXPRESS"));
  await until("the start", () => cloud.clock.pending() > 0);
  await cloud.clock.advance(301_000);
  expect((await answer).status).toBe("TIMED_OUT");
});

test("a STANDARD state machine can't be run synchronously", async () => {
  await expect(startSync(await cloud.create("standard", PASS))).rejects.toMatchObject({
    name: "StateMachineTypeNotSupported",
    message: "This operation is not supported by this type of state machine",
  });
});

test("any number of Express executions have one name, and each its events under its own ARN", async () => {
  const heard: [string, HistoryEvent][] = [];
  cloud.states.onEvent((executionArn, event) => heard.push([executionArn, event]));
  const stateMachineArn = await cloud.create("express", PASS, "EXPRESS");
  for (let count = 0; count < 2; count += 1)
    await cloud.client.send(new StartExecutionCommand({ stateMachineArn, name: "same" }));
  const ended = heard
    .filter(([, { type }]) => type === "ExecutionSucceeded")
    .map(([executionArn]) => executionArn);
  expect(new Set(ended).size).toBe(2);
});

test("Express executions are neither listed nor described", async () => {
  const stateMachineArn = await cloud.create("express", PASS, "EXPRESS");
  const executionArn = await cloud.start(stateMachineArn);
  await expect(cloud.client.send(new ListExecutionsCommand({ stateMachineArn }))).rejects.toMatchObject({
    name: "StateMachineTypeNotSupported",
  });
  await expect(cloud.client.send(new DescribeExecutionCommand({ executionArn }))).rejects.toMatchObject({
    name: "InvalidArn",
    message: "Invalid Arn: 'Resource type not valid in this context: express'",
  });
});

test.each([
  [
    "an activity",
    { Resource: "arn:aws:states:eu-west-1:123456789012:activity:detect" },
    "Express state machine does not support Activity ARN at /States/S/Resource",
  ],
  [
    "a callback",
    {
      Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
      Parameters: { QueueUrl: QUEUE_URL, MessageBody: "x" },
    },
    "Express state machine does not support '.waitForTaskToken' service integration  at /States/S/Resource",
  ],
  [
    "a nested execution that is awaited",
    {
      Resource: "arn:aws:states:::states:startExecution.sync:2",
      Parameters: { StateMachineArn: "arn:aws:states:eu-west-1:123456789012:stateMachine:x" },
    },
    "service integration at /States/S/Resource",
  ],
])("an Express state machine with %s is refused at creation", async (_, state, sentence) => {
  await expect(cloud.create("refused", only(state), "EXPRESS")).rejects.toMatchObject({
    name: "InvalidDefinition",
    message: expect.stringContaining(sentence) as string,
  });
});
