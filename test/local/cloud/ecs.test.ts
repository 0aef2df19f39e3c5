import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  StopTaskCommand,
  TagResourceCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { environmentOfRoles } from "../../../local/cloud/cloud-environment";
import { systemClock } from "../../../local/cloud/clock";
import { createEcs, type Ecs, type PoolFacts } from "../../../local/cloud/ecs/ecs";
import type { PoolDefinition } from "../../../local/cloud/ecs/pool-definition";
import { createProcesses, leftoverProcesses, type Processes } from "../../../local/cloud/processes";
import { createAccess } from "../../../local/cloud/access";
import { startServer, type CloudServer } from "../../../local/cloud/server";
import { WORKER, type Up } from "./fake-worker";
import { ACCOUNT, ROLE, temporaryDirectory, until } from "./loopback";

const directory = temporaryDirectory();
const logDirectory = join(directory, "logs");
const clusterArn = `arn:aws:ecs:eu-west-1:${ACCOUNT}:cluster/main`;
const workerRole = `arn:aws:iam::${ACCOUNT}:role/worker`;

const access = createAccess();
const warnings: string[] = [];
let processes: Processes;
let ecs: Ecs;
let server: CloudServer;
let client: ECSClient;

beforeAll(async () => {
  const workerFile = join(directory, "worker.js");
  writeFileSync(workerFile, WORKER);
  mkdirSync(logDirectory);
  processes = createProcesses(`ecs-test-${String(process.pid)}`);
  let endpoint = "";
  ecs = await createEcs({
    access,
    clock: systemClock,
    processes,
    workerFile,
    minuteSeconds: 5,
    startDelaySeconds: { fargate: 0, ec2: 60, "managed-instances": 0 },
    logDirectory,
    followLog: () => () => undefined,
    homeDirectory: join(directory, "tmp"),
    cloudEnvironment: (role) => environmentOfRoles(access, endpoint, "eu-west-1")(role),
    warn: (message) => warnings.push(message),
  });
  server = await startServer(access, [ecs.service]);
  endpoint = server.endpoint;
  client = new ECSClient({ endpoint, region: "eu-west-1", maxAttempts: 1, credentials: access.issue(ROLE) });
});

afterAll(async () => {
  client.destroy();
  await ecs.close(0);
  await server.close();
  await processes.close();
});

function serviceArn(name: string): string {
  return `arn:aws:ecs:eu-west-1:${ACCOUNT}:service/main/${name}`;
}

function addService(name: string, more: Partial<PoolDefinition> = {}): void {
  ecs.addService({
    serviceArn: serviceArn(name),
    serviceName: name,
    clusterArn,
    clusterName: "main",
    taskDefinitionArn: `arn:aws:ecs:eu-west-1:${ACCOUNT}:task-definition/${name}:1`,
    imageUri: "function",
    otherImageUris: [],
    roleArn: workerRole,
    executionRole: null,
    activityArn: `arn:aws:states:eu-west-1:${ACCOUNT}:activity:${name}`,
    functionName: name,
    placement: "fargate",
    gpu: false,
    instances: null,
    needs: { cpu: 1024, memoryMib: 2048, gpus: 0 },
    spot: { onDemandWorkers: 0, share: 0 },
    desiredCount: 0,
    stopTimeoutSeconds: 30,
    slots: 1,
    taskRoot: directory,
    environment: {},
    ...more,
  });
}

function pool(name: string): PoolFacts {
  const found = ecs.pools().find(({ activity }) => activity === name);
  if (found === undefined) throw new Error(`no pool ${name}`);
  return found;
}

function scale(service: string, desiredCount: number) {
  return client.send(
    new UpdateServiceCommand({ cluster: clusterArn, service: serviceArn(service), desiredCount }),
  );
}

async function counts(service: string) {
  const answer = await client.send(new DescribeServicesCommand({ cluster: "main", services: [service] }));
  const { desiredCount, runningCount, pendingCount } = answer.services?.[0] ?? {};
  return { desiredCount, runningCount, pendingCount };
}

