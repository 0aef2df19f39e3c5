/** Executions as a whole: their bounds, and a workflow of every kind of task. */
import {
  GetActivityTaskCommand,
  GetExecutionHistoryCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
} from "@aws-sdk/client-sfn";
import { ACTIVITY, declare, outline, until } from "./cloud";
import { CALL, stageStates } from "./stage";

const stage = stageStates();

test("a state machine's TimeoutSeconds ends the execution as TIMED_OUT, without error or cause", async () => {
  declare(stage.cloud, {
    TimeoutSeconds: 20,
    StartAt: "S",
    States: { S: { Type: "Task", Resource: ACTIVITY, End: true } },
  });
  const executionArn = await stage.start();
  const { taskToken } = await stage.cloud.client.send(new GetActivityTaskCommand({ activityArn: ACTIVITY }));
  await stage.cloud.clock.advance(20_000);
  const { status, error, cause } = await stage.describeExecution(executionArn);
  expect({ status, error, cause }).toEqual({ status: "TIMED_OUT", error: undefined, cause: undefined });
  expect(outline(await stage.eventsOf(executionArn)).at(-1)).toBe("5<-0 ExecutionTimedOut");
  await expect(stage.cloud.client.send(new SendTaskHeartbeatCommand({ taskToken }))).rejects.toMatchObject({
    name: "TaskTimedOut",
  });
});

test("an execution ends at 25,000 events", async () => {
  declare(stage.cloud, {
    StartAt: "A",
    States: {
      A: { Type: "Pass", Next: "B" },
      B: { Type: "Choice", Choices: [{ Variable: "$.never", IsPresent: true, Next: "C" }], Default: "A" },
      C: { Type: "Succeed" },
    },
  });
  const executionArn = await stage.start();
  const { status, cause } = await stage.describeExecution(executionArn);
  expect({ status, cause }).toEqual({
    status: "FAILED",
    cause: "The execution reached the maximum number of history events (25000).",
  });
  const { events } = await stage.cloud.client.send(
    new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1 }),
  );
  expect(events?.[0]).toMatchObject({ id: 25_000, type: "ExecutionFailed" });
});

test("a workflow of a Lambda split, a Map over activities served by a poll loop, and a merge comes to its end", async () => {
  stage.lambda = ({ payload }) => ({
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
  declare(stage.cloud, {
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
  const executionArn = await stage.start({ key: "hubble.png" });
  const failedOnce = new Set<string>();
  let over = false;
  const serve = async (workerName: string): Promise<void> => {
    const client = stage.cloud.newClient();
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
    await stage.cloud.clock.advance(100);
    const described = await stage.describeExecution(executionArn);
    return described.status === "RUNNING" ? null : described;
  });
  over = true;
  await stage.cloud.states.close();
  await Promise.all(workers);
  expect(ended.status).toBe("SUCCEEDED");
  const parts = JSON.parse(ended.output ?? "[]") as { of: { n: number } }[];
  expect(parts.map(({ of: { n } }) => n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(failedOnce.size).toBe(1);
  const types = (await stage.eventsOf(executionArn)).map(({ type }) => type);
  expect(types.filter((type) => type === "ActivityStarted")).toHaveLength(11);
  expect(types.filter((type) => type === "MapIterationSucceeded")).toHaveLength(10);
});
