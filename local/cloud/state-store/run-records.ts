/** The logs of the runs that have had the state: kept in its directory, so that what happened in one can be read in another. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Documents } from "./documents";

/** One run, by the instant at which it began. */
export interface RunLogs {
  readonly startedMs: number;
  readonly logDirectory: string;
}

export interface RunRecords {
  /** Oldest first. */
  all(): readonly RunLogs[];
  /** Gives the place of a new run's logs; those of the oldest runs make room. */
  begin(startedMs: number): RunLogs;
}

const RUN = "run";
const KEPT_RUNS = 20;

/** `directory` is that of the state. */
export function createRunRecords(
  directory: string,
  { documents, keep }: Pick<Documents, "documents" | "keep">,
): RunRecords {
  const logsOf = (startedMs: number): RunLogs => ({
    startedMs,
    logDirectory: join(directory, "logs", String(startedMs)),
  });
  const runs = documents(RUN).map(({ key }) => logsOf(Number(key)));
  return {
    all: () => [...runs],
    begin(startedMs) {
      const run = logsOf(startedMs);
      runs.push(run);
      keep(RUN, String(startedMs), true);
      for (const oldest of runs.splice(0, runs.length - KEPT_RUNS)) {
        rmSync(oldest.logDirectory, { recursive: true, force: true });
        keep(RUN, String(oldest.startedMs), null);
      }
      return run;
    },
  };
}
