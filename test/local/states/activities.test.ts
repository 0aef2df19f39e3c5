/** What a worker sees of an activity, and the execution of its workers: polls, heartbeats, time-outs and outcomes. */
import {
  GetActivityTaskCommand,
  GetExecutionHistoryCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  type GetActivityTaskCommandOutput,
  type SFNClient,
} from "@aws-sdk/client-sfn";
import { ACTIVITY, declare, MACHINE, outline, startTestCloud, until, type TestCloud } from "./cloud";

const DETECT = { Type: "Task", Resource: ACTIVITY, TimeoutSeconds: 100, HeartbeatSeconds: 10, End: true };
const ONE_TASK = { StartAt: "detect", States: { detect: DETECT } };

let cloud: TestCloud;
beforeEach(async () => {
  cloud = await startTestCloud();
});
afterEach(async () => {
  await cloud.close();
});

function poll(client: SFNClient = cloud.client, workerName?: string): Promise<GetActivityTaskCommandOutput> {
  return client.send(new GetActivityTaskCommand({ activityArn: ACTIVITY, workerName }));
}

async function start(input: object = { tile: 1 }): Promise<string> {
  const { executionArn } = await cloud.client.send(
    new StartExecutionCommand({ stateMachineArn: MACHINE, input: JSON.stringify(input) }),
  );
  return executionArn ?? "";
}

async function historyOf(executionArn: string): Promise<string[]> {
  const { events } = await cloud.client.send(new GetExecutionHistoryCommand({ executionArn }));
  return outline(events);
}

function counts(): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const { name, value, unit } of cloud.points) {
    if (unit === "Count") totals[name] = (totals[name] ?? 0) + value;
  }
  return totals;
}

test("a worker that polls first gets the task as soon as it is scheduled, and its output goes on", async () => {
  declare(cloud, ONE_TASK);
  const polled = poll(cloud.client, "worker-1");
  const executionArn = await start();
  const { taskToken, input } = await polled;
  expect(JSON.parse(input ?? "")).toEqual({ tile: 1 });
  await cloud.clock.advance(3000);
  await cloud.client.send(new SendTaskSuccessCommand({ taskToken, output: '{"objects":3}' }));
  const { events } = await cloud.client.send(new GetExecutionHistoryCommand({ executionArn }));
  expect(outline(events)).toEqual([
    "1<-0 ExecutionStarted",
    "2<-0 TaskStateEntered",
    "3<-2 ActivityScheduled",
    "4<-3 ActivityStarted",
    "5<-4 ActivitySucceeded",
    "6<-5 TaskStateExited",
    "7<-6 ExecutionSucceeded",
  ]);
  expect(events?.[2]?.activityScheduledEventDetails).toEqual({
    resource: ACTIVITY,
    input: '{"tile":1}',
    inputDetails: { truncated: false },
    timeoutInSeconds: 100,
    heartbeatInSeconds: 10,
  });
  expect(events?.[3]?.activityStartedEventDetails).toEqual({ workerName: "worker-1" });
  expect(events?.[4]?.activitySucceededEventDetails?.output).toBe('{"objects":3}');
});

test("the metrics of a task have AWS's names, and its times in milliseconds", async () => {
  declare(cloud, ONE_TASK);
  await start();
  await cloud.clock.advance(2000);
  const { taskToken } = await poll();
  await cloud.clock.advance(3000);
  await cloud.client.send(new SendTaskSuccessCommand({ taskToken, output: "1" }));
  expect(cloud.points.every((point) => point.namespace === "AWS/States")).toBe(true);
  expect(cloud.points.every((point) => point.dimensions["ActivityArn"] === ACTIVITY)).toBe(true);
  expect(counts()).toEqual({ ActivitiesScheduled: 1, ActivitiesStarted: 1, ActivitiesSucceeded: 1 });
  const times = cloud.points
    .filter((point) => point.unit === "Milliseconds")
    .map(({ name, value }) => [name, value]);
  expect(Object.fromEntries(times)).toEqual({
    ActivityScheduleTime: 2000,
    ActivityRunTime: 3000,
    ActivityTime: 5000,
  });
});

