/** Where the log of a worker or a function lies: in this run's directory, or in that of a run before it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RunLogs } from "../cloud/state-store/run-records";
import type { Writer } from "./attempts";
import type { LogPlace } from "./execution-messages";
import { logFiles } from "./logs";

/** Null: there is none, or not any more. `runs`: oldest first, this one last. */
export async function findLog(runs: readonly RunLogs[], writer: Writer): Promise<LogPlace | null> {
  const place = (run: RunLogs, file: string): LogPlace => ({
    file,
    run: run === runs.at(-1) ? null : run.startedMs,
  });
  if (writer.kind === "function") {
    const run = runs.findLast(({ startedMs }) => startedMs <= writer.untilMs);
    const file = `lambda-${writer.name}.log`;
    return run !== undefined && existsSync(join(run.logDirectory, file)) ? place(run, file) : null;
  }
  const end = `-${writer.id.slice(0, 8)}.log`;
  for (const run of runs.toReversed()) {
    const file = (await logFiles(run.logDirectory)).find((name) => name.endsWith(end));
    if (file !== undefined) return place(run, file);
  }
  return null;
}

/** Null: no such run is known. */
export function logsOf(runs: readonly RunLogs[], startedMs: number): string | null {
  return runs.find((run) => run.startedMs === startedMs)?.logDirectory ?? null;
}
