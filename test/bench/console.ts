/**
 * How fast the console is, in headless Chromium on real workers, and what it costs the local cloud: the load of
 * `bench -- local` with the console open and a page's feed attached, and without, by turns.
 */
import { get } from "node:http";
import { chromium } from "playwright-core";
import { createCaller, type Caller } from "./local/caller";
import { MACHINES } from "./local/declared";
import { runActivityTasks } from "./local/activity-load";
import { runExecutions, runMap } from "./local/execution-load";
import { startLocalServer, type LocalServer } from "./local/server-process";
import { measurePage } from "./console/page";
import { startPool } from "./console/pool";

const ROUNDS = 3;
const EXECUTIONS = 10_000;
const TASKS = 4_000;
const ITEMS = 10_000;
const WARM_UP = 2_000;
const CHROMIUM = "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function bench(): Promise<Record<string, unknown>> {
  return { ...(await pageFigures()), cost: await costFigures() };
}

async function pageFigures(): Promise<Record<string, unknown>> {
  const pool = await startPool();
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  try {
    return await measurePage(browser, pool);
  } finally {
    await browser.close();
    await pool.close();
  }
}

interface Figures {
  readonly executionsPerSecond: number[];
  readonly activityTasksPerSecond: number[];
  readonly map10000Seconds: number[];
  /** Processor time of the local cloud for all three: hardly touched by what else the machine does. */
  readonly serverCpuSeconds: number[];
}

/** Medians of `ROUNDS` rounds each; the console's share of them as a ratio. */
async function costFigures(): Promise<Record<string, unknown>> {
  const server = await startLocalServer();
  const caller = createCaller(server);
  const without = noFigures();
  const within = noFigures();
  try {
    await runExecutions(caller, MACHINES.pass, WARM_UP);
    for (let round = 1; round <= ROUNDS; round += 1) {
      await runLoad(server, caller, without);
      const stop = await attach(await server.openConsole());
      await runLoad(server, caller, within);
      stop();
      await server.closeConsole();
      process.stderr.write(`round ${String(round)}: ${JSON.stringify({ without, with: within })}\n`);
    }
  } finally {
    await caller.close();
    await server.close();
  }
  return Object.fromEntries(
    (Object.keys(without) as (keyof Figures)[]).map((name) => {
      const [one, other] = [median(without[name]), median(within[name])];
      return [name, { without: rounded(one), with: rounded(other), ratio: rounded(other / one) }];
    }),
  );
}

function noFigures(): Figures {
  return { executionsPerSecond: [], activityTasksPerSecond: [], map10000Seconds: [], serverCpuSeconds: [] };
}

async function runLoad(server: LocalServer, caller: Caller, figures: Figures): Promise<void> {
  const before = await server.cpuSeconds();
  figures.executionsPerSecond.push(EXECUTIONS / (await runExecutions(caller, MACHINES.pass, EXECUTIONS)));
  figures.activityTasksPerSecond.push(TASKS / (await runActivityTasks(caller, TASKS)));
  figures.map10000Seconds.push(await runMap(caller, MACHINES.map, ITEMS));
  figures.serverCpuSeconds.push((await server.cpuSeconds()) - before);
}

/** A page that looks at the pools, without a browser that would take its share of the processor. */
function attach(url: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const request = get(`${url}feed?pools`, (response) => {
      response.resume();
      resolve(() => {
        request.destroy();
      });
    });
    request.once("error", reject);
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
