/** The worker among what is around it: ECS's agent, the instance's metadata, a health check, an image that can't work. */
import { execFile, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleWorker } from "../../local/cloud/ecs/bundle";
import { isAlive } from "./alive";
import { startStepFunctions, type FakeStepFunctions } from "./step-functions";
import { startWorker, type WorkerProcess } from "./worker-process";

let directory: string;
let file: string;
let states: FakeStepFunctions;
let worker: WorkerProcess;
let beside: Server | undefined;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "loveless-surroundings-"));
  file = await bundleWorker(directory);
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});
beforeEach(async () => {
  states = await startStepFunctions();
});
afterEach(async () => {
  worker.signal("SIGTERM");
  await Promise.race([worker.exited, worker.line("WorkerStateChanged", ({ to }) => to === "draining")]);
  const answering = setInterval(states.answerPolls, 20);
  await worker.exited;
  clearInterval(answering);
  await states.close();
  beside?.closeAllConnections();
  beside?.close();
  beside = undefined;
});

/** setpriv still has its rights when it starts a program: the program itself then starts the one that is meant. */
const AS_NOBODY = [
  ...["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
  ...["sh", "-c", `exec "$0" "$@"`],
];
const LOADER = "/lib64/ld-linux-x86-64.so.2";
/** Root alone can make itself somebody else, and a program that this somebody can't read. */
const canBeNobody =
  spawnSync(AS_NOBODY[0] ?? "", [...AS_NOBODY.slice(1), process.execPath, "--version"]).status === 0;

(canBeNobody ? test : test.skip)(
  "a function can't read its worker's environment behind a loader that nobody may read (needs root and setpriv)",
  async () => {
    chmodSync(directory, 0o755);
    const loader = join(directory, "loader");
    copyFileSync(LOADER, loader);
    chmodSync(loader, 0o711);
    const spied = async (within: readonly string[]): Promise<unknown> => {
      worker = startWorker(file, states.endpoint, { command: ["index.spy"] }, {}, within);
      const report = await states.report(states.give({ pid: worker.pid }));
      worker.signal("SIGTERM");
      const answering = setInterval(states.answerPolls, 20);
      await worker.exited;
      clearInterval(answering);
      return JSON.parse(report.output ?? "");
    };
    expect(await spied(AS_NOBODY)).toEqual({ read: true });
    expect(await spied([...AS_NOBODY, loader])).toEqual({ refused: "EACCES" });
  },
);

/** An HTTP server with an answer for each path; 404 for all others. */
async function serve(answers: Record<string, () => object | string | null>): Promise<string> {
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ""]?.() ?? null;
    response.writeHead(answer === null ? 404 : 200);
    response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
  });
  beside = server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

test("every line of the log names the ECS task, its cluster, its revision and its zone", async () => {
  const uri = await serve({
    "/v4/task": () => ({
      Cluster: "arn:aws:ecs:eu-central-1:123456789012:cluster/loveless",
      TaskARN: "arn:aws:ecs:eu-central-1:123456789012:task/loveless/0123456789abcdef",
      Family: "detect",
      Revision: "7",
      LaunchType: "FARGATE",
      AvailabilityZone: "eu-central-1b",
    }),
  });
  worker = startWorker(file, states.endpoint, {}, { ECS_CONTAINER_METADATA_URI_V4: `${uri}/v4` });
  await states.report(states.give({}));
  expect(worker.lines.length).toBeGreaterThan(2);
  for (const line of worker.lines)
    expect(line).toMatchObject({
      cluster: "loveless",
      worker: "0123456789abcdef",
      revision: "detect:7",
      launchType: "FARGATE",
      zone: "eu-central-1b",
    });
});

test("metadata that can't be had does not keep a worker from its work", async () => {
  worker = startWorker(file, states.endpoint, {}, { ECS_CONTAINER_METADATA_URI_V4: "http://127.0.0.1:1" });
  expect(await states.report(states.give({}))).toMatchObject({ kind: "success" });
});

test("the health command answers 0 for a running worker, 1 when there is none", async () => {
  const health = (port: number): Promise<number> =>
    new Promise((resolve) => {
      const env = { LOVELESS_HEALTH_PORT: String(port) };
      execFile(process.execPath, [file, "health"], { env }, (error) => {
        resolve(error === null ? 0 : Number(error.code));
      });
    });
  worker = startWorker(file, states.endpoint, { healthPort: 0 });
  const { port } = await worker.line("HealthServed");
  await worker.line("WorkerStateChanged", ({ to }) => to === "running");
  expect(await health(Number(port))).toBe(0);
  expect(await health(1)).toBe(1);
});

