/** The worker among what is around it: ECS's agent, the instance's metadata, a health check, an image that can't work. */
import { execFile, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { isAlive } from "./alive";
import { stageWorkers } from "./stage";

const stage = stageWorkers();
let beside: Server | undefined;
afterEach(() => {
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
    chmodSync(stage.directory, 0o755);
    const loader = join(stage.directory, "loader");
    copyFileSync(LOADER, loader);
    chmodSync(loader, 0o711);
    const spied = async (within: readonly string[]): Promise<unknown> => {
      stage.start({ command: ["index.spy"] }, {}, within);
      const report = await stage.states.report(stage.states.give({ pid: stage.worker.pid }));
      await stage.stop();
      return JSON.parse(report.output ?? "");
    };
    expect(await spied(AS_NOBODY)).toEqual({ read: true });
    expect(await spied([...AS_NOBODY, loader])).toEqual({ refused: "EACCES" });
  },
);

(canBeNobody ? test : test.skip)(
  "a worker whose user has no home, and no line in /etc/passwd, polls all the same (needs root and setpriv)",
  async () => {
    chmodSync(stage.directory, 0o755);
    const homeless = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"];
    stage.start({}, {}, [...homeless, "sh", "-c", `unset HOME; exec "$0" "$@"`]);
    expect(await stage.states.report(stage.states.give({}))).toMatchObject({ kind: "success" });
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
  stage.start({}, { ECS_CONTAINER_METADATA_URI_V4: `${uri}/v4` });
  await stage.states.report(stage.states.give({}));
  expect(stage.worker.lines.length).toBeGreaterThan(2);
  for (const line of stage.worker.lines)
    expect(line).toMatchObject({
      cluster: "loveless",
      worker: "0123456789abcdef",
      revision: "detect:7",
      launchType: "FARGATE",
      zone: "eu-central-1b",
    });
});

test("metadata that can't be had does not keep a worker from its work", async () => {
  stage.start({}, { ECS_CONTAINER_METADATA_URI_V4: "http://127.0.0.1:1" });
  expect(await stage.states.report(stage.states.give({}))).toMatchObject({ kind: "success" });
});

test("the health command answers 0 for a running worker, 1 when there is none", async () => {
  const health = (port: number): Promise<number> =>
    new Promise((resolve) => {
      const env = { LOVELESS_HEALTH_PORT: String(port) };
      execFile(process.execPath, [stage.file, "health"], { env }, (error) => {
        resolve(error === null ? 0 : Number(error.code));
      });
    });
  stage.start({ healthPort: 0 });
  const { port } = await stage.worker.line("HealthServed");
  await stage.worker.line("WorkerStateChanged", ({ to }) => to === "running");
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
  stage.start({ spotNotice: true }, environment);
  const token = stage.states.give({ does: "wait", value: 200 });
  await stage.worker.line("SpotNoticeReceived");
  expect(await stage.states.report(token)).toMatchObject({ kind: "success" });
  expect(await stage.worker.exited).toBe(0);
  expect(stage.states.polls.aborted).toBe(0);
});

test("a null poll and each task show in the metrics of the log", async () => {
  stage.start({ metricsSeconds: 0.2 });
  await stage.states.until(() => stage.states.polls.open === 1);
  stage.states.answerPolls();
  expect(await stage.worker.line("MetricsReported", ({ EmptyPolls }) => EmptyPolls === 1)).toMatchObject({
    Tasks: 0,
  });
  stage.states.give({ does: "throw" });
  expect(await stage.worker.line("MetricsReported", ({ Error }) => Error === "RangeError")).toMatchObject({
    Failures: 1,
  });
});

test("a function that never gets to its first /next fails its task at the init limit, and is killed", async () => {
  stage.start({ entryPoint: ["sleep"], command: ["600"], initSeconds: 0.3 });
  const report = await stage.states.report(stage.states.give({}));
  expect(report).toMatchObject({ kind: "failure", error: "Sandbox.Timedout" });
  expect(report.cause).toContain("Init timed out after 0.30 seconds");
  const { pid } = await stage.worker.line("FunctionProcessStarted");
  expect(isAlive(pid)).toBe(false);
  expect(await stage.worker.line("FunctionStartFailed")).toMatchObject({ failures: 1 });
});

test("time-outs and crashes have AWS's documented name where the setting asks for it", async () => {
  stage.start({ endedErrors: "unknown", timeoutSeconds: 1 });
  expect(await stage.states.report(stage.states.give({ does: "exit", value: 1 }))).toMatchObject({
    error: "Lambda.Unknown",
  });
  expect(await stage.states.report(stage.states.give({ does: "hang" }))).toMatchObject({
    error: "Lambda.Unknown",
  });
  expect(await stage.states.report(stage.states.give({ does: "throw" }))).toMatchObject({
    error: "RangeError",
  });
});

test("a durable function is refused: by its SDK before the first poll, else by what it says", async () => {
  const taskRoot = mkdtempSync(join(stage.directory, "durable-"));
  mkdirSync(join(taskRoot, "node_modules/@aws/durable-execution-sdk-js"), { recursive: true });
  writeFileSync(join(taskRoot, "node_modules/@aws/durable-execution-sdk-js/package.json"), "{}");
  stage.start({}, { LAMBDA_TASK_ROOT: taskRoot });
  expect(await stage.worker.exited).toBe(2);
  expect(stage.worker.standardError()).toMatch(/^detect is a durable function[^\n]*place it on lambda\.\n$/);
  expect(stage.states.polls.opened).toBe(0);

  stage.start();
  expect(await stage.states.report(stage.states.give({ does: "durable" }))).toMatchObject({ error: "Error" });
  expect(await stage.worker.line("WorkerGaveUp")).toMatchObject({
    reason: expect.stringContaining("durable") as string,
  });
  stage.states.answerPolls();
  expect(await stage.worker.exited).toBe(3);
});

/** With a /opt of its own, in which an extension lies. */
const WITH_EXTENSION = [
  ...["unshare", "--mount", "sh", "-c"],
  'mount -t tmpfs tmpfs /opt && mkdir /opt/extensions && touch /opt/extensions/telemetry && exec "$0" "$@"',
];
const canMount =
  !process.execPath.startsWith("/opt/") &&
  spawnSync(WITH_EXTENSION[0] ?? "", [...WITH_EXTENSION.slice(1), "true"]).status === 0;
const withMounts = canMount ? test : test.skip;

withMounts(
  "Lambda extensions in the image are named, and the worker runs without them (needs unshare)",
  async () => {
    stage.start({}, {}, WITH_EXTENSION);
    expect(await stage.states.report(stage.states.give({}))).toMatchObject({ kind: "success" });
    expect(await stage.worker.line("ExtensionsIgnored")).toMatchObject({ extensions: "telemetry" });
  },
);

withMounts(
  "with extensions refused, an image that has some ends the worker with exit code 2 (needs unshare)",
  async () => {
    const { exited, standardError } = stage.start({ extensions: "refuse" }, {}, WITH_EXTENSION);
    expect(await exited).toBe(2);
    expect(standardError()).toMatch(/^The image of detect has Lambda extensions, got telemetry;[^\n]*\n$/);
    expect(stage.states.polls.opened).toBe(0);
  },
);

test("an API that only Lambda has is named when the function asks for it", async () => {
  stage.start();
  await stage.states.report(stage.states.give({ does: "extension" }));
  expect(await stage.worker.line("LambdaApiRefused")).toMatchObject({
    path: "/2020-01-01/extension/register",
  });
});

test("SIGKILL of one function process: its task fails with Runtime.ExitError within a second, the others go on", async () => {
  stage.start({ slots: 4 });
  const tokens = Array.from({ length: 4 }, () => stage.states.give({ does: "wait", value: 1_500 }));
  await stage.states.until(() => stage.states.polls.opened === 4 && stage.states.polls.open === 0);
  const { pid } = await stage.worker.line("FunctionInitialised");
  const killedMs = Date.now();
  process.kill(Number(pid), "SIGKILL");
  await stage.states.until(() => stage.states.reports.length > 0);
  expect(Date.now() - killedMs).toBeLessThan(1_000);
  expect(stage.states.reports[0]).toMatchObject({ kind: "failure", error: "Runtime.ExitError" });
  await Promise.all(tokens.map((token) => stage.states.report(token)));
  expect(stage.states.reports.filter(({ kind }) => kind === "success")).toHaveLength(3);
});
