/** TestState, as https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html has it. */
import { SFNClient, TestStateCommand, type TestStateCommandInput } from "@aws-sdk/client-sfn";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { ACCOUNT, openCloud, type TestCloud } from "./clouds";

const roleArn = `arn:aws:iam::${ACCOUNT}:role/any`;
const GREET = `arn:aws:lambda:eu-north-1:${ACCOUNT}:function:greet`;

let cloud: TestCloud;
let client: SFNClient;
beforeAll(async () => {
  cloud = await openCloud(null);
  client = new SFNClient(cloud.client());
});
afterAll(async () => {
  await cloud.end();
});

async function tested(definition: object, more: Partial<TestStateCommandInput> = {}) {
  const answer = await client.send(new TestStateCommand({ definition: JSON.stringify(definition), ...more }));
  return Object.fromEntries(Object.entries(answer).filter(([name]) => name !== "$metadata"));
}

test("a Pass succeeds with its output and its next state, which need not be there", async () => {
  const answer = await tested(
    { Type: "Pass", Parameters: { "name.$": "$.who" }, ResultPath: "$.made", Next: "Later" },
    { input: '{"who":"Ada"}' },
  );
  expect(answer).toEqual({
    status: "SUCCEEDED",
    output: '{"who":"Ada","made":{"name":"Ada"}}',
    nextState: "Later",
  });
});

test("a Choice tells where it leads, and a Fail why it fails", async () => {
  const choice = {
    Type: "Choice",
    Choices: [{ Variable: "$.n", NumericGreaterThan: 3, Next: "Big" }],
    Default: "Small",
  };
  expect(await tested(choice, { input: '{"n":4}' })).toMatchObject({ status: "SUCCEEDED", nextState: "Big" });
  expect(await tested(choice, { input: '{"n":3}' })).toMatchObject({
    status: "SUCCEEDED",
    nextState: "Small",
  });
  expect(await tested({ Type: "Fail", Error: "Broken", Cause: "on purpose" })).toEqual({
    status: "FAILED",
    error: "Broken",
    cause: "on purpose",
  });
});

test("at DEBUG each step of the data is told", async () => {
  const state = {
    Type: "Task",
    Resource: GREET,
    InputPath: "$.in",
    Parameters: { "name.$": "$.who" },
    ResultSelector: { "text.$": "$.greeting" },
    ResultPath: "$.out",
    OutputPath: "$.out",
    End: true,
  };
  const answer = await tested(state, {
    inspectionLevel: "DEBUG",
    input: '{"in":{"who":"Ada"}}',
    mock: { result: '{"greeting":"Hello"}' },
  });
  expect(answer).toEqual({
    status: "SUCCEEDED",
    output: '{"text":"Hello"}',
    inspectionData: {
      input: '{"in":{"who":"Ada"}}',
      afterInputPath: '{"who":"Ada"}',
      afterParameters: '{"name":"Ada"}',
      result: '{"greeting":"Hello"}',
      afterResultSelector: '{"text":"Hello"}',
      afterResultPath: '{"in":{"who":"Ada"},"out":{"text":"Hello"}}',
    },
  });
});

test("JSONata has its arguments and variables told", async () => {
  const state = {
    Type: "Task",
    QueryLanguage: "JSONata",
    Resource: GREET,
    Arguments: { name: "{% $who %}" },
    Assign: { last: "{% $states.result.greeting %}" },
    Output: "{% $states.result.greeting & '!' %}",
    End: true,
  };
  const answer = await tested(state, {
    inspectionLevel: "DEBUG",
    variables: '{"who":"Ada"}',
    mock: { result: '{"greeting":"Hello"}' },
  });
  expect(answer).toMatchObject({
    output: '"Hello!"',
    inspectionData: { afterArguments: '{"name":"Ada"}', variables: '{"who":"Ada","last":"Hello"}' },
  });
});

