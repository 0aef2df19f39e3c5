/** What callers of Step Functions see of a restart. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Outcome } from "../../../worker/outcome";
import { taskIdOf } from "../../../worker/slot";
import {
  ACTIVITY,
  declare,
  FUNCTION,
  machineArn,
  openCloud,
  type Answer,
  type Cloud,
  type CloudOptions,
} from "./cloud";

const MACHINE = machineArn("m");
const LAMBDA = { Type: "Task", Resource: FUNCTION };
const activity = (fields: object): object => ({
  StartAt: "Task",
  States: { Task: { Type: "Task", Resource: ACTIVITY, ...fields, End: true } },
});

let directory: string;
let cloud: Cloud;
let options: Omit<CloudOptions, "directory">;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "loveless-state-"));
  options = {};
  cloud = open();
});
afterEach(async () => {
  await cloud.close();
  rmSync(directory, { recursive: true, force: true });
});

function open(): Cloud {
  const opened = openCloud({ ...options, directory });
  opened.states.createActivity({ arn: ACTIVITY, name: "a" });
  return opened;
}

/** The process is killed, and another one begins after `downMs`. */
async function restart(downMs = 0, definition?: object): Promise<void> {
  await cloud.settle();
  cloud.kill();
  options = { ...options, nowMs: cloud.clock.now() + downMs };
  cloud = open();
  if (definition !== undefined) declare(cloud, "m", definition);
  cloud.states.goOn();
  await cloud.settle();
}

async function start(definition: object, input: object = {}): Promise<string> {
  declare(cloud, "m", definition);
  const { output } = await cloud.call("StartExecution", {
    stateMachineArn: MACHINE,
    input: JSON.stringify(input),
  });
  await cloud.settle();
  return String(output["executionArn"]);
}

async function describe(executionArn: string): Promise<Answer["output"]> {
  await cloud.settle();
  return (await cloud.call("DescribeExecution", { executionArn })).output;
}

async function types(executionArn: string): Promise<readonly unknown[]> {
  const { output } = await cloud.call("GetExecutionHistory", { executionArn });
  return (output["events"] as { type: string }[]).map(({ type }) => type);
}

async function poll(): Promise<string> {
  const { output } = await cloud.call("GetActivityTask", { activityArn: ACTIVITY, workerName: "w" });
  return String(output["taskToken"]);
}

test("an answer waits until what it tells is written", async () => {
  await cloud.close();
  const flushes: (() => void)[] = [];
  options = { schedule: (flush) => flushes.push(flush) };
  cloud = open();
  declare(cloud, "m", activity({}));
  flushes.splice(0).forEach((flush) => {
    flush();
  });
  let answered = false;
  const answer = cloud.call("StartExecution", { stateMachineArn: MACHINE }).then(() => {
    answered = true;
  });
  await cloud.settle();
  expect(answered).toBe(false);
  flushes.splice(0).forEach((flush) => {
    flush();
  });
  await answer;
  options = {};
  cloud.kill();
  cloud = open();
  expect(cloud.states.goOn()).toHaveLength(1);
});

test("a worker that outlived the cloud reports by its old token", async () => {
  const executionArn = await start(activity({ TimeoutSeconds: 100 }), { tile: 1 });
  const taskToken = await poll();
  await restart(5_000);
  expect((await cloud.call("SendTaskHeartbeat", { taskToken })).status).toBe(200);
  expect((await cloud.call("SendTaskSuccess", { taskToken, output: "7" })).status).toBe(200);
  expect(await describe(executionArn)).toMatchObject({ status: "SUCCEEDED", output: "7" });
  expect(await types(executionArn)).toEqual([
    "ExecutionStarted",
    "TaskStateEntered",
    "ActivityScheduled",
    "ActivityStarted",
    "ActivitySucceeded",
    "TaskStateExited",
    "ExecutionSucceeded",
  ]);
});

test("a task that no worker had taken is still offered, and measured as scheduled once", async () => {
  await start(activity({}), { tile: 1 });
  const scheduled = (): number => cloud.points.filter(({ name }) => name === "ActivitiesScheduled").length;
  expect(scheduled()).toBe(1);
  await restart(3_000);
  expect(scheduled()).toBe(0);
  const { output } = await cloud.call("GetActivityTask", { activityArn: ACTIVITY });
  expect(output["input"]).toBe('{"tile":1}');
  const wait = cloud.points.find(({ name }) => name === "ActivityScheduleTime");
  expect(wait?.value).toBeGreaterThanOrEqual(3_000);
});

test("a heartbeat is missed as long after the last one as ever, the time of the restart included", async () => {
  const executionArn = await start(activity({ HeartbeatSeconds: 30 }));
  const taskToken = await poll();
  await cloud.clock.advance(20_000);
  await cloud.call("SendTaskHeartbeat", { taskToken });
  await cloud.clock.advance(5_000);
  await restart(10_000);
  await cloud.clock.advance(14_000);
  expect((await describe(executionArn))["status"]).toBe("RUNNING");
  await cloud.clock.advance(2_000);
  expect(await describe(executionArn)).toMatchObject({ status: "FAILED", error: "States.Timeout" });
});