test("a Spot notice drains the worker as SIGTERM does: what is held is finished, the exit code is 0", async () => {
  let noticed = false;
  const uri = await serve({
    "/latest/api/token": () => "token",
    "/latest/meta-data/spot/instance-action": () =>
      noticed ? { action: "terminate", time: new Date(Date.now() + 120_000).toISOString() } : null,
  });
  const environment = { AWS_EC2_METADATA_SERVICE_ENDPOINT: uri };
  noticed = true;
  worker = startWorker(file, states.endpoint, { spotNotice: true }, environment);
  const token = states.give({ does: "wait", value: 200 });
  await worker.line("SpotNoticeReceived");
  expect(await states.report(token)).toMatchObject({ kind: "success" });
  expect(await worker.exited).toBe(0);
  expect(states.polls.aborted).toBe(0);
});

test("a null poll and each task show in the metrics of the log", async () => {
  worker = startWorker(file, states.endpoint, { metricsSeconds: 0.2 });
  await states.until(() => states.polls.open === 1);
  states.answerPolls();
  expect(await worker.line("MetricsReported", ({ EmptyPolls }) => EmptyPolls === 1)).toMatchObject({
    Tasks: 0,
  });
  states.give({ does: "throw" });
  expect(await worker.line("MetricsReported", ({ Error }) => Error === "RangeError")).toMatchObject({
    Failures: 1,
  });
});

test("a function that never gets to its first /next fails its task at the init limit, and is killed", async () => {
  worker = startWorker(file, states.endpoint, { entryPoint: ["sleep"], command: ["600"], initSeconds: 0.3 });
  const report = await states.report(states.give({}));
  expect(report).toMatchObject({ kind: "failure", error: "Sandbox.Timedout" });
  expect(report.cause).toContain("Init timed out after 0.30 seconds");
  const { pid } = await worker.line("FunctionProcessStarted");
  expect(isAlive(pid)).toBe(false);
  expect(await worker.line("FunctionStartFailed")).toMatchObject({ failures: 1 });
});

test("time-outs and crashes have AWS's documented name where the setting asks for it", async () => {
  worker = startWorker(file, states.endpoint, { endedErrors: "unknown", timeoutSeconds: 1 });
  expect(await states.report(states.give({ does: "exit", value: 1 }))).toMatchObject({
    error: "Lambda.Unknown",
  });
  expect(await states.report(states.give({ does: "hang" }))).toMatchObject({ error: "Lambda.Unknown" });
  expect(await states.report(states.give({ does: "throw" }))).toMatchObject({ error: "RangeError" });
});

test("a durable function is refused: by its SDK before the first poll, else by what it says", async () => {
  const taskRoot = mkdtempSync(join(directory, "durable-"));
  mkdirSync(join(taskRoot, "node_modules/@aws/durable-execution-sdk-js"), { recursive: true });
  writeFileSync(join(taskRoot, "node_modules/@aws/durable-execution-sdk-js/package.json"), "{}");
  worker = startWorker(file, states.endpoint, {}, { LAMBDA_TASK_ROOT: taskRoot });
  expect(await worker.exited).toBe(2);
  expect(worker.standardError()).toMatch(/^detect is a durable function[^\n]*place it on lambda\.\n$/);
  expect(states.polls.opened).toBe(0);

  worker = startWorker(file, states.endpoint);
  expect(await states.report(states.give({ does: "durable" }))).toMatchObject({ error: "Error" });
  expect(await worker.line("WorkerGaveUp")).toMatchObject({
    reason: expect.stringContaining("durable") as string,
  });
  states.answerPolls();
  expect(await worker.exited).toBe(3);
});

test("an API that only Lambda has is named when the function asks for it", async () => {
  worker = startWorker(file, states.endpoint);
  await states.report(states.give({ does: "extension" }));
  expect(await worker.line("LambdaApiRefused")).toMatchObject({ path: "/2020-01-01/extension/register" });
});

test("SIGKILL of one function process: its task fails with Runtime.ExitError within a second, the others go on", async () => {
  worker = startWorker(file, states.endpoint, { slots: 4 });
  const tokens = Array.from({ length: 4 }, () => states.give({ does: "wait", value: 1_500 }));
  await states.until(() => states.polls.opened === 4 && states.polls.open === 0);
  const { pid } = await worker.line("FunctionInitialised");
  await new Promise((resolve) => setTimeout(resolve, 100));
  const killedMs = Date.now();
  process.kill(Number(pid), "SIGKILL");
  await states.until(() => states.reports.length > 0);
  expect(Date.now() - killedMs).toBeLessThan(1_000);
  expect(states.reports[0]).toMatchObject({ kind: "failure", error: "Runtime.ExitError" });
  await Promise.all(tokens.map((token) => states.report(token)));
  expect(states.reports.filter(({ kind }) => kind === "success")).toHaveLength(3);
});

test("heartbeats go on while the function floods its output, and stop with the outcome", async () => {
  worker = startWorker(file, states.endpoint, { heartbeatSeconds: 1 });
  const token = states.give({ does: "flood", value: 1_200 });
  await states.report(token);
  const beats = states.heartbeats.length;
  expect(beats).toBeGreaterThanOrEqual(2);
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(states.heartbeats).toHaveLength(beats);
});
