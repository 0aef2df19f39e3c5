/** Map Runs: what the API tells and changes of a distributed Map while its children run, and after. */
import { createHash } from "node:crypto";
import type { Json } from "../../../graph";
import { ServiceError } from "../../service";
import type { MapState } from "../definition/asl";
import type { StatesStore } from "../executions/journal";

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

type KeptRun = Omit<MapRun, "onUpdated">;

export interface MapRuns {
  add(run: MapRun): void;
  isRunning(arn: string): boolean;
  /** Throws ResourceNotFound. */
  find(arn: string): MapRun;
  /** Latest first. */
  ofExecution(executionArn: string): readonly MapRun[];
  /** To be told when its bounds were changed, and when it ended. */
  changed(run: MapRun): void;
  ended(run: MapRun): void;
}

/** Map Runs that have ended are forgotten, oldest first, beyond this many. */
const KEPT = 1_000;

/** `onEnded` hears of the end of each. */
export function createMapRuns(store: StatesStore | null, onEnded: (run: MapRun) => void): MapRuns {
  const runs = new Map<string, MapRun>();
  for (const { key, value } of store?.documents("map-run") ?? [])
    runs.set(key, { ...(value as unknown as KeptRun), onUpdated: () => undefined });

  function keep({ onUpdated: _, ...run }: MapRun): void {
    store?.keep("map-run", run.arn, run as unknown as Json);
  }

  return {
    add(run) {
      runs.set(run.arn, run);
      keep(run);
      if (runs.size <= KEPT) return;
      for (const old of runs.values()) {
        if (old.stoppedMs === null) continue;
        runs.delete(old.arn);
        store?.keep("map-run", old.arn, null);
        break;
      }
    },
    isRunning: (arn) => runs.get(arn)?.status === "RUNNING",
    changed: keep,
    ended(run) {
      keep(run);
      onEnded(run);
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

/** AWS makes one up where a Map has none; this one is the same in every run. */
export function labelOfMap({ Label: label }: MapState, machineArn: string, name: string): string {
  if (label !== undefined) return label;
  const hex = createHash("sha256").update(`${machineArn} ${name}`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    "-",
  );
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
