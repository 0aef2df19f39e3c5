/** A local cloud with fifty real workers on one activity, and its console. */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { realise, type LocalCloud } from "../../../local/cloud/realise";
import { openConsole } from "../../../local/console/console";
import type { Graph, GraphResource, Json } from "../../../local/graph";
import { workerEnvironment } from "../../../worker/settings";
import { handMadeGraph, recorded } from "../../hand-made-graph";

export const WORKERS = 50;
const REGION = "eu-west-1";
const ACCOUNT = "123456789012";
const arn = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
const ACTIVITY = arn("states", "activity:wait");
const ROLE = `arn:aws:iam::${ACCOUNT}:role/wait`;
const IMAGE = "wait@sha256:1";

export const MACHINES = {
  tasks: arn("states", "stateMachine:tasks"),
  pass: arn("states", "stateMachine:pass"),
};

/** Takes as long as its input says. */
const HANDLER = `export const handler = ({ ms }) => new Promise((resolve) => { setTimeout(() => resolve({ ms }), ms); });`;

export interface BenchPool {
  readonly cloud: LocalCloud;
  readonly url: string;
  close(): Promise<void>;
}

/** Resolves when all workers run. */
export async function startPool(): Promise<BenchPool> {
  const directory = mkdtempSync(join(tmpdir(), "loveless-bench-"));
  const context = join(directory, "wait");
  mkdirSync(context);
  writeFileSync(join(context, "Dockerfile"), 'FROM public.ecr.aws/lambda/nodejs:24\nCMD ["index.handler"]\n');
  writeFileSync(join(context, "index.mjs"), HANDLER);
  const graph = graphOf();
  const warn = (message: string): void => {
    process.stderr.write(`${message}\n`);
  };
  const cloud = await realise(graph, {
    programDirectory: directory,
    runDirectory: join(directory, "run"),
    region: REGION,
    minuteSeconds: 5,
    warn,
  });
  process.stderr.write(`starting ${String(WORKERS)} workers\n`);
  while ((cloud.pools()[0]?.runningCount ?? 0) < WORKERS)
    await new Promise((resolve) => setTimeout(resolve, 100));
  const page = await openConsole({ cloud, graph, port: 0, minuteSeconds: 5 });
  return {
    cloud,
    url: page.url,
    async close() {
      await page.close();
      await cloud.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function graphOf(): Graph {
  const environment = workerEnvironment({
    activityArn: ACTIVITY,
    functionName: "wait",
    entryPoint: ["/lambda-entrypoint.sh"],
    command: ["index.handler"],
    slots: 1,
    memoryMib: 256,
    timeoutSeconds: 60,
    heartbeatSeconds: 30,
    stopTimeoutSeconds: 30,
  });
  const container = {
    name: "function",
    image: IMAGE,
    environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
  };
  const cluster = arn("ecs", "cluster/main");
  const taskDefinition = arn("ecs", "task-definition/wait:1");
  const resources = [
    resource("aws:ecs/cluster:Cluster", "main", { name: "main" }, cluster),
    resource("awsx:ecr:Image", "wait", { context: "wait", imageUri: IMAGE }, IMAGE),
    resource("aws:sfn/activity:Activity", "wait", { name: "wait" }, ACTIVITY),
    resource(
      "aws:ecs/taskDefinition:TaskDefinition",
      "wait",
      { family: "wait", taskRoleArn: ROLE, containerDefinitions: JSON.stringify([container]) },
      taskDefinition,
    ),
    resource(
      "aws:ecs/service:Service",
      "pool",
      { name: "pool", cluster, taskDefinition, desiredCount: WORKERS, launchType: "FARGATE" },
      arn("ecs", "service/main/pool"),
    ),
    machine("tasks", {
      StartAt: "Each",
      States: {
        Each: {
          Type: "Map",
          ItemsPath: "$.items",
          ItemProcessor: {
            StartAt: "Wait",
            States: { Wait: { Type: "Task", Resource: ACTIVITY, TimeoutSeconds: 60, End: true } },
          },
          End: true,
        },
      },
    }),
    machine("pass", { StartAt: "Pass", States: { Pass: { Type: "Pass", End: true } } }),
  ];
  return handMadeGraph(resources, "bench", "bench");
}

function machine(name: keyof typeof MACHINES, definition: object): GraphResource {
  const inputs = { name, definition: JSON.stringify(definition), roleArn: ROLE };
  return resource("aws:sfn/stateMachine:StateMachine", name, inputs, MACHINES[name]);
}

function resource(
  type: string,
  name: string,
  inputs: Readonly<Record<string, Json>>,
  resourceArn: string,
): GraphResource {
  return recorded(type, name, inputs, { id: resourceArn, outputs: { ...inputs, arn: resourceArn } });
}
