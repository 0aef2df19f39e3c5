/** Map and Parallel. */
import {
  GetActivityTaskCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
} from "@aws-sdk/client-sfn";
import { ACTIVITY, declare, outline, until } from "./cloud";
import { CALL, stageStates } from "./stage";

const stage = stageStates();

test("a Map runs its items, keeps their order, and gives each what ItemSelector says", async () => {
  const map = {
    Type: "Map",
    ItemsPath: "$.tiles",
    ItemSelector: { "tile.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index", "key.$": "$.key" },
    ItemProcessor: { StartAt: "detect", States: { detect: CALL } },
    ResultPath: "$.found",
    End: true,
  };
  stage.lambda = async (call) => {
    const { index } = JSON.parse(call.payload) as { index: number };
    // The later ones end first.
    for (let turns = 10 - index; turns > 0; turns--) await Promise.resolve();
    return { kind: "success", output: call.payload };
  };
  const tiles = Array.from({ length: 10 }, (_, index) => `t${String(index)}`);
  expect(await stage.outputOf(map, { key: "k", tiles })).toEqual({
    key: "k",
    tiles,
    found: tiles.map((tile, index) => ({ tile, index, key: "k" })),
  });
});

test("the history of a Map is AWS's", async () => {
  const processor = { StartAt: "item", States: { item: { Type: "Pass", End: true } } };
  declare(stage.cloud, {
    StartAt: "S",
    States: { S: { Type: "Map", MaxConcurrency: 1, ItemProcessor: processor, End: true } },
  });
  const events = await stage.eventsOf(await stage.start(["a", "b"]));
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
  stage.lambda = () => new Promise(() => undefined);
  const processor = { StartAt: "item", States: { item: CALL } };
  declare(stage.cloud, {
    StartAt: "S",
    States: { S: { Type: "Map", MaxConcurrency, ItemProcessor: processor, End: true } },
  });
  await stage.start(Array.from({ length: 60 }, (_, index) => index));
  expect(stage.cloud.calls).toHaveLength(expected);
});

test("a Map over nothing gives an empty list; a Map over no list fails", async () => {
  const processor = { StartAt: "item", States: { item: { Type: "Pass", End: true } } };
  declare(stage.cloud, { StartAt: "S", States: { S: { Type: "Map", ItemProcessor: processor, End: true } } });
  expect((await stage.describeExecution(await stage.start([]))).output).toBe("[]");
  const { error, cause } = await stage.describeExecution(await stage.start({ a: 1 }));
  expect(error).toBe("States.Runtime");
  expect(cause).toContain(`Reference path "$" must point to array.`);
});

test("a Map that fails ends its siblings: their tasks are withdrawn, their workers told, the events AWS's", async () => {
  const task = { Type: "Task", Resource: ACTIVITY, HeartbeatSeconds: 60, End: true };
  const Catch = [{ ErrorEquals: ["TooBad"], Next: "sorry" }];
  declare(stage.cloud, {
    StartAt: "S",
    States: {
      S: { Type: "Map", ItemProcessor: { StartAt: "item", States: { item: task } }, Catch, End: true },
      sorry: { Type: "Pass", End: true },
    },
  });
  const executionArn = await stage.start([1, 2, 3]);
  const poll = () => stage.cloud.client.send(new GetActivityTaskCommand({ activityArn: ACTIVITY }));
  const first = await poll();
  const second = await poll();
  await stage.cloud.client.send(
    new SendTaskFailureCommand({ taskToken: first.taskToken, error: "TooBad", cause: "why" }),
  );
  expect(outline(await stage.eventsOf(executionArn)).slice(12)).toEqual([
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
    stage.cloud.client.send(new SendTaskHeartbeatCommand({ taskToken: second.taskToken })),
  ).rejects.toMatchObject({ name: "TaskTimedOut" });
  const empty = poll();
  await until(
    "the poll",
    () => stage.cloud.access.records().find(({ action }) => action === "states:GetActivityTask")?.count === 3,
  );
  await stage.cloud.clock.advance(60_000);
  expect((await empty).taskToken ?? null).toBeNull();
});

test("a Map that is retried starts over, without MapStateFailed in between", async () => {
  let failures = 1;
  stage.lambda = ({ payload }) =>
    failures-- > 0 ? { kind: "failure", error: "E", cause: "" } : { kind: "success", output: payload };
  const processor = { StartAt: "item", States: { item: CALL } };
  declare(stage.cloud, {
    StartAt: "S",
    States: { S: { Type: "Map", ItemProcessor: processor, Retry: [{ ErrorEquals: ["E"] }], End: true } },
  });
  const executionArn = await stage.start([1]);
  await stage.cloud.clock.advance(1000);
  const types = (await stage.eventsOf(executionArn)).map(({ type }) => type);
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
  declare(stage.cloud, parallel({ ...CALL, Parameters: { quick: true } }));
  const executionArn = await stage.start({ in: 1 });
  await stage.cloud.clock.advance(5000);
  expect((await stage.describeExecution(executionArn)).output).toBe('[{"in":1},{"quick":true}]');
  stage.lambda = () => ({ kind: "failure", error: "E", cause: "" });
  const failed = await stage.describeExecution(await stage.start({ in: 1 }));
  expect(failed).toMatchObject({ status: "FAILED", error: "E" });
  expect(outline(await stage.eventsOf(failed.executionArn ?? "")).slice(-4)).toEqual([
    "9<-8 TaskStateAborted",
    "10<-8 WaitStateAborted",
    "11<-8 ParallelStateFailed",
    "12<-11 ExecutionFailed",
  ]);
});
