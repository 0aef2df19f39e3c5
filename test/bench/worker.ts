/**
 * What the worker costs beside what its parts cost bare: floor and worker in turns, in one run. CPU is user and system
 * time of the server's process for each task, never of the function's.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { localClient, officialClient, type Client } from "./worker/client";
import { EVENT } from "./worker/event";
import { freshProcess } from "./worker/fresh-process";
import { rssMiB, start, startPlain } from "./worker/process";
import { median, settle } from "./worker/statistics";
import {
  bareSdk,
  bundle,
  cannedWorker,
  endpoint,
  floor,
  overStates,
  pauseFor,
  workerOn,
  type Programs,
  type Window,
} from "./worker/windows";

const ROUNDS = 5;
const SLOTS = 8;
const here = join(__dirname, "worker");

export async function bench(): Promise<Record<string, unknown>> {
  const directory = mkdtempSync(join(tmpdir(), "loveless-bench-"));
  const client = officialClient() ?? localClient;
  if (client === localClient)
    process.stderr.write(
      "Lambda's own client is not installed (npm ci --prefix test/clients): floor and worker run local/runtime-client\n",
    );
  try {
    return { client: client.name, ...(await measure(await bundle(directory), client)) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function measure(programs: Programs, client: Client): Promise<Record<string, unknown>> {
  const windows = { floor1: [], worker1: [], floor8: [], worker8: [], states8: [], sdk8: [] } as Record<
    string,
    Window[]
  >;
  for (let round = 1; round <= ROUNDS; round += 1) {
    process.stderr.write(`round ${String(round)}/${String(ROUNDS)}\n`);
    windows["floor1"]?.push(await floor(client, 1));
    windows["worker1"]?.push(await cannedWorker(programs, client, 1));
    windows["floor8"]?.push(await floor(client, SLOTS));
    windows["worker8"]?.push(await cannedWorker(programs, client, SLOTS));
    windows["states8"]?.push(await overStates(SLOTS, (port) => workerOn(programs, client, port, SLOTS)));
    windows["sdk8"]?.push(await overStates(SLOTS, (port) => bareSdk(programs, port, SLOTS)));
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
    ...(await overTime(programs, client)),
    peers: { "step-function-worker": await peer() },
  };
}

/** Idle memory, then that after 1,000 and after 10,000 tasks of 0 to 50 ms. */
async function overTime(programs: Programs, client: Client): Promise<Record<string, unknown>> {
  const states = await start(join(here, "states-server.mjs"), [], { EVENT });
  const worker = workerOn(programs, client, states.port, SLOTS);
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
  const { perSecond } = await overStates(SLOTS, (port) =>
    startPlain([process.execPath, join(folder, "worker.mjs")], endpoint(port)),
  );
  return { perSecond: Math.round(perSecond) };
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
