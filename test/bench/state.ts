/** What `--state` costs: the load of `bench -- local` on a local cloud that keeps everything, and on one that keeps nothing, by turns. */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runActivityTasks } from "./local/activity-load";
import { createCaller } from "./local/caller";
import { MACHINES } from "./local/declared";
import { runExecutions, runMap } from "./local/execution-load";
import { startLocalServer } from "./local/server-process";

const ROUNDS = 3;
const EXECUTIONS = 10_000;
const TASKS = 4_000;
const ITEMS = 10_000;
const WARM_UP = 2_000;

type Figure = "executionsPerSecond" | "activityTasksPerSecond" | "map10000Seconds" | "startSeconds";
type Figures = Record<Figure, number>;

/** Medians. `startSeconds` is from the process to its endpoint: with state, on the directory that the load has left. */
export async function bench(): Promise<Record<string, unknown>> {
  const without: Figures[] = [];
  const kept: Figures[] = [];
  const sizesMiB: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    without.push(await measure());
    const directory = mkdtempSync(join(tmpdir(), "loveless-bench-state-"));
    try {
      const loaded = await measure(directory);
      sizesMiB.push(sizeOf(directory) / 1024 / 1024);
      kept.push({ ...loaded, startSeconds: await secondsToStart(directory) });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
    process.stderr.write(`round ${String(round)}: ${JSON.stringify([without.at(-1), kept.at(-1)])}\n`);
  }
  return { without: medians(without), withState: medians(kept), directoryMiB: rounded(median(sizesMiB)) };
}

async function measure(directory?: string): Promise<Figures> {
  const begin = performance.now();
  const server = await startLocalServer(directory);
  const startSeconds = (performance.now() - begin) / 1000;
  const caller = createCaller(server);
  try {
    await runExecutions(caller, MACHINES.pass, WARM_UP);
    return {
      executionsPerSecond: EXECUTIONS / (await runExecutions(caller, MACHINES.pass, EXECUTIONS)),
      activityTasksPerSecond: TASKS / (await runActivityTasks(caller, TASKS)),
      map10000Seconds: await runMap(caller, MACHINES.map, ITEMS),
      startSeconds,
    };
  } finally {
    await caller.close();
    await server.close();
  }
}

async function secondsToStart(directory: string): Promise<number> {
  const begin = performance.now();
  const server = await startLocalServer(directory);
  const seconds = (performance.now() - begin) / 1000;
  await server.close();
  return seconds;
}

function sizeOf(directory: string): number {
  return readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}

function medians(rounds: readonly Figures[]): Figures {
  const of = (figure: Figure): number => rounded(median(rounds.map((each) => each[figure])));
  return {
    executionsPerSecond: Math.round(of("executionsPerSecond")),
    activityTasksPerSecond: Math.round(of("activityTasksPerSecond")),
    map10000Seconds: of("map10000Seconds"),
    startSeconds: of("startSeconds"),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
