/**
 * What the worker costs beside what its parts cost bare: floor and worker in turns, in one run. CPU is user and system
 * time of the server's process for each task, never of the function's.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { workerEnvironment } from "../../worker/settings";
import { freshProcess } from "./worker/fresh-process";
import { EVENT } from "./worker/event";
import { cpuMicros, rssMiB, start, startPlain } from "./worker/process";
import { median, settle } from "./worker/statistics";

const ROUNDS = 5;
/** Until V8 has compiled what is hot, or for so long: on a busy machine time alone says little. */
const WARM_TASKS = 3_000;
const WARM_MS = 6_000;
const WINDOW_MS = 2_000;
const SLOTS = 8;
const ACTIVITY_ARN = "arn:aws:states:eu-central-1:123456789012:activity:echo";
const here = join(__dirname, "worker");
const client = resolve(__dirname, "../../local/runtime-client/main.mjs");

/** Figures of one window: tasks a second, and the server's CPU for each. */
interface Window {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

/** Set for the programs that the bench has bundled. */
interface Programs {
  readonly worker: string;
  readonly cannedWorker: string;
  readonly bareSdk: string;
}

export async function bench(): Promise<Record<string, unknown>> {
  const directory = mkdtempSync(join(tmpdir(), "loveless-bench-"));
  try {
    return await measure(await bundle(directory));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function measure(programs: Programs): Promise<Record<string, unknown>> {
  const windows = { floor1: [], worker1: [], floor8: [], worker8: [], states8: [], sdk8: [] } as Record<
    string,
    Window[]
  >;
  for (let round = 1; round <= ROUNDS; round += 1) {
    process.stderr.write(`round ${String(round)}/${String(ROUNDS)}\n`);
    windows["floor1"]?.push(await floor(1));
    windows["worker1"]?.push(await cannedWorker(programs, 1));
    windows["floor8"]?.push(await floor(SLOTS));
    windows["worker8"]?.push(await cannedWorker(programs, SLOTS));
    windows["states8"]?.push(await overStates((port) => workerOn(programs, port, SLOTS)));
    windows["sdk8"]?.push(await overStates((port) => bareSdk(programs, port)));
  }
  const of = (name: string): Window => ({
    perSecond: median((windows[name] ?? []).map(({ perSecond }) => perSecond)),
    cpuMicros: median((windows[name] ?? []).map((window) => window.cpuMicros)),
  });
  // Each round's own pair: what else the machine did meanwhile is in both.
  const paired = (name: string, other: string, figure: (one: Window, two: Window) => number): number =>
    median((windows[name] ?? []).map((one, round) => figure(one, windows[other]?.[round] ?? one)));
  const ratio = (one: Window, two: Window): number => one.perSecond / two.perSecond;
  const added = (one: Window, two: Window): number => one.cpuMicros - two.cpuMicros;
  const compared = (count: 1 | 8): object => ({
    floorPerSecond: Math.round(of(`floor${String(count)}`).perSecond),
    workerPerSecond: Math.round(of(`worker${String(count)}`).perSecond),
    ratio: round2(paired(`worker${String(count)}`, `floor${String(count)}`, ratio)),
    addedCpuMicros: Math.round(paired(`worker${String(count)}`, `floor${String(count)}`, added)),
  });
  process.stderr.write("fresh processes\n");
  const fresh = await freshProcess(client, here);
  process.stderr.write("idle, and ten thousand tasks\n");
  return {
    n1: compared(1),
    n8: compared(8),
    sfnCpuMicrosPerTask: Math.round(paired("states8", "worker8", added)),
    sfnSdkFloorMicros: Math.round(of("sdk8").cpuMicros),
    sfnRatio: round2(paired("states8", "worker8", added) / of("sdk8").cpuMicros),
    freshProcess: fresh,
    ...(await overTime(programs)),
    peers: { "step-function-worker": await peer() },
  };
}

/** The bare server with as many clients. */
async function floor(clients: number): Promise<Window> {
  const server = await start(join(here, "floor-server.mjs"), [], { EVENT });
  const functions = Array.from({ length: clients }, () =>
    startPlain(
      client,
      {
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${String(server.port)}`,
        LAMBDA_TASK_ROOT: here,
        _HANDLER: "echo.handler",
      },
      ["echo.handler"],
    ),
  );
  try {
    return await windowOf(server.pid, () => server.ask());
  } finally {
    await Promise.all(functions.map((each) => each.end()));
    await server.end();
  }
}

async function cannedWorker(programs: Programs, slots: number): Promise<Window> {
  const worker = await start(programs.cannedWorker, [], { ...settings(slots), EVENT });
  try {
    return await windowOf(worker.pid, () => worker.ask());
  } finally {
    await worker.end();
  }
}

interface Served {
  readonly pid: number;
  end(): Promise<void>;
}

/** Tasks without end from the bare Step Functions server; the CPU is that of what `serve` starts. */
async function overStates(serve: (port: number) => Served | Promise<Served>): Promise<Window> {
  const states = await start(join(here, "states-server.mjs"), [], { EVENT });
  await states.ask({ tasks: 10_000_000, waitMs: null });
  const served = await serve(states.port);
  try {
    return await windowOf(served.pid, () => states.ask());
  } finally {
    await served.end();
    await states.end();
  }
}

function workerOn(programs: Programs, port: number, slots: number): Served {
  const worker = startPlain(programs.worker, { ...settings(slots), ...endpoint(port) });
  return { pid: worker.pid, end: worker.end };
}

function bareSdk(programs: Programs, port: number): Promise<Served> {
  return start(programs.bareSdk, [String(SLOTS)], endpoint(port));
}

async function windowOf(pid: number, tasks: () => Promise<number>): Promise<Window> {
  await settle(async () => (await tasks()) > 0);
  const warmUntilMs = performance.now() + WARM_MS;
  await settle(async () => (await tasks()) >= WARM_TASKS || performance.now() > warmUntilMs);
  const [tasksBefore, cpuBefore, startMs] = [await tasks(), cpuMicros(pid), performance.now()];
  await pauseFor(WINDOW_MS);
  const [tasksAfter, cpuAfter, endMs] = [await tasks(), cpuMicros(pid), performance.now()];
  const done = tasksAfter - tasksBefore;
  return { perSecond: (done * 1000) / (endMs - startMs), cpuMicros: (cpuAfter - cpuBefore) / done };
}

/** Idle memory, then that after 1,000 and after 10,000 tasks of 0 to 50 ms. */
async function overTime(programs: Programs): Promise<Record<string, unknown>> {
  const states = await start(join(here, "states-server.mjs"), [], { EVENT });
  const worker = workerOn(programs, states.port, SLOTS);
  const reach = async (count: number): Promise<number> => {
    let outcomes = 0;
    await settle(async () => (outcomes = await states.ask()) >= count, 240_000);
    return outcomes;
  };
  try {
    await pauseFor(2_000);
    const idle = rssMiB(worker.pid);
    await states.ask({ tasks: 10_000, waitMs: 50 });
    await reach(1_000);
    const early = rssMiB(worker.pid);
    const outcomes = await reach(10_000);
    // What would come twice comes soon.
    await pauseFor(1_000);
    const late = rssMiB(worker.pid);
    return {
      rssMiB: round2(idle),
      tenThousand: {
        outcomes: Math.max(outcomes, await states.ask()),
        rssGrowthRatio: round2(late / early),
        rssMiBAfter1000: round2(early),
        rssMiBAfter10000: round2(late),
      },
    };
  } finally {
    await worker.end();
    await states.end();
  }
}

/** Null where npm can't install it. */
async function peer(): Promise<{ readonly perSecond: number } | null> {
  const folder = join(__dirname, "peers/step-function-worker");
  try {
    if (!existsSync(join(folder, "node_modules")))
      await promisify(execFile)("npm", ["ci", "--ignore-scripts"], { cwd: folder });
  } catch (error) {
    process.stderr.write(`step-function-worker can't be installed: ${(error as Error).message}\n`);
    return null;
  }
  const { perSecond } = await overStates((port) => startPlain(join(folder, "worker.mjs"), endpoint(port)));
  return { perSecond: Math.round(perSecond) };
}

async function bundle(directory: string): Promise<Programs> {
  const bundled = async (source: string, name: string): Promise<string> => {
    const outfile = join(directory, name);
    await build({
      entryPoints: [source],
      outfile,
      bundle: true,
      platform: "node",
      format: "cjs",
      target: "node22",
      logLevel: "warning",
    });
    return outfile;
  };
  return {
    worker: await bundled(resolve(__dirname, "../../worker/main.ts"), "worker.js"),
    cannedWorker: await bundled(join(here, "canned-worker.ts"), "canned-worker.js"),
    bareSdk: await bundled(join(here, "bare-sdk.ts"), "bare-sdk.js"),
  };
}

function settings(slots: number): Record<string, string> {
  return {
    LAMBDA_TASK_ROOT: here,
    ...workerEnvironment({
      activityArn: ACTIVITY_ARN,
      functionName: "echo",
      entryPoint: [process.execPath, client],
      command: ["echo.handler"],
      slots,
      memoryMib: 512,
      timeoutSeconds: 60,
      heartbeatSeconds: 30,
      stopTimeoutSeconds: 30,
    }),
  };
}

function endpoint(port: number): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${String(port)}`,
    AWS_ACCESS_KEY_ID: "key",
    AWS_SECRET_ACCESS_KEY: "secret",
  };
}

function pauseFor(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
