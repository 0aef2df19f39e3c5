/** Map Runs: what the API tells and changes of a distributed Map while its children run, and after. */
import { ServiceError } from "../service";

/** Of items, or of child executions. */
export interface Counts {
  pending: number;
  running: number;
  succeeded: number;
  failed: number;
  timedOut: number;
  aborted: number;
  total: number;
  resultsWritten: number;
}

export interface MapRun {
  /** `…:mapRun:MACHINE/LABEL:UUID`. */
  readonly arn: string;
  /** Of the parent. */
  readonly executionArn: string;
  /** `…:stateMachine:MACHINE/LABEL`: what the children are executions of. */
  readonly stateMachineArn: string;
  readonly startedMs: number;
  /** Null while it runs. */
  stoppedMs: number | null;
  status: "RUNNING" | "SUCCEEDED" | "FAILED" | "ABORTED";
  /** These can be changed while it runs; 0 is no bound. */
  maxConcurrency: number;
  toleratedFailureCount: number;
  toleratedFailurePercentage: number;
  readonly itemCounts: Counts;
  readonly executionCounts: Counts;
  redriveCount: number;
  redrivenMs: number | null;
  /** Hears of a change of the bounds. */
  onUpdated: () => void;
}

export interface MapRuns {
  add(run: MapRun): void;
  /** Throws ResourceNotFound. */
  find(arn: string): MapRun;
  /** Latest first. */
  ofExecution(executionArn: string): readonly MapRun[];
}

/** Map Runs that have ended are forgotten, oldest first, beyond this many. */
const KEPT = 1_000;

export function createMapRuns(): MapRuns {
  const runs = new Map<string, MapRun>();
  return {
    add(run) {
      runs.set(run.arn, run);
      if (runs.size <= KEPT) return;
      for (const old of runs.values()) {
        if (old.stoppedMs === null) continue;
        runs.delete(old.arn);
        break;
      }
    },
    find(arn) {
      const run = runs.get(arn);
      if (run !== undefined) return run;
      throw new ServiceError("ResourceNotFound", `Resource not found: '${arn}'`);
    },
    ofExecution: (executionArn) =>
      [...runs.values()].filter((run) => run.executionArn === executionArn).reverse(),
  };
}

export function newCounts(total = 0): Counts {
  return {
    pending: total,
    running: 0,
    succeeded: 0,
    failed: 0,
    timedOut: 0,
    aborted: 0,
    total,
    resultsWritten: 0,
  };
}
