import {
  REGION,
  BUCKET,
  detailsOf,
  only,
  QUEUE_ARN,
  QUEUE_URL,
  ROLE,
  startApiCloud,
  types,
  type ApiCloud,
} from "./cloud";
import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
} from "@aws-sdk/client-sfn";
import { settle } from "../states/manual-clock";
import { until } from "../states/cloud";

let cloud: ApiCloud;
beforeEach(async () => {
  cloud = await startApiCloud();
});
afterEach(async () => {
  await cloud.close();
});

const RECEIVE = {
  Resource: "arn:aws:states:::aws-sdk:sqs:receiveMessage",
  Parameters: { QueueUrl: QUEUE_URL },
};

/** What lies in the queue, by a state machine that receives it. */
async function received(): Promise<Record<string, unknown>> {
  const machine = await cloud.create("receive", only(RECEIVE));
  const { output } = await cloud.ended(await cloud.start(machine));
  const { Messages: messages = [] } = JSON.parse(output ?? "{}") as { Messages?: { Body: string }[] };
  return JSON.parse(messages[0]?.Body ?? "{}") as Record<string, unknown>;
}

test("sqs:sendMessage sends as the state machine's role, and its events are AWS's", async () => {
  const Parameters = { QueueUrl: QUEUE_URL, MessageBody: { "tile.$": "$.tile" }, Unknown: 1 };
  const machine = await cloud.create(
    "send",
    only({ Resource: "arn:aws:states:::sqs:sendMessage", Parameters }),
  );
  const executionArn = await cloud.start(machine, { tile: 7 });
  expect((await cloud.ended(executionArn)).status).toBe("SUCCEEDED");
  const events = await cloud.events(executionArn);
  expect(types(events)).toEqual([
    "ExecutionStarted",
    "TaskStateEntered",
    "TaskScheduled",
    "TaskStarted",
    "TaskSucceeded",
    "TaskStateExited",
    "ExecutionSucceeded",
  ]);
  const task = { resourceType: "sqs", resource: "sendMessage" };
  expect(detailsOf(events, "TaskScheduled")).toEqual({
    ...task,
    region: REGION,
    // A field that SQS has not is dropped, as AWS drops it.
    parameters: JSON.stringify({ QueueUrl: QUEUE_URL, MessageBody: { tile: 7 } }),
  });
  expect(detailsOf(events, "TaskStarted")).toEqual(task);
  const { output } = detailsOf(events, "TaskSucceeded") as { output: string };
  expect(JSON.parse(output)).toMatchObject({
    MessageId: expect.any(String) as string,
    SdkHttpMetadata: { HttpStatusCode: 200 },
  });
  expect(cloud.access.records()).toContainEqual({
    principal: ROLE,
    action: "sqs:SendMessage",
    resource: QUEUE_ARN,
    count: 1,
  });
  expect(await received()).toEqual({ tile: 7 });
});

const CALLBACK = {
  Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
  Parameters: { QueueUrl: QUEUE_URL, MessageBody: { "token.$": "$$.Task.Token" } },
  TimeoutSeconds: 600,
  HeartbeatSeconds: 60,
};

async function startCallback(): Promise<{ executionArn: string; taskToken: string }> {
  const executionArn = await cloud.start(await cloud.create("callback", only(CALLBACK)));
  await until("the message", async () => types(await cloud.events(executionArn)).includes("TaskSubmitted"));
  return { executionArn, taskToken: String((await received())["token"]) };
}

test("a callback ends with what SendTaskSuccess says, after TaskSubmitted", async () => {
  const { executionArn, taskToken } = await startCallback();
  expect((await cloud.describe(executionArn)).status).toBe("RUNNING");
  await cloud.client.send(new SendTaskSuccessCommand({ taskToken, output: '{"objects":3}' }));
  expect((await cloud.ended(executionArn)).output).toBe('{"objects":3}');
  const events = await cloud.events(executionArn);
  expect(types(events).slice(2, 6)).toEqual([
    "TaskScheduled",
    "TaskStarted",
    "TaskSubmitted",
    "TaskSucceeded",
  ]);
  expect(detailsOf(events, "TaskScheduled")).toMatchObject({ timeoutInSeconds: 600, heartbeatInSeconds: 60 });
});