test("a poll without a task is answered with a null token after 60 seconds, not before", async () => {
  declare(cloud, ONE_TASK);
  let answered = false;
  const polled = poll().finally(() => (answered = true));
  await until("the poll", () =>
    cloud.access.records().some(({ action }) => action === "states:GetActivityTask"),
  );
  await cloud.clock.advance(59_999);
  expect(answered).toBe(false);
  await cloud.clock.advance(1);
  expect((await polled).taskToken ?? null).toBeNull();
});

test("a poll whose connection is killed at the very moment of scheduling loses no task", async () => {
  declare(cloud, ONE_TASK);
  const polls = (): number =>
    cloud.access.records().find(({ action }) => action === "states:GetActivityTask")?.count ?? 0;
  for (let round = 0; round < 20; round++) {
    const doomed = cloud.newClient();
    const killed = new AbortController();
    const before = polls();
    const command = new GetActivityTaskCommand({ activityArn: ACTIVITY, workerName: "doomed" });
    const lost = expect(doomed.send(command, { abortSignal: killed.signal })).rejects.toThrow();
    await until("the poll", () => polls() > before);
    killed.abort();
    const executionArn = await start({ round });
    const { taskToken, input } = await poll(cloud.client, "survivor");
    expect(input).toBe(JSON.stringify({ round }));
    expect((await historyOf(executionArn)).at(-1)).toBe("4<-3 ActivityStarted");
    await cloud.client.send(new SendTaskSuccessCommand({ taskToken, output: "1" }));
    await lost;
    doomed.destroy();
  }
});

test("heartbeats keep a task alive; without one it ends as States.Timeout and its token is worthless", async () => {
  declare(cloud, ONE_TASK);
  const executionArn = await start();
  const { taskToken } = await poll();
  for (let beats = 0; beats < 3; beats++) {
    await cloud.clock.advance(9000);
    await cloud.client.send(new SendTaskHeartbeatCommand({ taskToken }));
  }
  await cloud.clock.advance(9999);
  expect((await historyOf(executionArn)).at(-1)).toBe("4<-3 ActivityStarted");
  await cloud.clock.advance(1);
  const { events } = await cloud.client.send(new GetExecutionHistoryCommand({ executionArn }));
  expect(outline(events).slice(4)).toEqual(["5<-4 ActivityTimedOut", "6<-5 ExecutionFailed"]);
  expect(events?.[4]?.activityTimedOutEventDetails).toEqual({ error: "States.Timeout" });
  expect(counts()).toMatchObject({ ActivitiesHeartbeatTimedOut: 1 });
  expect(counts()).not.toHaveProperty("ActivitiesTimedOut");
  await expect(cloud.client.send(new SendTaskHeartbeatCommand({ taskToken }))).rejects.toMatchObject({
    name: "TaskTimedOut",
    message: "Task Timed Out: 'Provided task does not exist anymore'",
  });
});

test("the clocks of a task start when a worker takes it: until then it waits without bound", async () => {
  declare(cloud, ONE_TASK);
  const executionArn = await start();
  await cloud.clock.advance(1_000_000);
  expect((await historyOf(executionArn)).at(-1)).toBe("3<-2 ActivityScheduled");
  const { taskToken } = await poll();
  for (let elapsed = 0; elapsed < 99; elapsed += 9) {
    await cloud.client.send(new SendTaskHeartbeatCommand({ taskToken }));
    await cloud.clock.advance(9000);
  }
  await cloud.client.send(new SendTaskHeartbeatCommand({ taskToken }));
  await cloud.clock.advance(1000);
  expect((await historyOf(executionArn)).slice(4)).toEqual(["5<-4 ActivityTimedOut", "6<-5 ExecutionFailed"]);
  expect(counts()).toMatchObject({ ActivitiesTimedOut: 1 });
});