/** What the workers of a service said when they were up. */
function ups(service: string): readonly Up[] {
  const logs = readdirSync(logDirectory).filter((file) => file.startsWith(`${service}-`));
  const lines = logs.flatMap((file) => readFileSync(join(logDirectory, file), "utf8").split("\n"));
  return lines.filter((line) => line.includes('"up"')).map((line) => JSON.parse(line) as Up);
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function runThem(service: string, count: number): Promise<readonly Up[]> {
  await scale(service, count);
  await until(
    `${String(count)} workers of ${service} are up`,
    () => ups(service).filter(({ pid }) => alive(pid)).length === count,
  );
  return ups(service).filter(({ pid }) => alive(pid));
}

test("a service runs as many workers as desired, each a process of its own with its role's credentials", async () => {
  addService("steady");
  expect(await counts("steady")).toEqual({ desiredCount: 0, runningCount: 0, pendingCount: 0 });
  const workers = await runThem("steady", 3);
  expect(await counts("steady")).toEqual({ desiredCount: 3, runningCount: 3, pendingCount: 0 });
  expect([...pool("steady").pids].sort()).toEqual(workers.map(({ pid }) => pid).sort());
  for (const { AWS_ACCESS_KEY_ID } of workers)
    expect(access.principalOf(AWS_ACCESS_KEY_ID)).toMatchObject({ arn: workerRole });
  await scale("steady", 0);
  expect(await counts("steady")).toEqual({ desiredCount: 0, runningCount: 0, pendingCount: 0 });
  await until("they are gone", () => workers.every(({ pid }) => !alive(pid)));
  expect(pool("steady")).toMatchObject({ peakWorkers: 3, runningCount: 0, placement: "fargate", gpu: false });
});

test("a killed worker takes its children with it and is replaced", async () => {
  addService("mortal");
  const before = new Set(await leftoverProcesses(processes.runId));
  const [worker] = await runThem("mortal", 1);
  const family = (await leftoverProcesses(processes.runId)).filter((pid) => !before.has(pid));
  expect(family).toHaveLength(2);
  process.kill(worker?.pid ?? 0, "SIGKILL");
  await until(
    "another one is up",
    () => ups("mortal").filter(({ pid }) => alive(pid)).length === 1 && ups("mortal").length === 2,
  );
  // Not by signal 0: nobody may have buried the orphan yet.
  const left = await leftoverProcesses(processes.runId);
  expect(family.filter((pid) => left.includes(pid))).toEqual([]);
  expect(pool("mortal")).toMatchObject({ peakWorkers: 1, runningCount: 1 });
  expect(warnings.at(-1)).toContain("A worker of mortal was ended by SIGKILL and is replaced");
  await scale("mortal", 0);
});

test("workers that crash at once are started ever more slowly", async () => {
  addService("hapless", { environment: { CRASHES: "1" } });
  const since = Date.now();
  await scale("hapless", 1);
  await until(
    "it crashed three times",
    () => warnings.filter((each) => each.includes("hapless exited with 3")).length >= 3,
  );
  // 250 ms, then 500 ms.
  expect(Date.now() - since).toBeGreaterThanOrEqual(750);
  await scale("hapless", 0);
});

test("scaling in spares the protected worker until it ends its protection", async () => {
  addService("busy");
  const [first, second] = await runThem("busy", 2);
  const put = async (worker: Up | undefined, body: object) => {
    const response = await fetch(`${worker?.ECS_AGENT_URI ?? ""}/task-protection/v1/state`, {
      method: "PUT",
      body: JSON.stringify(body),
    });
    return (await response.json()) as unknown;
  };
  expect(await put(second, { ProtectionEnabled: true, ExpiresInMinutes: 5 })).toMatchObject({
    protection: { ProtectionEnabled: true, TaskArn: expect.stringContaining(":task/main/") as string },
  });
  await scale("busy", 0);
  await until("the other one is gone", () => !alive(first?.pid ?? 0));
  expect(await counts("busy")).toEqual({ desiredCount: 0, runningCount: 1, pendingCount: 0 });
  expect(alive(second?.pid ?? 0)).toBe(true);
  await put(second, { ProtectionEnabled: false });
  await until("it is gone too", () => !alive(second?.pid ?? 0));
  const used = access.records().filter(({ principal }) => principal === workerRole);
  expect(used.map(({ action }) => action)).toEqual(["ecs:UpdateTaskProtection"]);
});

test("the agent refuses what it does not understand", async () => {
  addService("curious");
  const [worker] = await runThem("curious", 1);
  const uri = `${worker?.ECS_AGENT_URI ?? ""}/task-protection/v1/state`;
  expect(
    (await fetch(uri, { method: "PUT", body: '{"ProtectionEnabled":true,"ExpiresInMinutes":5000}' })).status,
  ).toBe(400);
  expect((await fetch(uri.replace(/api\/[0-9a-f]+/, "api/0"))).status).toBe(404);
  expect(await (await fetch(uri)).json()).toMatchObject({ protection: { ProtectionEnabled: false } });
  await scale("curious", 0);
});

test("a worker that ignores SIGTERM is killed after its stop timeout", async () => {
  addService("stubborn", { environment: { STUBBORN: "1" }, stopTimeoutSeconds: 0.3 });
  const [worker] = await runThem("stubborn", 1);
  await scale("stubborn", 0);
  await until("it is gone", () => !alive(worker?.pid ?? 0));
  const [log] = readdirSync(logDirectory).filter((file) => file.startsWith("stubborn-"));
  expect(readFileSync(join(logDirectory, log ?? ""), "utf8")).toContain('"told"');
});

test("a worker is pending for its placement's start-up delay, and can be called off", async () => {
  addService("slow", { placement: "ec2", gpu: true });
  await scale("slow", 2);
  expect(await counts("slow")).toEqual({ desiredCount: 2, runningCount: 0, pendingCount: 2 });
  await scale("slow", 1);
  expect(await counts("slow")).toEqual({ desiredCount: 1, runningCount: 0, pendingCount: 1 });
  await scale("slow", 0);
  expect(pool("slow")).toMatchObject({ pids: [], pendingCount: 0, gpu: true, placement: "ec2" });
});

test("tasks are listed, described, and replaced when they are stopped", async () => {
  addService("listed");
  const [worker] = await runThem("listed", 1);
  const cluster = "main";
  const { taskArns = [] } = await client.send(new ListTasksCommand({ cluster, serviceName: "listed" }));
  expect(taskArns).toHaveLength(1);
  const described = await client.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  expect(described.tasks?.[0]).toMatchObject({
    taskArn: taskArns[0],
    lastStatus: "RUNNING",
    group: "service:listed",
  });
  await client.send(new StopTaskCommand({ cluster, task: taskArns[0] }));
  await until(
    "another one is up",
    () => !alive(worker?.pid ?? 0) && ups("listed").filter(({ pid }) => alive(pid)).length === 1,
  );
  await scale("listed", 0);
});

test("a service has one deployment, which is complete and a day old", async () => {
  addService("deployed");
  const answer = await client.send(new DescribeServicesCommand({ cluster: "main", services: ["deployed"] }));
  const [deployment] = answer.services?.[0]?.deployments ?? [];
  expect(deployment).toMatchObject({ status: "PRIMARY", rolloutState: "COMPLETED", failedTasks: 0 });
  const ageMs = Date.now() - Number(deployment?.createdAt);
  expect(Math.abs(ageMs - 86_400_000)).toBeLessThan(60_000);
});

test("a service keeps the tags it was given, and shows them to those who ask for them", async () => {
  addService("tagged");
  const mark = (value: string) =>
    client.send(
      new TagResourceCommand({ resourceArn: serviceArn("tagged"), tags: [{ key: "mark", value }] }),
    );
  await mark("one");
  await mark("two");
  const about = { cluster: "main", services: ["tagged"] };
  const told = await client.send(new DescribeServicesCommand({ ...about, include: ["TAGS"] }));
  expect(told.services?.[0]?.tags).toEqual([{ key: "mark", value: "two" }]);
  const untold = await client.send(new DescribeServicesCommand(about));
  expect(untold.services?.[0]?.tags).toBeUndefined();
});

test("what is not there or can't be done is said by ECS's names", async () => {
  addService("known");
  const described = await client.send(
    new DescribeServicesCommand({ cluster: "main", services: ["known", "unknown"] }),
  );
  expect(described.failures).toEqual([{ arn: "unknown", reason: "MISSING" }]);
  expect(described.services?.map(({ serviceName }) => serviceName)).toEqual(["known"]);
  await expect(scale("unknown", 1)).rejects.toMatchObject({ name: "ServiceNotFoundException" });
  const elsewhere = new DescribeServicesCommand({ cluster: "elsewhere", services: ["known"] });
  await expect(client.send(elsewhere)).rejects.toMatchObject({ name: "ClusterNotFoundException" });
  const swap = new UpdateServiceCommand({ cluster: "main", service: "known", taskDefinition: "other:1" });
  await expect(client.send(swap)).rejects.toMatchObject({
    name: "InvalidParameterException",
    message: expect.stringContaining("task definition"),
  });
});

test("a call is recorded on the service's ARN, however it was named", () => {
  const rights = access
    .records()
    .filter(({ principal }) => principal === ROLE)
    .map(({ action, resource }) => `${action} ${resource}`);
  expect(rights).toEqual(
    expect.arrayContaining([
      `ecs:DescribeServices ${serviceArn("steady")}`,
      `ecs:UpdateService ${serviceArn("steady")}`,
    ]),
  );
});

test("closing ends every worker, protected or not, within its grace", async () => {
  addService("last", { environment: { STUBBORN: "1" } });
  const [worker] = await runThem("last", 2);
  await fetch(`${worker?.ECS_AGENT_URI ?? ""}/task-protection/v1/state`, {
    method: "PUT",
    body: '{"ProtectionEnabled":true}',
  });
  await ecs.close(100);
  expect(await leftoverProcesses(processes.runId)).toEqual([]);
});
