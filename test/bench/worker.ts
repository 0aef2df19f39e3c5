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
  inTurns,
  overStates,
  pauseFor,
  workerOn,
  type Programs,
  type Side,
  type Window,
} from "./worker/windows";

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
  process.stderr.write("one slot\n");
  const one = await beside(await floor(client, 1), await cannedWorker(programs, client, 1));
  process.stderr.write(`${String(SLOTS)} slots\n`);
  const eight = await beside(await floor(client, SLOTS), await cannedWorker(programs, client, SLOTS));
  process.stderr.write("calls to Step Functions\n");
  const calls = await statesCalls(programs, client);
  process.stderr.write("fresh processes\n");
  const fresh = await freshProcess(client, here);
  process.stderr.write("idle, and ten thousand tasks\n");
  return {
    n1: one,
    n8: eight,
    ...calls,
    freshProcess: fresh,
    ...(await overTime(programs, client)),
    peers: { "step-function-worker": await peer() },
  };
}

/** The worker beside its floor. Each turn has its own pair: what else the machine did meanwhile is in both. */
async function beside(bare: Side, worker: Side): Promise<Record<string, number>> {
  const [floors = [], workers = []] = await inTurns([bare, worker]);
  return {
    floorPerSecond: Math.round(median(floors.map(({ perSecond }) => perSecond))),
    workerPerSecond: Math.round(median(workers.map(({ perSecond }) => perSecond))),
    ratio: round2(paired(workers, floors, (one, other) => one.perSecond / other.perSecond)),
    addedCpuMicros: Math.round(paired(workers, floors, (one, other) => one.cpuMicros - other.cpuMicros)),
  };
}

/** What the worker's calls cost: itself over HTTP less itself without, against the same calls by the SDK alone. */
async function statesCalls(programs: Programs, client: Client): Promise<Record<string, number>> {
  const [whole = [], without = [], bare = []] = await inTurns([
    await overStates(SLOTS, (port) => workerOn(programs, client, port, SLOTS)),
    await cannedWorker(programs, client, SLOTS),
    await overStates(SLOTS, (port) => bareSdk(programs, port, SLOTS)),
  ]);
  const calls = paired(whole, without, (one, other) => one.cpuMicros - other.cpuMicros);
  const sdk = median(bare.map(({ cpuMicros }) => cpuMicros));
  return {
    sfnCpuMicrosPerTask: Math.round(calls),
    sfnSdkFloorMicros: Math.round(sdk),
    sfnRatio: round2(calls / sdk),
  };
}

function paired(
  some: readonly Window[],
  others: readonly Window[],
  figure: (one: Window, other: Window) => number,
): number {
  return median(some.map((one, turn) => figure(one, others[turn] ?? one)));
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
  const [turns = []] = await inTurns([
    await overStates(SLOTS, (port) =>
      startPlain([process.execPath, join(folder, "worker.mjs")], endpoint(port)),
    ),
  ]);
  return { perSecond: Math.round(median(turns.map(({ perSecond }) => perSecond))) };
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
