/** Tasks that a Lambda function does: what it gets, how it fails, how long it may take. */
import { StopExecutionCommand } from "@aws-sdk/client-sfn";
import { declare, FUNCTION, outline, ROLE, until } from "./cloud";
import { CALL, stageStates } from "./stage";

const stage = stageStates();

test("a Lambda function gets the input and its answer is the output; the call is made under the state machine's role", async () => {
  stage.lambda = () => ({ kind: "success", output: '{"tiles":4}' });
  declare(stage.cloud, { StartAt: "split", States: { split: CALL } });
  const executionArn = await stage.start({ key: "a.png" });
  const events = await stage.eventsOf(executionArn);
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
  expect(stage.cloud.calls).toMatchObject([
    { functionArn: FUNCTION, payload: '{"key":"a.png"}', caller: ROLE },
  ]);
});

test("a function's failure keeps its name and cause, is retried as told, and then caught", async () => {
  stage.lambda = () => ({
    kind: "failure",
    error: "Lambda.ServiceException",
    cause: '{"errorMessage":"busy"}',
  });
  declare(stage.cloud, {
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
  const executionArn = await stage.start({ key: 1 });
  await stage.cloud.clock.advance(2000);
  expect(stage.cloud.calls).toHaveLength(2);
  await stage.cloud.clock.advance(5999);
  expect(stage.cloud.calls).toHaveLength(2);
  await stage.cloud.clock.advance(1);
  expect(stage.cloud.calls).toHaveLength(3);
  const { status, output } = await stage.describeExecution(executionArn);
  expect(status).toBe("SUCCEEDED");
  expect(JSON.parse(output ?? "")).toEqual({
    key: 1,
    failure: { Error: "Lambda.ServiceException", Cause: '{"errorMessage":"busy"}' },
  });
  expect(outline(await stage.eventsOf(executionArn)).slice(9)).toEqual([
    "10<-9 LambdaFunctionStarted",
    "11<-10 LambdaFunctionFailed",
    "12<-11 TaskStateExited",
    "13<-12 PassStateEntered",
    "14<-13 PassStateExited",
    "15<-14 ExecutionSucceeded",
  ]);
});

test("a function that takes longer than TimeoutSeconds is given up: States.Timeout, without a cause", async () => {
  stage.lambda = () => new Promise(() => undefined);
  declare(stage.cloud, { StartAt: "split", States: { split: { ...CALL, TimeoutSeconds: 5 } } });
  const executionArn = await stage.start();
  await stage.cloud.clock.advance(5000);
  const events = await stage.eventsOf(executionArn);
  expect(outline(events).slice(3)).toEqual([
    "4<-3 LambdaFunctionStarted",
    "5<-4 LambdaFunctionTimedOut",
    "6<-5 ExecutionFailed",
  ]);
  expect(events[4]?.lambdaFunctionTimedOutEventDetails).toEqual({ error: "States.Timeout" });
  expect(stage.cloud.calls[0]?.signal.aborted).toBe(true);
});

test("a stopped execution gives its function up", async () => {
  stage.lambda = () => new Promise(() => undefined);
  declare(stage.cloud, { StartAt: "split", States: { split: CALL } });
  const executionArn = await stage.start();
  await until("the call", () => stage.cloud.calls.length === 1);
  await stage.cloud.client.send(new StopExecutionCommand({ executionArn }));
  expect(stage.cloud.calls[0]?.signal.aborted).toBe(true);
  expect((await stage.describeExecution(executionArn)).status).toBe("ABORTED");
});

test("lambda:invoke gives the payload within the answer of Lambda's API, and writes Task events", async () => {
  const state = {
    ...CALL,
    Resource: "arn:aws:states:::lambda:invoke",
    Parameters: { FunctionName: "detect", "Payload.$": "$" },
    OutputPath: "$.Payload",
  };
  expect(await stage.outputOf(state, { a: 1 })).toEqual({ a: 1 });
  expect(stage.cloud.calls[0]).toMatchObject({ functionArn: FUNCTION, payload: '{"a":1}' });
});

test("an output of more than 262,144 bytes of UTF-8 is States.DataLimitExceeded", async () => {
  stage.lambda = () => ({ kind: "success", output: JSON.stringify("ö".repeat(131_072)) });
  const { status, error, cause } = await stage.runState(CALL);
  expect({ status, error, cause }).toEqual({
    status: "FAILED",
    error: "States.DataLimitExceeded",
    cause: `The state/task '${FUNCTION}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  });
});

test("an output of exactly 262,144 bytes goes through", async () => {
  stage.lambda = () => ({ kind: "success", output: JSON.stringify("x".repeat(262_142)) });
  expect((await stage.runState(CALL)).status).toBe("SUCCEEDED");
});

test("the number of retries is in the context object", async () => {
  stage.lambda = ({ payload }) =>
    payload === '{"retry":1}'
      ? { kind: "success", output: payload }
      : { kind: "failure", error: "E", cause: "" };
  declare(stage.cloud, {
    StartAt: "S",
    States: {
      S: { ...CALL, Parameters: { "retry.$": "$$.State.RetryCount" }, Retry: [{ ErrorEquals: ["E"] }] },
    },
  });
  const executionArn = await stage.start();
  await stage.cloud.clock.advance(1000);
  expect((await stage.describeExecution(executionArn)).output).toBe('{"retry":1}');
});