test("a callback fails with what SendTaskFailure says", async () => {
  const { executionArn, taskToken } = await startCallback();
  await cloud.client.send(new SendTaskFailureCommand({ taskToken, error: "TooDark", cause: "night" }));
  expect(await cloud.ended(executionArn)).toMatchObject({
    status: "FAILED",
    error: "TooDark",
    cause: "night",
  });
});

test("a callback lives as long as its heartbeats, and its token is worthless after", async () => {
  const { executionArn, taskToken } = await startCallback();
  for (let beats = 0; beats < 3; beats += 1) {
    await cloud.clock.advance(50_000);
    await cloud.client.send(new SendTaskHeartbeatCommand({ taskToken }));
  }
  expect((await cloud.describe(executionArn)).status).toBe("RUNNING");
  await cloud.clock.advance(61_000);
  expect(await cloud.ended(executionArn)).toMatchObject({ status: "FAILED", error: "States.Timeout" });
  expect(types(await cloud.events(executionArn))).toContain("TaskTimedOut");
  await expect(
    cloud.client.send(new SendTaskSuccessCommand({ taskToken, output: "1" })),
  ).rejects.toMatchObject({
    name: "TaskTimedOut",
  });
});

test("SendTaskSuccess on a callback is judged on the state machine", async () => {
  const { executionArn, taskToken } = await startCallback();
  await cloud.client.send(new SendTaskSuccessCommand({ taskToken, output: "1" }));
  await cloud.ended(executionArn);
  const used = cloud.access.records().find(({ action }) => action === "states:SendTaskSuccess");
  expect(used?.resource).toMatch(/:stateMachine:callback$/);
});

