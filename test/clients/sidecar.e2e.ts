/**
 * A worker beside its function, as in an ECS task of two containers: each real client is a process that the worker did not
 * start, with its own entry point and the variables that the blueprint gives such a container.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sidecarContainers } from "../../components/pools/sidecar-worker";
import { bundleWorker } from "../../local/cloud/ecs/bundle";
import { startStepFunctions, type FakeStepFunctions } from "../worker/step-functions";
import { ACTIVITY_ARN, startWorker, type WorkerProcess } from "../worker/worker-process";
import { clients, type Client } from "./clients";

/** What of a container definition a process of this machine needs. */
interface Container {
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: readonly { readonly name: string; readonly value: string }[];
}

const TASKS = 20;
/** A task that ends the function's process, for each client by a way of its own. */
const CRASH: Readonly<Record<string, object>> = {
  "index.act": { does: "exit", value: 7 },
  "acts.act": { does: "os-exit", value: 0 },
  handler: { does: "exit" },
  bootstrap: { does: "exit", value: 7 },
};

let directory: string;
let file: string;
let states: FakeStepFunctions;
let worker: WorkerProcess;
let beside: ChildProcess;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "loveless-sidecars-"));
  file = await bundleWorker(directory);
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});
beforeEach(async () => {
  states = await startStepFunctions();
});
afterEach(async () => {
  await stopWorker();
  const gone = isGone(beside) ? null : once(beside, "exit");
  beside.kill("SIGKILL");
  await gone;
  await states.close();
}, 15_000);

/** The worker first, then the function once the worker serves: as `dependsOn` has it. */
async function start(client: Client, stopTimeoutSeconds = 30): Promise<void> {
  const settings = {
    activityArn: ACTIVITY_ARN,
    functionName: "detect",
    entryPoint: client.entryPoint(directory),
    command: [client.handler],
    slots: 1,
    memoryMib: 512,
    timeoutSeconds: 30,
    heartbeatSeconds: 30,
    stopTimeoutSeconds,
  };
  const declared = sidecarContainers({
    workerImageUri: "worker",
    functionImageUri: "function",
    settings,
    environment: {},
    region: "eu-central-1",
    logGroup: "/logs",
    gpu: 0,
  });
  const [, functionContainer] = declared as readonly [object, Container];
  // Its port is 9001 in an ECS task of its own; here the system picks one.
  worker = startWorker(file, states.endpoint, { ...settings, sidecarPort: 0 });
  const { address } = await worker.line("RuntimeApiServed");
  const variables = functionContainer.environment.map(({ name, value }) => [name, value]);
  const [program = "", ...words] = [...functionContainer.entryPoint, ...functionContainer.command];
  beside = spawn(program, words, {
    stdio: "ignore",
    env: {
      PATH: process.env["PATH"],
      ...(Object.fromEntries(variables) as Record<string, string>),
      AWS_LAMBDA_RUNTIME_API: String(address),
      LAMBDA_TASK_ROOT: client.taskRoot,
      // Else Python leaves compiled files beside the functions.
      PYTHONDONTWRITEBYTECODE: "1",
    },
  });
}

function isGone({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Again and again: a poll may have been on its way when the worker was told. */
async function stopWorker(): Promise<number | null> {
  worker.signal("SIGTERM");
  const draining = worker.line("WorkerStateChanged", ({ to }) => to === "draining");
  await Promise.race([worker.exited, draining]);
  const answering = setInterval(states.answerPolls, 20);
  const exitCode = await worker.exited;
  clearInterval(answering);
  return exitCode;
}

for (const client of clients) {
  const here = client.lacks === undefined;
  const title = here ? client.name : `${client.name} (skipped: ${client.lacks ?? ""})`;
  (here ? describe : describe.skip)(`${title}, beside its worker`, () => {
    beforeAll(() => {
      client.build?.(directory);
    });

    test(`runs ${String(TASKS)} tasks, one after the other, and answers each with its own output`, async () => {
      await start(client);
      const values = Array.from({ length: TASKS }, (_task, value) => value);
      const tokens = values.map((value) => states.give({ does: "echo", value }));
      const outputs = await Promise.all(tokens.map(async (token) => (await states.report(token)).output));
      expect(outputs.map((output) => (JSON.parse(output ?? "") as { value: number }).value)).toEqual(values);
      expect(isGone(beside)).toBe(false);
    });

    test("tells an error by its name, and goes on", async () => {
      await start(client);
      const row = client.rows.find(({ input }) => JSON.stringify(input) === '{"does":"throw"}');
      expect(await states.report(states.give({ does: "throw" }))).toMatchObject(row?.expected ?? {});
      expect(await states.report(states.give({ does: "echo" }))).toMatchObject({ kind: "success" });
    });

    test("ends with its task: the worker, stopped by ECS for it, fails that task for a retry", async () => {
      await start(client, 2);
      const token = states.give(CRASH[client.handler] ?? {});
      await worker.line("TaskStarted");
      if (!isGone(beside)) await once(beside, "exit");
      expect(await stopWorker()).toBe(0);
      expect(await states.report(token)).toMatchObject({ error: "Lambda.ServiceException" });
      expect(states.reports).toHaveLength(1);
    });

    test("finishes the task that it has while its worker drains", async () => {
      await start(client);
      const token = states.give({ does: "wait", value: 500 });
      await worker.line("TaskStarted");
      expect(await stopWorker()).toBe(0);
      expect(await states.report(token)).toMatchObject({ kind: "success" });
      expect(states.polls.aborted).toBe(0);
    });
  });
}
