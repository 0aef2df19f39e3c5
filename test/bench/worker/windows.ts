/**
 * The bench's sides: a server, its clients, its tasks and its CPU. Sides are measured in short turns, the others stopped
 * meanwhile, so that what else the machine does in these seconds meets them all.
 */
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { workerEnvironment } from "../../../worker/settings";
import { clientEnvironment, type Client } from "./client";
import { EVENT } from "./event";
import { cpuMicros, start, startPlain } from "./process";
import { settle } from "./statistics";

/** Of each client, until V8 has compiled what is hot on both sides; or for so long, where tasks take longer. */
const WARM_TASKS = 3_000;
const WARM_MS = 10_000;
const TURNS = 24;
const TURN_MS = 500;
/** A side that goes on first takes up what had come when it was stopped. */
const SETTLE_MS = 50;
const ACTIVITY_ARN = "arn:aws:states:eu-central-1:123456789012:activity:echo";

/** Figures of one turn, or medians of many. CPU is user and system time of the server, for each task, never of the function's. */
export interface Window {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

/** One server, warm or not, with all that calls it. */
export interface Side {
  /** Of the server, whose CPU counts; all else waits while it is stopped. */
  readonly pid: number;
  /** So far. */
  tasks(): Promise<number>;
  readonly clients: number;
  end(): Promise<void>;
}

/** What the bench has bundled. */
export interface Programs {
  readonly worker: string;
  readonly cannedWorker: string;
  readonly bareSdk: string;
}

/** A program whose CPU counts. */
export interface Served {
  readonly pid: number;
  end(): Promise<void>;
}

/** The bare server with as many clients. */
export async function floor(client: Client, clients: number): Promise<Side> {
  const server = await start(join(__dirname, "floor-server.mjs"), [], { EVENT });
  const functions = Array.from({ length: clients }, () =>
    startPlain([...client.command, "echo.handler"], clientEnvironment(server.port, __dirname), {
      ownSession: true,
    }),
  );
  return {
    pid: server.pid,
    tasks: () => server.ask(),
    clients,
    async end() {
      await Promise.all(functions.map((each) => each.end()));
      await server.end();
    },
  };
}

/** The worker as it is, but for Step Functions. */
export async function cannedWorker(programs: Programs, client: Client, slots: number): Promise<Side> {
  const worker = await start(programs.cannedWorker, [], { ...settings(client, slots), EVENT });
  return { pid: worker.pid, tasks: () => worker.ask(), clients: slots, end: () => worker.end() };
}

/** Tasks without end from the bare Step Functions server; the CPU is that of what `serve` starts. */
export async function overStates(
  loops: number,
  serve: (port: number) => Served | Promise<Served>,
): Promise<Side> {
  const states = await start(join(__dirname, "states-server.mjs"), [], { EVENT });
  await states.ask({ tasks: 100_000_000, waitMs: null });
  const served = await serve(states.port);
  return {
    pid: served.pid,
    tasks: () => states.ask(),
    clients: loops,
    async end() {
      await served.end();
      await states.end();
    },
  };
}

/** The worker, as it is deployed. */
export function workerOn(programs: Programs, client: Client, port: number, slots: number): Served {
  return startPlain([process.execPath, programs.worker], { ...settings(client, slots), ...endpoint(port) });
}

/** The same calls by the SDK alone, as many loops as slots. */
export function bareSdk(programs: Programs, port: number, loops: number): Promise<Served> {
  return start(programs.bareSdk, [String(loops)], endpoint(port));
}

/** The turns of each side, in order; ends the sides. Those of one index are of the same seconds. */
export async function inTurns(sides: readonly Side[]): Promise<readonly (readonly Window[])[]> {
  const windows = sides.map((): Window[] => []);
  try {
    for (const side of sides) {
      await warm(side);
      process.kill(side.pid, "SIGSTOP");
    }
    for (let turn = 0; turn < TURNS; turn += 1)
      for (const [at, side] of sides.entries()) windows[at]?.push(await turnOf(side));
    return windows;
  } finally {
    for (const { pid } of sides) process.kill(pid, "SIGCONT");
    await Promise.all(sides.map((side) => side.end()));
  }
}

async function warm({ tasks, clients }: Side): Promise<void> {
  await settle(async () => (await tasks()) > 0);
  const untilMs = performance.now() + WARM_MS;
  await settle(async () => (await tasks()) >= WARM_TASKS * clients || performance.now() > untilMs);
}

async function turnOf({ pid, tasks }: Side): Promise<Window> {
  process.kill(pid, "SIGCONT");
  await pauseFor(SETTLE_MS);
  const [tasksBefore, cpuBefore, startMs] = [await tasks(), cpuMicros(pid), performance.now()];
  await pauseFor(TURN_MS);
  const [tasksAfter, cpuAfter, endMs] = [await tasks(), cpuMicros(pid), performance.now()];
  process.kill(pid, "SIGSTOP");
  const done = tasksAfter - tasksBefore;
  return { perSecond: (done * 1000) / (endMs - startMs), cpuMicros: (cpuAfter - cpuBefore) / done };
}

/** Each into one file, as the worker's image has it. */
export async function bundle(directory: string): Promise<Programs> {
  const bundled = async (source: string, name: string): Promise<string> => {
    const outfile = join(directory, name);
    await build({
      entryPoints: [source],
      outfile,
      bundle: true,
      platform: "node",
      format: "cjs",
      target: "node24",
      logLevel: "warning",
    });
    return outfile;
  };
  return {
    worker: await bundled(resolve(__dirname, "../../../worker/main.ts"), "worker.js"),
    cannedWorker: await bundled(join(__dirname, "canned-worker.ts"), "canned-worker.js"),
    bareSdk: await bundled(join(__dirname, "bare-sdk.ts"), "bare-sdk.js"),
  };
}

function settings(client: Client, slots: number): Record<string, string> {
  return {
    LAMBDA_TASK_ROOT: __dirname,
    ...workerEnvironment({
      activityArn: ACTIVITY_ARN,
      functionName: "echo",
      entryPoint: client.command,
      command: ["echo.handler"],
      slots,
      memoryMib: 512,
      timeoutSeconds: 60,
      heartbeatSeconds: 30,
      stopTimeoutSeconds: 30,
    }),
  };
}

/** Step Functions is at this port. */
export function endpoint(port: number): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${String(port)}`,
    AWS_ACCESS_KEY_ID: "key",
    AWS_SECRET_ACCESS_KEY: "secret",
  };
}

export function pauseFor(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
