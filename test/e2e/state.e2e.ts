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
import type { KeptEvent } from "../../local/cloud/states/executions/journal";
import type { RunReport } from "../../local/start/report";
import { historyProblems } from "../local/state/history-problems";
import { lastLine, npmRun } from "./command";

const ROOT = resolve(__dirname, "../..");
const HUBBLE_OBJECTS = 584;
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
const ANY = /(?:)/;
/** What Detect found in a tile. */
const DONE = /\/r\d+$/;
/** Three minutes on a machine that has nothing else to do. */
const TIMEOUT_MS = 20 * 60_000;

interface Scene {
  readonly stack: string;
  /** How Detect runs there. */
  readonly task: "LambdaFunction" | "Activity";
  /** When each life is killed; the first when its execution has begun, so that each of the others strikes while it runs. */
  readonly kills: readonly ("at work" | "on its way up")[];
  /** How long a life waits until a tile more is done: instances and workers start first where there are any. */
  readonly firstTileMs: number;
}
const chance = seededRandom(SEED, "kills");
const SCENES: readonly Scene[] = [
  {
    stack: "dev",
    task: "LambdaFunction",
    kills: Array.from({ length: 16 }, (_, kill) =>
      kill === 0 || chance() < 0.5 ? "at work" : "on its way up",
    ),
    firstTileMs: 0,
  },
  // What a killed worker held is missed for 30 seconds, its heartbeat; the last kill strikes meanwhile.
  {
    stack: "prod",
    task: "Activity",
    kills: ["at work", "at work", "at work", "on its way up"],
    firstTileMs: 60_000,
  },
];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "loveless-state-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

test.each(SCENES)(
  "killed $kills.length times, the sample workflow of $stack goes on from where it was, and ends",
  async ({ stack, task, kills, firstTileMs }) => {
    const random = seededRandom(SEED, stack);
    let bringUpMs = 0;
    for (const moment of kills) {
      const begin = performance.now();
      const { process: child, runs } = start(stack);
      if (moment === "at work") {
        await runs;
        bringUpMs = Math.max(bringUpMs, performance.now() - begin);
        await tileMore(firstTileMs);
        await progress(random() * MOST_OBJECTS, random() * LONGEST_PAUSE_MS);
      } else {
        // On a machine that is less loaded by now it may be up before that.
        await Promise.race([runs, delay(random() * bringUpMs)]);
      }
      child.kill("SIGKILL");
      await once(child, "exit");
      expect(statuses(stack)).toEqual(["RUNNING"]);
    }
    const ended = await npmRun("start", "--stack", stack, ...FLAGS, "--state", directory).ended;
    expect(lastLine(ended) as RunReport).toMatchObject({
      executions: { started: 1, succeeded: 1, failed: 0 },
      objects: HUBBLE_OBJECTS,
      leftoverProcesses: 0,
    });
    expect(ended.stderr).toContain("going on with execution");
    expect(ended.exitCode).toBe(0);
    expect(statuses(stack)).toEqual(["SUCCEEDED"]);
    const [entries = []] = journals(stack);
    const events = entries.map(({ event }) => event);
    expect(historyProblems(events)).toEqual([]);
    expect(succeededInputs(events, task).size).toBe(TILES);
    // Whoever began a task can be found in the logs, in whichever life that was.
    const started = entries.filter(({ event }) => event.type === "ActivityStarted");
    for (const { memo } of started) expect(memo?.worker).toMatch(/^[0-9a-f]{32}$/);
    // Some were killed with what they held, and that was done again.
    const missed = events.filter(({ type }) => type === "ActivityTimedOut").length;
    if (task === "Activity") expect(missed).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  "a directory that a living process uses is refused in one line, with exit code 2",
  async () => {
    const { process: child, runs } = start("dev");
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
function start(stack: string): { process: ChildProcess; runs: Promise<void> } {
  const args = ["--disable-warning=ExperimentalWarning", "--import", "tsx", "local/start.ts"];
  const child = spawn(process.execPath, [...args, "--stack", stack, ...FLAGS, "--state", directory], {
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

/** Until one tile more is done by a worker, or for so long. */
async function tileMore(longestMs: number): Promise<void> {
  const begin = performance.now();
  const before = objectsNamed(DONE);
  while (objectsNamed(DONE) === before && performance.now() - begin < longestMs) await delay(LOOK_EVERY_MS);
}

/** Until so many objects more are written, or none for so long. */
async function progress(objects: number, pauseMs: number): Promise<void> {
  const begin = objectsNamed(ANY);
  let last = begin;
  let lastMs = performance.now();
  while (last - begin < objects && performance.now() - lastMs < pauseMs) {
    await delay(LOOK_EVERY_MS);
    const now = objectsNamed(ANY);
    if (now > last) lastMs = performance.now();
    last = now;
  }
}

function objectsNamed(name: RegExp): number {
  const folder = join(directory, "objects");
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true }).filter((each) => name.test(String(each))).length;
}

/** The events of each execution that the directory keeps, with what is kept besides; nobody else has it open. */
function journals(stack: string): readonly (readonly KeptEvent[])[] {
  const state = openState({
    directory,
    stack,
    now: Date.now,
    onFailure(error) {
      throw error;
    },
  });
  try {
    return state.states
      .executions()
      .map(({ entries }) => entries.flatMap((entry) => ("event" in entry ? entry : [])));
  } finally {
    state.close();
  }
}

function statuses(stack: string): readonly string[] {
  return journals(stack).map((entries) => {
    const last = entries.at(-1)?.event.type ?? "";
    return /^Execution(Succeeded|Failed|TimedOut|Aborted)$/.test(last)
      ? last.slice("Execution".length).toUpperCase()
      : "RUNNING";
  });
}

/** The input of each task of Detect that succeeded. Throws when one did twice. */
function succeededInputs(events: readonly HistoryEvent[], kind: Scene["task"]): ReadonlySet<string> {
  const inputs = new Set<string>();
  for (const event of events) {
    if (event.type !== "TaskStateExited" || event.details?.["name"] !== "Detect") continue;
    let task: HistoryEvent | undefined = event;
    while (task !== undefined && task.type !== `${kind}Scheduled`) task = events[task.previousEventId - 1];
    const input = String(task?.details?.["input"]);
    if (inputs.has(input)) throw new Error(`Detect succeeded twice with ${input}.`);
    inputs.add(input);
  }
  return inputs;
}
