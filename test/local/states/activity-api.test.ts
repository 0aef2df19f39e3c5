/** The operations of activities as an API: what is made, refused, bounded, recorded and closed. */
import {
  CreateActivityCommand,
  DescribeActivityCommand,
  DeleteActivityCommand,
  GetActivityTaskCommand,
  GetExecutionHistoryCommand,
  ListActivitiesCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  type GetActivityTaskCommandOutput,
} from "@aws-sdk/client-sfn";
import { ACTIVITY, declare, MACHINE, outline, until } from "./cloud";
import { settle } from "./manual-clock";
import { stageStates } from "./stage";

const ONE_TASK = {
  StartAt: "detect",
  States: {
    detect: { Type: "Task", Resource: ACTIVITY, TimeoutSeconds: 100, HeartbeatSeconds: 10, End: true },
  },
};

const stage = stageStates();

function poll(): Promise<GetActivityTaskCommandOutput> {
  return stage.cloud.client.send(new GetActivityTaskCommand({ activityArn: ACTIVITY }));
}

test("an activity that was deleted fails the execution, and its polls", async () => {
  declare(stage.cloud, ONE_TASK);
  await stage.cloud.client.send(new DeleteActivityCommand({ activityArn: ACTIVITY }));
  const executionArn = await stage.start();
  const { events } = await stage.cloud.client.send(new GetExecutionHistoryCommand({ executionArn }));
  expect(outline(events).slice(2)).toEqual(["3<-2 ExecutionFailed"]);
  expect(events?.[2]?.executionFailedEventDetails).toEqual({
    error: "States.Runtime",
    cause: `An error occurred while executing the state 'detect' (entered at the event id #2). The activity ${ACTIVITY} does not exist.`,
  });
  await expect(poll()).rejects.toMatchObject({
    name: "ActivityDoesNotExist",
    message: `Activity Does Not Exist: '${ACTIVITY}'`,
  });
});

test("creating and deleting an activity twice is no error", async () => {
  const first = await stage.cloud.client.send(new CreateActivityCommand({ name: "detect" }));
  const again = await stage.cloud.client.send(new CreateActivityCommand({ name: "detect" }));
  expect(again.activityArn).toBe(ACTIVITY);
  expect(again.creationDate).toEqual(first.creationDate);
  const { activities } = await stage.cloud.client.send(new ListActivitiesCommand({}));
  expect(activities?.map(({ name }) => name)).toEqual(["detect"]);
  expect((await stage.cloud.client.send(new DescribeActivityCommand({ activityArn: ACTIVITY }))).name).toBe(
    "detect",
  );
  for (let times = 0; times < 2; times++)
    await stage.cloud.client.send(new DeleteActivityCommand({ activityArn: ACTIVITY }));
  await expect(
    stage.cloud.client.send(new DescribeActivityCommand({ activityArn: ACTIVITY })),
  ).rejects.toMatchObject({ name: "ActivityDoesNotExist" });
});

test.each<[string, () => Promise<unknown>, string, string | RegExp]>([
  [
    "a token nobody made",
    () => stage.cloud.client.send(new SendTaskHeartbeatCommand({ taskToken: "nonsense" })),
    "InvalidToken",
    "Invalid Token: 'Invalid token'",
  ],
  [
    "an ARN that is none",
    () => stage.cloud.client.send(new GetActivityTaskCommand({ activityArn: "no_arn" })),
    "InvalidArn",
    "Invalid Arn: 'Invalid ARN prefix: no_arn'",
  ],
  [
    "a name with a space",
    () => stage.cloud.client.send(new CreateActivityCommand({ name: "a b" })),
    "InvalidName",
    "Invalid Name: 'a b'",
  ],
  [
    "a name of 81 characters",
    () => stage.cloud.client.send(new CreateActivityCommand({ name: "a".repeat(81) })),
    "InvalidName",
    /^Invalid Name/,
  ],
])("%s is refused as AWS refuses it", async (_what, call, name, message) => {
  await expect(call()).rejects.toMatchObject({
    name,
    message: typeof message === "string" ? message : expect.stringMatching(message),
  });
});

test("an output that is not JSON, or too long, is refused and leaves the task open", async () => {
  declare(stage.cloud, ONE_TASK);
  await stage.start();
  const { taskToken } = await poll();
  await expect(
    stage.cloud.client.send(new SendTaskSuccessCommand({ taskToken, output: "{" })),
  ).rejects.toMatchObject({ name: "InvalidOutput" });
  const long = JSON.stringify("x".repeat(262_144));
  await expect(
    stage.cloud.client.send(new SendTaskSuccessCommand({ taskToken, output: long })),
  ).rejects.toMatchObject({ name: "ValidationException" });
  await stage.cloud.client.send(new SendTaskSuccessCommand({ taskToken, output: "{}" }));
});

test("the 1,001st poller of an activity is refused", async () => {
  declare(stage.cloud, ONE_TASK);
  const signal = new AbortController().signal;
  const caller = { arn: "arn:aws:iam::123456789012:role/worker" };
  const request = (): Promise<{ status: number; body?: string | Buffer }> =>
    stage.cloud.states.service.handle({
      method: "POST",
      path: "/",
      query: new URLSearchParams(),
      headers: { "x-amz-target": "AWSStepFunctions.GetActivityTask" },
      body: Buffer.from(JSON.stringify({ activityArn: ACTIVITY })),
      caller,
      signal,
    });
  const polls = Array.from({ length: 1000 }, request);
  await settle();
  expect(String((await request()).body)).toContain("ActivityWorkerLimitExceeded");
  await stage.cloud.clock.advance(60_000);
  expect((await Promise.all(polls)).every(({ body }) => String(body).includes('"taskToken":null'))).toBe(
    true,
  );
});

test("each call is recorded with its action and the activity, tokens included", async () => {
  declare(stage.cloud, ONE_TASK);
  await stage.start();
  const { taskToken } = await poll();
  await stage.cloud.client.send(new SendTaskHeartbeatCommand({ taskToken }));
  await stage.cloud.client.send(new SendTaskSuccessCommand({ taskToken, output: "1" }));
  const used = stage.cloud.access.records().map(({ action, resource }) => `${action} ${resource}`);
  expect(used).toEqual([
    `states:StartExecution ${MACHINE}`,
    `states:GetActivityTask ${ACTIVITY}`,
    `states:SendTaskHeartbeat ${ACTIVITY}`,
    `states:SendTaskSuccess ${ACTIVITY}`,
  ]);
});

test("closing answers open polls with null tokens and aborts executions", async () => {
  declare(stage.cloud, ONE_TASK);
  await stage.start();
  const { taskToken } = await poll();
  const waiting = poll();
  await until(
    "the second poll",
    () => stage.cloud.access.records().find(({ action }) => action === "states:GetActivityTask")?.count === 2,
  );
  const aborted: string[] = [];
  stage.cloud.states.onEvent((_arn, event) => aborted.push(event.type));
  await stage.cloud.states.close();
  expect((await waiting).taskToken ?? null).toBeNull();
  expect(aborted).toEqual(["ExecutionAborted"]);
  await expect(stage.cloud.client.send(new SendTaskHeartbeatCommand({ taskToken }))).rejects.toMatchObject({
    name: "TaskTimedOut",
  });
  expect((await poll()).taskToken ?? null).toBeNull();
});