test("a token that was sent back before the call with it was answered counts", async () => {
  let answerCall: (outcome: Outcome) => void = () => undefined;
  const payloads: string[] = [];
  await cloud.close();
  options = {
    answer: (payload) => {
      payloads.push(payload);
      return new Promise((resolve) => {
        answerCall = resolve;
      });
    },
  };
  cloud = open();
  const executionArn = await start({
    StartAt: "Call",
    States: {
      Call: {
        Type: "Task",
        Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
        Parameters: { FunctionName: FUNCTION, Payload: { "token.$": "$$.Task.Token" } },
        End: true,
      },
    },
  });
  const { token: taskToken } = JSON.parse(payloads[0] ?? "") as { token: string };
  expect((await cloud.call("SendTaskSuccess", { taskToken, output: "1" })).status).toBe(200);
  await restart();
  expect(payloads[1]).toBe(payloads[0]);
  answerCall({ kind: "success", output: "null" });
  expect(await describe(executionArn)).toMatchObject({ status: "SUCCEEDED", output: "1" });
});

test("Ctrl-C aborts nothing: what ran goes on when the cloud is opened again", async () => {
  const executionArn = await start({ StartAt: "W", States: { W: { Type: "Wait", Seconds: 10, End: true } } });
  await cloud.close();
  options = { nowMs: cloud.clock.now() + 4_000 };
  cloud = open();
  expect(cloud.states.goOn().map(({ arn }) => arn)).toEqual([executionArn]);
  await cloud.clock.advance(6_000);
  expect((await describe(executionArn))["status"]).toBe("SUCCEEDED");
});

test("an execution keeps its definition when the program declares another one; the next has that", async () => {
  const wait = (result: string): object => ({
    StartAt: "W",
    States: {
      W: { Type: "Wait", Seconds: 10, Next: "End" },
      End: { Type: "Pass", Result: result, End: true },
    },
  });
  const executionArn = await start(wait("old"));
  await restart(0, wait("new"));
  const next = String(
    (await cloud.call("StartExecution", { stateMachineArn: MACHINE })).output["executionArn"],
  );
  await cloud.clock.advance(10_000);
  expect((await describe(executionArn))["output"]).toBe('"old"');
  expect((await describe(next))["output"]).toBe('"new"');
  await restart(0, wait("new"));
  const { output } = await cloud.call("DescribeStateMachineForExecution", { executionArn });
  expect(output["definition"]).toBe(JSON.stringify(wait("old")));
});

test("state machines, versions, aliases, activities and tags come back", async () => {
  declare(cloud, "m", activity({}));
  const published = await cloud.call("PublishStateMachineVersion", {
    stateMachineArn: MACHINE,
    description: "one",
  });
  const { stateMachineVersionArn } = published.output;
  const routingConfiguration = [{ stateMachineVersionArn, weight: 100 }];
  await cloud.call("CreateStateMachineAlias", { name: "live", routingConfiguration });
  await cloud.call("CreateActivity", { name: "made" });
  await cloud.call("TagResource", { resourceArn: MACHINE, tags: [{ key: "team", value: "sky" }] });
  const look = async (): Promise<unknown> =>
    Promise.all([
      cloud.call("DescribeStateMachine", { stateMachineArn: MACHINE }),
      cloud.call("DescribeStateMachine", { stateMachineArn: stateMachineVersionArn }),
      cloud.call("DescribeStateMachineAlias", { stateMachineAliasArn: `${MACHINE}:live` }),
      cloud.call("ListActivities", {}),
      cloud.call("ListTagsForResource", { resourceArn: MACHINE }),
    ]);
  const before = await look();
  await restart();
  expect(await look()).toEqual(before);
  await cloud.call("DeleteStateMachine", { stateMachineArn: MACHINE });
  await restart();
  expect((await cloud.call("DescribeStateMachine", { stateMachineArn: MACHINE })).status).toBe(400);
});

test("the program declares its version and its alias again: they lead to what it declares now", async () => {
  const declared = (result: string): void => {
    declare(cloud, "m", { StartAt: "P", States: { P: { Type: "Pass", Result: result, End: true } } });
    cloud.states.createVersion({ arn: `${MACHINE}:1` });
    cloud.states.createAlias({
      arn: `${MACHINE}:live`,
      routes: [{ stateMachineVersionArn: `${MACHINE}:1`, weight: 100 }],
    });
  };
  const result = async (): Promise<unknown> => {
    const { output } = await cloud.call("StartExecution", { stateMachineArn: `${MACHINE}:live` });
    return (await describe(String(output["executionArn"])))["output"];
  };
  declared("old");
  expect(await result()).toBe('"old"');
  await restart();
  declared("old");
  expect(await result()).toBe('"old"');
  await restart();
  declared("new");
  expect(await result()).toBe('"new"');
});