test("a lost heartbeat can be caught and retried as States.HeartbeatTimeout", async () => {
  const Retry = [{ ErrorEquals: ["States.HeartbeatTimeout"], IntervalSeconds: 2, MaxAttempts: 1 }];
  declare(cloud, { StartAt: "detect", States: { detect: { ...DETECT, Retry } } });
  const executionArn = await start();
  const first = await poll();
  await cloud.clock.advance(10_000);
  await cloud.clock.advance(2000);
  const second = await poll();
  expect(second.taskToken).not.toBe(first.taskToken);
  await cloud.client.send(new SendTaskSuccessCommand({ taskToken: second.taskToken, output: "2" }));
  expect(await historyOf(executionArn)).toEqual([
    "1<-0 ExecutionStarted",
    "2<-0 TaskStateEntered",
    "3<-2 ActivityScheduled",
    "4<-3 ActivityStarted",
    "5<-4 ActivityTimedOut",
    "6<-5 ActivityScheduled",
    "7<-6 ActivityStarted",
    "8<-7 ActivitySucceeded",
    "9<-8 TaskStateExited",
    "10<-9 ExecutionSucceeded",
  ]);
});

test("a stopped execution frees its task: the worker learns it at its next heartbeat", async () => {
  declare(cloud, ONE_TASK);
  const executionArn = await start();
  const { taskToken } = await poll();
  await cloud.client.send(new StopExecutionCommand({ executionArn, error: "Stopped", cause: "by hand" }));
  for (const command of [
    new SendTaskHeartbeatCommand({ taskToken }),
    new SendTaskSuccessCommand({ taskToken, output: "1" }),
  ]) {
    await expect(cloud.client.send(command as SendTaskHeartbeatCommand)).rejects.toMatchObject({
      name: "TaskTimedOut",
    });
  }
  const { events } = await cloud.client.send(new GetExecutionHistoryCommand({ executionArn }));
  expect(outline(events).at(-1)).toBe("5<-0 ExecutionAborted");
  expect(events?.at(-1)?.executionAbortedEventDetails).toEqual({ error: "Stopped", cause: "by hand" });
  expect(counts()).toEqual({ ActivitiesScheduled: 1, ActivitiesStarted: 1 });
});

test("a stopped execution withdraws what no worker has taken, without any metric", async () => {
  declare(cloud, ONE_TASK);
  const stopped = await start({ tile: "stopped" });
  await start({ tile: "kept" });
  await cloud.client.send(new StopExecutionCommand({ executionArn: stopped }));
  expect((await poll()).input).toBe('{"tile":"kept"}');
  expect(counts()).toEqual({ ActivitiesScheduled: 2, ActivitiesStarted: 1 });
});

test("a worker's failure has its error and cause, or neither", async () => {
  declare(cloud, ONE_TASK);
  const named = await start();
  const { taskToken } = await poll();
  await cloud.client.send(
    new SendTaskFailureCommand({ taskToken, error: "ImageNotFound", cause: '{"errorMessage":"gone"}' }),
  );
  const bare = await start();
  const second = await poll();
  await cloud.client.send(new SendTaskFailureCommand({ taskToken: second.taskToken }));
  const events = async (executionArn: string) =>
    (await cloud.client.send(new GetExecutionHistoryCommand({ executionArn }))).events ?? [];
  expect((await events(named))[4]?.activityFailedEventDetails).toEqual({
    error: "ImageNotFound",
    cause: '{"errorMessage":"gone"}',
  });
  expect((await events(named))[5]?.executionFailedEventDetails).toEqual({
    error: "ImageNotFound",
    cause: '{"errorMessage":"gone"}',
  });
  expect((await events(bare))[4]?.activityFailedEventDetails).toEqual({});
});

test("tasks are handed out in the order in which they were scheduled, one to a poll", async () => {
  declare(cloud, ONE_TASK);
  for (const tile of [1, 2, 3]) await start({ tile });
  const inputs = [(await poll()).input, (await poll()).input, (await poll()).input];
  expect(inputs).toEqual(['{"tile":1}', '{"tile":2}', '{"tile":3}']);
});