test("a mocked error is retried, then caught, then the end", async () => {
  const state = {
    Type: "Task",
    Resource: GREET,
    Retry: [{ ErrorEquals: ["Busy"], IntervalSeconds: 3, BackoffRate: 2, MaxAttempts: 2 }],
    Catch: [{ ErrorEquals: ["Busy"], ResultPath: "$.error", Next: "Later" }],
    End: true,
  };
  const busy = {
    mock: { errorOutput: { error: "Busy", cause: "much to do" } },
    inspectionLevel: "DEBUG",
  } as const;
  expect(await tested(state, { ...busy, stateConfiguration: { retrierRetryCount: 1 } })).toMatchObject({
    status: "RETRIABLE",
    error: "Busy",
    cause: "much to do",
    inspectionData: { errorDetails: { retryIndex: 0, retryBackoffIntervalSeconds: 6 } },
  });
  expect(await tested(state, { ...busy, stateConfiguration: { retrierRetryCount: 2 } })).toMatchObject({
    status: "CAUGHT_ERROR",
    nextState: "Later",
    output: '{"error":{"Error":"Busy","Cause":"much to do"}}',
    inspectionData: { errorDetails: { catchIndex: 0 } },
  });
  expect(await tested({ ...state, Catch: [] }, { mock: { errorOutput: { error: "Other" } } })).toEqual({
    status: "FAILED",
    error: "Other",
  });
});

test("without a mock a Task is called as its role", async () => {
  await new S3Client(cloud.client()).send(new CreateBucketCommand({ Bucket: "tested" }));
  const state = {
    Type: "Task",
    Resource: "arn:aws:states:::aws-sdk:s3:putObject",
    Parameters: { Bucket: "tested", Key: "a", Body: "b" },
    End: true,
  };
  expect(await tested(state, { roleArn })).toMatchObject({
    status: "SUCCEEDED",
    output: expect.stringContaining("ETag") as string,
  });
  await expect(tested(state)).rejects.toMatchObject({
    name: "ValidationException",
    message: expect.stringContaining("roleArn must be given") as string,
  });
});

test("a state of a state machine is tried by its name", async () => {
  const machine = {
    StartAt: "One",
    States: { One: { Type: "Pass", Next: "Two" }, Two: { Type: "Pass", Result: 2, End: true } },
  };
  expect(await tested(machine, { stateName: "Two" })).toEqual({ status: "SUCCEEDED", output: "2" });
  expect(await tested(machine, { stateName: "One", input: "1" })).toEqual({
    ...{ status: "SUCCEEDED", output: "1", nextState: "Two" },
  });
  await expect(tested(machine, { stateName: "Three" })).rejects.toMatchObject({
    name: "ValidationException",
  });
});

test.each([
  [
    { Type: "Task", Resource: `arn:aws:states:eu-north-1:${ACCOUNT}:activity:a`, End: true },
    /not supported when a mock/,
  ],
  [
    {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
      Parameters: { FunctionName: "a", Payload: { "token.$": "$$.Task.Token" } },
      End: true,
    },
    /not supported when a mock/,
  ],
  [
    { Type: "Map", ItemProcessor: { StartAt: "A", States: { A: { Type: "Pass", End: true } } }, End: true },
    /'Map' is not supported/,
  ],
])("what can only be mocked is refused without one: %j", async (state, message) => {
  await expect(tested(state, { roleArn })).rejects.toMatchObject({
    name: "ValidationException",
    message: expect.stringMatching(message) as string,
  });
});

test("a mock of a state that calls nothing, and a definition that is none, are refused", async () => {
  await expect(tested({ Type: "Succeed" }, { mock: { result: "1" } })).rejects.toMatchObject({
    name: "ValidationException",
  });
  await expect(tested({ Type: "Succeed" }, { context: "[" })).rejects.toMatchObject({
    name: "ValidationException",
  });
  await expect(tested({ Type: "Jump" })).rejects.toMatchObject({ name: "InvalidDefinition" });
  await expect(tested({ Type: "Succeed" }, { input: "{" })).rejects.toMatchObject({
    name: "InvalidExecutionInput",
  });
});