test("what ended comes back with its history, and a name stays taken", async () => {
  declare(cloud, "m", { StartAt: "P", States: { P: { Type: "Pass", End: true } } });
  const { output } = await cloud.call("StartExecution", {
    stateMachineArn: MACHINE,
    name: "one",
    input: "[1]",
  });
  const executionArn = String(output["executionArn"]);
  const look = async (): Promise<unknown> =>
    Promise.all([
      cloud.call("DescribeExecution", { executionArn }),
      cloud.call("GetExecutionHistory", { executionArn }),
      cloud.call("ListExecutions", { stateMachineArn: MACHINE }),
    ]);
  await cloud.settle();
  const before = await look();
  await restart();
  expect(cloud.states.goOn()).toEqual([]);
  expect(await look()).toEqual(before);
  const again = await cloud.call("StartExecution", { stateMachineArn: MACHINE, name: "one", input: "[2]" });
  expect(again.output["__type"]).toBe("ExecutionAlreadyExists");
});

test("what leads to the logs of a task that has ended comes back with it", async () => {
  const executionArn = await start(activity({}));
  const taskToken = await poll();
  await cloud.call("SendTaskSuccess", { taskToken, output: "7" });
  await cloud.settle();
  const keys = (): unknown => [...(cloud.states.view.execution(executionArn)?.log.logKeys ?? [])];
  const before = keys();
  expect(before).toEqual([
    [3, taskToken],
    [4, "session"],
  ]);
  await restart();
  expect(keys()).toEqual(before);
});

test("a function that is called again after a restart is called by the same request id", async () => {
  await cloud.close();
  const ids: unknown[] = [];
  options = {
    answer(_payload, requestId) {
      ids.push(requestId);
      return new Promise(() => undefined);
    },
  };
  cloud = open();
  const executionArn = await start({ StartAt: "F", States: { F: { ...LAMBDA, End: true } } });
  await restart();
  expect(ids).toEqual([expect.any(String), ids[0]]);
  const [[, token] = []] = cloud.states.view.execution(executionArn)?.log.logKeys ?? [];
  expect(taskIdOf(token ?? "")).toBe(ids[0]);
});

test("a failed execution can be redriven after a restart, and in the middle of that restarted again", async () => {
  const failing = new Set(["2"]);
  await cloud.close();
  const calls: string[] = [];
  options = {
    answer: (payload): Outcome => {
      calls.push(payload);
      return failing.has(payload)
        ? { kind: "failure", error: "TooDark", cause: "night" }
        : { kind: "success", output: payload };
    },
  };
  cloud = open();
  const executionArn = await start(
    {
      StartAt: "Each",
      States: {
        Each: {
          Type: "Map",
          ItemsPath: "$.items",
          MaxConcurrency: 1,
          ItemProcessor: {
            StartAt: "Task",
            States: { Task: { ...LAMBDA, Next: "W" }, W: { Type: "Wait", Seconds: 10, End: true } },
          },
          End: true,
        },
      },
    },
    { items: [1, 2, 3] },
  );
  await cloud.clock.advance(10_000);
  expect((await describe(executionArn))["status"]).toBe("FAILED");
  await restart();
  failing.clear();
  await cloud.call("RedriveExecution", { executionArn, clientToken: "t" });
  await cloud.settle();
  await restart(4_000);
  expect(await describe(executionArn)).toMatchObject({ status: "RUNNING", redriveCount: 1 });
  // The same token again asks for nothing more.
  expect((await cloud.call("RedriveExecution", { executionArn, clientToken: "t" })).status).toBe(200);
  await cloud.clock.advance(30_000);
  expect(await describe(executionArn)).toMatchObject({ status: "SUCCEEDED", output: "[1,2,3]" });
  expect(calls).toEqual(["1", "2", "2", "3"]);
});

test("a Map Run is told of after a restart as before", async () => {
  const executionArn = await start(
    {
      StartAt: "Each",
      States: {
        Each: {
          Type: "Map",
          ItemsPath: "$.items",
          ItemProcessor: {
            ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
            StartAt: "Task",
            States: { Task: { ...LAMBDA, End: true } },
          },
          End: true,
        },
      },
    },
    { items: [1, 2] },
  );
  const look = async (): Promise<Answer> => {
    const { output } = await cloud.call("ListMapRuns", { executionArn });
    const [{ mapRunArn } = {}] = output["mapRuns"] as { mapRunArn?: string }[];
    return cloud.call("DescribeMapRun", { mapRunArn });
  };
  await cloud.settle();
  const before = await look();
  expect(before.output).toMatchObject({ status: "SUCCEEDED", executionCounts: { succeeded: 2 } });
  await restart();
  expect(await look()).toEqual(before);
});

test("executions that are forgotten are gone from the directory too", async () => {
  declare(cloud, "m", { StartAt: "P", States: { P: { Type: "Pass", End: true } } });
  const input = JSON.stringify("x".repeat(200_000));
  for (let count = 0; count < 48; count++)
    await cloud.call("StartExecution", { stateMachineArn: MACHINE, input });
  await cloud.settle();
  const kept = cloud.states.view.executions().map(({ arn }) => arn);
  expect(kept.length).toBeLessThan(48);
  await restart();
  expect(cloud.states.view.executions().map(({ arn }) => arn)).toEqual(kept);
});
