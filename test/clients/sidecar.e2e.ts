/**
 * A worker beside its function, as in an ECS task of two containers: each real client is a process that the worker did not
 * start, with its own entry point and the variables that the blueprint gives such a container.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { sidecarContainers } from "../../components/pools/sidecar-worker";
import { stageWorkers } from "../worker/stage";
import { ACTIVITY_ARN } from "../worker/worker-process";
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

const stage = stageWorkers();
let beside: ChildProcess;
// After the stage's own, which ends the worker.
afterEach(async () => {
  const gone = isGone(beside) ? null : once(beside, "exit");
  beside.kill("SIGKILL");
  await gone;
}, 15_000);

/** The worker first, then the function once the worker serves: as `dependsOn` has it. */
async function start(client: Client, stopTimeoutSeconds = 30): Promise<void> {
  const settings = {
    activityArn: ACTIVITY_ARN,
    functionName: "detect",
    entryPoint: client.entryPoint(stage.directory),
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
  stage.start({ ...settings, sidecarPort: 0 });
  const { address } = await stage.worker.line("RuntimeApiServed");
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

for (const client of clients) {
  const here = client.lacks === undefined;
  const title = here ? client.name : `${client.name} (skipped: ${client.lacks ?? ""})`;
  (here ? describe : describe.skip)(`${title}, beside its worker`, () => {
    beforeAll(() => {
      client.build?.(stage.directory);
    });

    test(`runs ${String(TASKS)} tasks, one after the other, and answers each with its own output`, async () => {
      await start(client);
      const values = Array.from({ length: TASKS }, (_task, value) => value);
      const tokens = values.map((value) => stage.states.give({ does: "echo", value }));
      const outputs = await Promise.all(
        tokens.map(async (token) => (await stage.states.report(token)).output),
      );
      expect(outputs.map((output) => (JSON.parse(output ?? "") as { value: number }).value)).toEqual(values);
      expect(isGone(beside)).toBe(false);
    });

    test("tells an error by its name, and goes on", async () => {
      await start(client);
      const row = client.rows.find(({ input }) => JSON.stringify(input) === '{"does":"throw"}');
      expect(await stage.states.report(stage.states.give({ does: "throw" }))).toMatchObject(
        row?.expected ?? {},
      );
      expect(await stage.states.report(stage.states.give({ does: "echo" }))).toMatchObject({
        kind: "success",
      });
    });

    test("ends with its task: the worker, stopped by ECS for it, fails that task for a retry", async () => {
      await start(client, 2);
      const token = stage.states.give(CRASH[client.handler] ?? {});
      await stage.worker.line("TaskStarted");
      if (!isGone(beside)) await once(beside, "exit");
      expect(await stage.stop()).toBe(0);
      expect(await stage.states.report(token)).toMatchObject({ error: "Lambda.ServiceException" });
      expect(stage.states.reports).toHaveLength(1);
    });

    test("finishes the task that it has while its worker drains", async () => {
      await start(client);
      const token = stage.states.give({ does: "wait", value: 500 });
      await stage.worker.line("TaskStarted");
      expect(await stage.stop()).toBe(0);
      expect(await stage.states.report(token)).toMatchObject({ kind: "success" });
      expect(stage.states.polls.aborted).toBe(0);
    });
  });
}
