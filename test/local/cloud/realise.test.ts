import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { workerEnvironment } from "../../../worker/settings";
import { leftoverProcesses } from "../../../local/cloud/processes";
import { realise, type LocalCloud } from "../../../local/cloud/realise";
import type { GraphResource } from "../../../local/graph";
import { graphOf, resource } from "./graphs";
import { ACCOUNT, temporaryDirectory, until } from "./loopback";

const region = "eu-west-1";
const directory = temporaryDirectory();
const runDirectory = join(directory, "run");
const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${ACCOUNT}:${rest}`;
const role = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const machineArn = arn("states", "stateMachine:flow");
const activityArn = arn("states", "activity:slow");
const serviceArn = arn("ecs", "service/main/pool");

/** Counts its calls in S3, so that what it was given is put to use; `seconds` makes it slow. */
const HANDLER = `
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
const s3 = new S3Client();
export async function handler({ bucket, key, seconds = 0 }) {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "written by " + process.pid }));
  await new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });
  return { bucket, key: key + "-again", seconds };
}`;

const definition = {
  StartAt: "OnLambda",
  States: {
    OnLambda: { Type: "Task", Resource: arn("lambda", "function:quick"), Next: "OnWorker" },
    OnWorker: {
      Type: "Task",
      Resource: activityArn,
      TimeoutSeconds: 20,
      HeartbeatSeconds: 2,
      Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 1 }],
      End: true,
    },
  },
};

function resources(): readonly GraphResource[] {
  const imageUri = `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com/fn@sha256:1`;
  const worker = workerEnvironment({
    activityArn,
    functionName: "slow",
    entryPoint: ["/lambda-entrypoint.sh"],
    command: ["index.handler"],
    slots: 1,
    memoryMib: 256,
    timeoutSeconds: 10,
    heartbeatSeconds: 2,
    stopTimeoutSeconds: 30,
  });
  const containers = [
    { name: "worker", image: "worker@sha256:2", essential: false },
    {
      name: "function",
      image: imageUri,
      essential: true,
      stopTimeout: 30,
      logConfiguration: {
        logDriver: "awslogs",
        options: {
          "awslogs-group": "/workers/slow",
          "awslogs-region": region,
          "awslogs-stream-prefix": "function",
        },
      },
      environment: Object.entries(worker).map(([name, value]) => ({ name, value })),
      resourceRequirements: [{ type: "GPU", value: "1" }],
    },
  ];
  const lambda = { name: "quick", role: role("quick"), packageType: "Image", imageUri, timeout: 10 };
  const task = {
    family: "slow",
    taskRoleArn: role("slow"),
    executionRoleArn: role("slow"),
    containerDefinitions: JSON.stringify(containers),
  };
  const taskDefinition = arn("ecs", "task-definition/slow:1");
  const cluster = arn("ecs", "cluster/main");
  const capacityProviderStrategies = [{ capacityProvider: "instances", weight: 1 }];
  const service = { name: "pool", cluster, taskDefinition, desiredCount: 0, capacityProviderStrategies };
  const machine = {
    name: "flow",
    definition: JSON.stringify(definition),
    roleArn: role("flow"),
    publish: true,
  };
  const version = { arn: machineArn, stateMachineVersionArn: `${machineArn}:1` };
  const routingConfigurations = [{ stateMachineVersionArn: `${machineArn}:1`, weight: 100 }];
  return [
    // First of all, as Pulumi registers no resource before what it refers to, but nothing here depends on the order.
    resource("aws:ecs/service:Service", "pool", service, { arn: serviceArn }),
    resource("awsx:ecr:Image", "fn", { context: "fn" }, { imageUri }),
    resource("awsx:ecr:Image", "worker", { context: "fn" }, { imageUri: "worker@sha256:2" }),
    resource("awsx:ecr:Image", "unused", { context: "fn" }, { imageUri: "unused@sha256:4" }),
    resource("aws:s3/bucket:Bucket", "data", { bucket: "data" }, { arn: "arn:aws:s3:::data" }),
    resource("aws:lambda/function:Function", "quick", lambda, { arn: arn("lambda", "function:quick") }),
    resource("aws:cloudwatch/logGroup:LogGroup", "slow-logs", { name: "/workers/slow" }),
    resource("aws:sfn/activity:Activity", "slow", { name: "slow" }, { arn: activityArn }),
    resource("aws:sfn/stateMachine:StateMachine", "flow", machine, version),
    resource(
      "aws:sfn/alias:Alias",
      "live",
      { name: "live", routingConfigurations },
      { arn: `${machineArn}:live` },
    ),
    resource("aws:ecs/cluster:Cluster", "main", { name: "main" }, { arn: cluster }),
    resource("aws:ecs/taskDefinition:TaskDefinition", "slow", task, { arn: taskDefinition }),
    resource("aws:ecs/capacityProvider:CapacityProvider", "instances", {
      name: "instances",
      autoScalingGroupProvider: {},
    }),
    roleOf("slow"),
    roleOf("instances"),
    resource("aws:iam/rolePolicy:RolePolicy", "slow", {}),
    resource("aws:dynamodb/table:Table", "table", {}),
    resource(
      "aws:lambda/function:Function",
      "built-elsewhere",
      { ...lambda, imageUri: "elsewhere@sha256:3" },
      { arn: "x" },
    ),
  ];
}

function roleOf(name: string): GraphResource {
  const Principal = {
    Service: ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com", "states.amazonaws.com", "ec2.amazonaws.com"],
  };
  const assumeRolePolicy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal }],
  });
  return resource("aws:iam/role:Role", name, { name, assumeRolePolicy }, { arn: role(name) });
}

let cloud: LocalCloud;
let states: SFNClient;
let ecs: ECSClient;
const warnings: string[] = [];

beforeAll(async () => {
  mkdirSync(join(directory, "fn"));
  writeFileSync(
    join(directory, "fn/Dockerfile"),
    'FROM public.ecr.aws/lambda/nodejs:24\nCMD ["index.handler"]\n',
  );
  writeFileSync(
    join(directory, "fn/index.mjs"),
    HANDLER.replace("@aws-sdk/client-s3", require.resolve("@aws-sdk/client-s3")),
  );
  cloud = await realise(graphOf(...resources()), {
    programDirectory: directory,
    runDirectory,
    region,
    minuteSeconds: 5,
    warn: (message) => warnings.push(message),
  });
  const client = { endpoint: cloud.endpoint, region, credentials: cloud.credentials };
  states = new SFNClient(client);
  ecs = new ECSClient(client);
});

afterAll(async () => {
  states.destroy();
  ecs.destroy();
  await cloud.close();
});

async function start(input: object): Promise<string> {
  const command = new StartExecutionCommand({
    stateMachineArn: `${machineArn}:live`,
    input: JSON.stringify(input),
  });
  return (await states.send(command)).executionArn ?? "";
}

async function scale(desiredCount: number): Promise<void> {
  await ecs.send(new UpdateServiceCommand({ cluster: "main", service: "pool", desiredCount }));
}

async function ended(
  executionArn: string,
): Promise<{ status: string | undefined; output: string | undefined }> {
  let last: { status?: string; output?: string } = {};
  await until("the execution has ended", async () => {
    last = await states.send(new DescribeExecutionCommand({ executionArn }));
    return last.status !== "RUNNING";
  });
  return { status: last.status, output: last.output };
}

function object(key: string): string {
  return readFileSync(cloud.objectFile("data", key) ?? "no such object", "utf8");
}

test("each resource is running or recorded, and the recorded ones say why", () => {
  const status = (type: string, name: string) =>
    cloud.resources.find((each) => each.type === type && each.name === name);
  const running = cloud.resources.filter((each) => each.status === "running").map(({ name }) => name);
  expect(running).toEqual([
    "pool",
    "fn",
    "worker",
    "data",
    "quick",
    "slow-logs",
    "slow",
    "flow",
    "live",
    "main",
    "slow",
    "slow",
  ]);
  expect(status("awsx:ecr:Image", "unused")?.why).toContain("nothing that runs here");
  expect(status("aws:iam/role:Role", "instances")?.why).toContain("nothing on this machine");
  expect(status("aws:dynamodb/table:Table", "table")?.why).toBe("the local cloud has no such service");
  expect(status("aws:lambda/function:Function", "built-elsewhere")?.why).toContain("elsewhere@sha256:3");
  expect(cloud.resources.every(({ why }) => why !== "")).toBe(true);
});

test("a state machine runs a function on Lambda and then on a worker, which a killed process does not stop", async () => {
  await scale(1);
  const execution = await start({ bucket: "data", key: "it", seconds: 0 });
  expect(await ended(execution)).toMatchObject({
    status: "SUCCEEDED",
    output: expect.stringContaining("it-again-again"),
  });
  const slow = await start({ bucket: "data", key: "slow", seconds: 0.7 });
  await until("the worker is at it", () => cloud.objectFile("data", "slow-again") !== null);
  const functionPid = Number(object("slow-again").split(" ").at(-1));
  const [worker = 0] = cloud.pools()[0]?.pids ?? [];
  const doomed = await leftoverProcesses(cloud.runId);
  expect(doomed).toEqual(expect.arrayContaining([worker, functionPid]));
  process.kill(worker, "SIGKILL");
  expect((await ended(slow)).status).toBe("SUCCEEDED");
  const left = await leftoverProcesses(cloud.runId);
  expect([worker, functionPid].filter((pid) => left.includes(pid))).toEqual([]);
  expect(cloud.pools()).toMatchObject([
    { activityArn, function: "slow", placement: "ec2", gpu: true, peakWorkers: 1, runningCount: 1 },
  ]);
  expect(cloud.pools()[0]?.pids).toHaveLength(2);
  expect(warnings).toEqual([expect.stringContaining("was ended by SIGKILL and is replaced")]);
});

test("what a worker writes to its log file are events of its log group, in a stream of its own", async () => {
  const logs = new CloudWatchLogsClient({ endpoint: cloud.endpoint, region, credentials: cloud.credentials });
  const filterPattern = '{ $.event = "FunctionProcessStarted" }';
  const command = new FilterLogEventsCommand({ logGroupName: "/workers/slow", filterPattern });
  await until("both workers have spoken", async () => {
    const { events = [] } = await logs.send(command);
    return new Set(events.map(({ logStreamName }) => logStreamName)).size === 2;
  });
  const { events = [] } = await logs.send(command);
  expect(events[0]?.logStreamName).toMatch(/^function\/function\/[0-9a-f]{32}$/);
  logs.destroy();
});

test("every role is seen using what it used", () => {
  const uses = cloud.access
    .records()
    .map(({ principal, action, resource: on }) => `${principal.split("/")[1] ?? ""} ${action} ${on}`);
  expect(uses).toEqual(
    expect.arrayContaining([
      `flow lambda:InvokeFunction ${arn("lambda", "function:quick")}`,
      "quick s3:PutObject arn:aws:s3:::data/it",
      `slow states:GetActivityTask ${activityArn}`,
      `slow states:SendTaskSuccess ${activityArn}`,
      "slow s3:PutObject arn:aws:s3:::data/it-again",
    ]),
  );
});

test("a port that is taken is refused, and nothing is left of the attempt", async () => {
  const port = Number(new URL(cloud.endpoint).port);
  const before = (await leftoverProcesses(cloud.runId)).length;
  const options = {
    programDirectory: directory,
    runDirectory: join(directory, "second"),
    region,
    minuteSeconds: 5,
    port,
    warn: () => undefined,
  };
  await expect(realise(graphOf(), options)).rejects.toMatchObject({ code: "EADDRINUSE" });
  expect(await leftoverProcesses(cloud.runId)).toHaveLength(before);
});

test("closing answers the open polls, so that idle workers drain at once, and leaves nothing", async () => {
  await scale(2);
  await until("both workers poll", () => {
    const polls = cloud.access.records().find(({ action }) => action === "states:GetActivityTask");
    return (polls?.count ?? 0) >= 5 && cloud.pools()[0]?.runningCount === 2;
  });
  const since = Date.now();
  await cloud.close();
  // Far below the grace: nobody had to be killed.
  expect(Date.now() - since).toBeLessThan(4_000);
  expect(await leftoverProcesses(cloud.runId)).toEqual([]);
  await expect(fetch(cloud.endpoint)).rejects.toThrow();
  await cloud.close();
});
