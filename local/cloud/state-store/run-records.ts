/** Where the logs of the runs lie that have had the state, so that what happened in one can be read in another. */
import type { Documents } from "./documents";

/** One run, by the instant at which it began. */
export interface RunLogs {
  readonly startedMs: number;
  readonly logDirectory: string;
}

export interface RunRecords {
  /** Oldest first. */
  all(): readonly RunLogs[];
  begin(run: RunLogs): void;
}

const RUN = "run";
/** As many directories of runs are kept: see run-directory.ts. */
const KEPT_RUNS = 20;

export function createRunRecords({ documents, keep }: Pick<Documents, "documents" | "keep">): RunRecords {
  const runs = documents(RUN).map(({ value }) => value as unknown as RunLogs);
  return {
    all: () => [...runs],
    begin(run) {
      runs.push(run);
      keep(RUN, String(run.startedMs), { ...run });
      for (const { startedMs } of runs.splice(0, runs.length - KEPT_RUNS)) keep(RUN, String(startedMs), null);
    },
  };
}
