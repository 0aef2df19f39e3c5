/**
 * How fast the local cloud is, and how much memory it takes: Step Functions in a process of its own, identities on and IAM
 * strict, load from this process by bare keep-alive HTTP.
 */
import { startLocalServer } from "./local/server-process";
import { runActivityTasks } from "./local/activity-load";
import { runExecutions, runMap } from "./local/execution-load";
import { createCaller } from "./local/caller";
import { secondsToFirstTask } from "./local/first-task";
import { MACHINES } from "./local/declared";

const ROUNDS = 3;
const EXECUTIONS = 20_000;
const JSONATA_EXECUTIONS = 5_000;
const TASKS = 4_000;
const ITEMS = 10_000;
const WARM_UP = 2_000;

/** Medians of `ROUNDS` rounds in one server; memory after the first 20,000 executions, as the goal says. */
export async function bench(): Promise<Record<string, unknown>> {
  const server = await startLocalServer();
  const caller = createCaller(server);
  const figures = {
    executions: [] as number[],
    jsonata: [] as number[],
    tasks: [] as number[],
    map: [] as number[],
  };
  let rssMiB: number | null = null;
  try {
    await runExecutions(caller, MACHINES.pass, WARM_UP);
    await runExecutions(caller, MACHINES.jsonata, WARM_UP);
    for (let round = 1; round <= ROUNDS; round += 1) {
      figures.executions.push(EXECUTIONS / (await runExecutions(caller, MACHINES.pass, EXECUTIONS)));
      rssMiB ??= await server.rssMiB();
      figures.jsonata.push(
        JSONATA_EXECUTIONS / (await runExecutions(caller, MACHINES.jsonata, JSONATA_EXECUTIONS)),
      );
      figures.tasks.push(TASKS / (await runActivityTasks(caller, TASKS)));
      figures.map.push(await runMap(caller, MACHINES.map, ITEMS));
      process.stderr.write(`round ${String(round)}: ${JSON.stringify(last(figures))}\n`);
    }
  } finally {
    await caller.close();
    await server.close();
  }
  return {
    executionsPerSecond: Math.round(median(figures.executions)),
    activityTasksPerSecond: Math.round(median(figures.tasks)),
    jsonataExecutionsPerSecond: Math.round(median(figures.jsonata)),
    map10000Seconds: rounded(median(figures.map)),
    rssMiB: rssMiB === null ? null : Math.round(rssMiB),
    startToFirstTaskSeconds: rounded(await secondsToFirstTask()),
  };
}

function last(figures: Readonly<Record<string, readonly number[]>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(figures).map(([name, values]) => [name, rounded(values.at(-1) ?? 0)]),
  );
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
