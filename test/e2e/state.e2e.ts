/** What happens when the whole of `npm start -- --state DIR` is killed, again and again: it goes on, and nothing is lost. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { seededRandom } from "../../local/cloud/faults/random";
import { openState } from "../../local/cloud/state-store/state";
import type { HistoryEvent } from "../../local/cloud/states/executions/history";
import type { RunReport } from "../../local/start/report";
import { historyProblems } from "../local/state/history-problems";
import { lastLine, npmRun } from "./command";

const ROOT = resolve(__dirname, "../..");
const HUBBLE_OBJECTS = 584;
const KILLS = 20;
const SEED = 8;
/** 872 rows and 1000 columns in tiles of 64. */
const TILES = 14 * 16;
const FLAGS = ["--once", "--json", "--tile-size", "64"];
/** Said when the execution has begun, or goes on. */
const RUNS = /Split 0\/1|going on with execution/;
/** A life ends when it has written so many objects at most: each tile is one, and so is what was found in it. */
const MOST_OBJECTS = 60;
/** Or when it has written none for so long: a merge would take longer to find a worker. */
const LONGEST_PAUSE_MS = 800;
const LOOK_EVERY_MS = 5;
/** Three minutes on a machine that has nothing else to do. */
const TIMEOUT_MS = 20 * 60_000;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "loveless-state-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

test(
  `killed ${String(KILLS)} times at random, the sample workflow goes on from where it was, and ends`,
  async () => {
    const random = seededRandom(SEED, "kills");
    let bringUpMs = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const begin = performance.now();
      const { process: child, runs } = start();
      // The first is killed when its execution has begun, so that each of the others strikes while it runs.
      if (kill === 0 || random() < 0.5) {
        await runs;
        bringUpMs = Math.max(bringUpMs, performance.now() - begin);
        await progress(random() * MOST_OBJECTS, random() * LONGEST_PAUSE_MS);
      } else await delay(random() * bringUpMs);
      child.kill("SIGKILL");
      await once(child, "exit");
      expect(statuses()).toEqual(["RUNNING"]);
    }
    const ended = await npmRun("start", ...FLAGS, "--state", directory).ended;
    expect(lastLine(ended) as RunReport).toMatchObject({
      executions: { started: 1, succeeded: 1, failed: 0 },
      objects: HUBBLE_OBJECTS,
      leftoverProcesses: 0,
    });
    expect(ended.stderr).toContain("going on with execution");
    expect(ended.exitCode).toBe(0);
    expect(statuses()).toEqual(["SUCCEEDED"]);
    const [events = []] = histories();
    expect(historyProblems(events)).toEqual([]);
    expect(succeededInputs(events).size).toBe(TILES);
  },
  TIMEOUT_MS,
);

test(
  "a directory that a living process uses is refused in one line, with exit code 2",
  async () => {
    const { process: child, runs } = start();
    await runs;
    const ended = await npmRun("start", ...FLAGS, "--state", directory).ended;
    expect(lastLine(ended)).toMatchObject({
      error: {
        name: "StateUnusable",
        cause: `The state in ${directory} is in use by the process ${String(child.pid)}; end that, or choose another --state.`,
      },
    });
    expect(ended.exitCode).toBe(2);
    child.kill("SIGKILL");
    await once(child, "exit");
  },
  TIMEOUT_MS,
);

/** Node itself, so that the signal hits what runs the cloud, and neither npm nor a shell. */
function start(): { process: ChildProcess; runs: Promise<void> } {
  const args = ["--disable-warning=ExperimentalWarning", "--import", "tsx", "local/start.ts"];
  const child = spawn(process.execPath, [...args, ...FLAGS, "--state", directory], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, INIT_CWD: ROOT },
  });
  let said = "";
  const runs = new Promise<void>((heard, failed) => {
    child.stderr.on("data", (chunk) => {
      said += String(chunk);
      if (RUNS.test(said)) heard();
    });
    child.once("exit", () => {
      failed(new Error(`It ended before its execution ran:\n${said}`));
    });
  });
  // Killed before, nobody waits for it.
  runs.catch(() => undefined);
  return { process: child, runs };
}

/** Until so many objects more are written, or none for so long. */
async function progress(objects: number, pauseMs: number): Promise<void> {
  const begin = objectCount();
  let last = begin;
  let lastMs = performance.now();
  while (last - begin < objects && performance.now() - lastMs < pauseMs) {
    await delay(LOOK_EVERY_MS);
    const now = objectCount();
    if (now > last) lastMs = performance.now();
    last = now;
  }
}

function objectCount(): number {
  const folder = join(directory, "objects");
  return existsSync(folder) ? readdirSync(folder, { recursive: true }).length : 0;
}

/** Of each execution that the directory keeps; nobody else has it open. */
function histories(): readonly (readonly HistoryEvent[])[] {
  const state = openState({
    directory,
    stack: "dev",
    now: Date.now,
    onFailure(error) {
      throw error;
    },
  });
  try {
    return state.states
      .executions()
      .map(({ entries }) => entries.flatMap((entry) => ("event" in entry ? entry.event : [])));
  } finally {
    state.close();
  }
}

function statuses(): readonly string[] {
  return histories().map((events) => {
    const last = events.at(-1)?.type ?? "";
    return /^Execution(Succeeded|Failed|TimedOut|Aborted)$/.test(last)
      ? last.slice("Execution".length).toUpperCase()
      : "RUNNING";
  });
}

/** The input of each task of Detect that succeeded. Throws when one did twice. */
function succeededInputs(events: readonly HistoryEvent[]): ReadonlySet<string> {
  const inputs = new Set<string>();
  for (const event of events) {
    if (event.type !== "TaskStateExited" || event.details?.["name"] !== "Detect") continue;
    let task: HistoryEvent | undefined = event;
    while (task !== undefined && task.type !== "LambdaFunctionScheduled")
      task = events[task.previousEventId - 1];
    const input = String(task?.details?.["input"]);
    if (inputs.has(input)) throw new Error(`Detect succeeded twice with ${input}.`);
    inputs.add(input);
  }
  return inputs;
}