test("a queue that is not there fails by the SDK's name, which a Catch can match", async () => {
  const Parameters = { QueueUrl: `${QUEUE_URL}-not`, MessageBody: "x" };
  const Catch = [{ ErrorEquals: ["SQS.QueueDoesNotExistException"], Next: "Caught" }];
  const machine = await cloud.create("missing", {
    StartAt: "Send",
    States: {
      Send: { Type: "Task", Resource: "arn:aws:states:::sqs:sendMessage", Parameters, Catch, End: true },
      Caught: { Type: "Pass", End: true },
    },
  });
  const { output } = await cloud.ended(await cloud.start(machine));
  expect(JSON.parse(output ?? "")).toMatchObject({
    Error: "SQS.QueueDoesNotExistException",
    Cause: expect.stringMatching(
      /\(Service: AmazonSQS; Status Code: 400; Error Code: QueueDoesNotExist; /,
    ) as string,
  });
});

test("an object is put, read, headed, listed and deleted by aws-sdk:s3", async () => {
  const task = (action: string, more: object, Next?: string): object => ({
    Type: "Task",
    Resource: `arn:aws:states:::aws-sdk:s3:${action}`,
    Parameters: { Bucket: BUCKET, ...more },
    ResultPath: `$.${action}`,
    ...(Next === undefined ? { End: true } : { Next }),
  });
  const key = { Key: "tiles/0 0.json" };
  const machine = await cloud.create("objects", {
    StartAt: "Put",
    States: {
      Put: task("putObject", { ...key, Body: { tile: 1 }, Metadata: { colour: "red" } }, "Get"),
      Get: task("getObject", key, "Head"),
      Head: task("headObject", key, "List"),
      List: task("listObjectsV2", { Prefix: "tiles/" }, "Delete"),
      Delete: task("deleteObject", key, "Again"),
      Again: task("listObjectsV2", {}),
    },
  });
  const { status, output } = await cloud.ended(await cloud.start(machine));
  expect(status).toBe("SUCCEEDED");
  const results = JSON.parse(output ?? "{}") as Record<string, object>;
  expect(results["getObject"]).toMatchObject({
    Body: '{"tile":1}',
    ContentLength: 10,
    ContentType: "text/plain; charset=UTF-8",
    Metadata: { colour: "red" },
    LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
  });
  expect(results["headObject"]).not.toHaveProperty("Body");
  expect(results["headObject"]).toMatchObject({ ContentLength: 10 });
  expect(results["listObjectsV2"]).toMatchObject({ KeyCount: 0, Name: BUCKET });
  const actions = cloud.access.records().map(({ principal, action }) => `${principal} ${action}`);
  expect(actions).toEqual(expect.arrayContaining([`${ROLE} s3:PutObject`, `${ROLE} s3:GetObject`]));
});

test.each([
  ["a missing key", "getObject", { Bucket: BUCKET, Key: "not" }, "S3.NoSuchKeyException"],
  ["a missing key of HEAD", "headObject", { Bucket: BUCKET, Key: "not" }, "S3.NoSuchKeyException"],
  ["a missing bucket", "listObjectsV2", { Bucket: "not-a-bucket" }, "S3.NoSuchBucketException"],
])("%s fails aws-sdk:s3 by the SDK's name", async (_, action, Parameters, error) => {
  const machine = await cloud.create(
    "s3",
    only({ Resource: `arn:aws:states:::aws-sdk:s3:${action}`, Parameters }),
  );
  expect(await cloud.ended(await cloud.start(machine))).toMatchObject({
    status: "FAILED",
    error,
    cause: expect.stringMatching(
      /\(Service: S3, Status Code: 404, Request ID: \S+, Extended Request ID: \S+\)$/,
    ) as string,
  });
});

test("lambda:invoke gives the answer of Lambda's API, and text that is JSON is the payload", async () => {
  const Parameters = { FunctionName: "detect", "Payload.$": "$.payload" };
  const machine = await cloud.create(
    "invoke",
    only({ Resource: "arn:aws:states:::lambda:invoke", Parameters }),
  );
  const { output } = await cloud.ended(await cloud.start(machine, { payload: '{"tile":1}' }));
  expect(JSON.parse(output ?? "")).toMatchObject({
    ExecutedVersion: "$LATEST",
    Payload: { tile: 1 },
    StatusCode: 200,
    SdkHttpMetadata: { HttpStatusCode: 200 },
  });
  expect(cloud.invocations).toEqual([
    { functionArn: `arn:aws:lambda:${REGION}:123456789012:function:detect`, payload: '{"tile":1}' },
  ]);
});

test("lambda:invoke.waitForTaskToken waits for the token that the function was given", async () => {
  const Parameters = { FunctionName: "detect", Payload: { "token.$": "$$.Task.Token" } };
  const Resource = "arn:aws:states:::lambda:invoke.waitForTaskToken";
  const executionArn = await cloud.start(await cloud.create("wait", only({ Resource, Parameters })));
  await until("the call", () => cloud.invocations.length > 0);
  await settle();
  const { token } = JSON.parse(cloud.invocations[0]?.payload ?? "{}") as { token: string };
  await cloud.client.send(new SendTaskSuccessCommand({ taskToken: token, output: '"done"' }));
  expect((await cloud.ended(executionArn)).output).toBe('"done"');
  expect(types(await cloud.events(executionArn))).toContain("TaskSubmitted");
});

test.each([
  [
    "a service that is not run here",
    { Resource: "arn:aws:states:::sns:publish", Parameters: {} },
    "at /States/S/Resource",
  ],
  [
    "a pattern that the service has not",
    { Resource: "arn:aws:states:::sqs:sendMessage.sync", Parameters: {} },
    "at /States/S/Resource",
  ],
  [
    "a required field that is missing",
    { Resource: "arn:aws:states:::sqs:sendMessage", Parameters: { MessageBody: "x" } },
    "The field 'QueueUrl' is required but was missing at /States/S/Parameters",
  ],
])("%s is refused at creation", async (_, state, sentence) => {
  await expect(cloud.create("refused", only(state))).rejects.toMatchObject({
    name: "InvalidDefinition",
    message: expect.stringContaining(sentence) as string,
  });
});
