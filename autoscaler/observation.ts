/** What the autoscaler knows at an instant. Absence is said in words: unknown is never zero (D7). */

/** One bin of an activity's metrics. Null is "no point": nothing happened, or it is not visible yet. */
export interface Bin {
  /** Milliseconds since the epoch; a multiple of the bin's length. */
  readonly startMs: number;
  readonly scheduled: number | null;
  readonly started: number | null;
  /** Succeeded, failed or timed out. */
  readonly ended: number | null;
  /** Mean time from scheduled to started, of the tasks that started. */
  readonly averageWaitMs: number | null;
  /** From started to ended, of the tasks that ended, together. */
  readonly runTimeMs: number | null;
  /** Running workers, as the tick in this bin counted them. */
  readonly running: number | null;
  /** Desired workers, after the decision of the tick in this bin. */
  readonly desired: number | null;
}

/** Tasks that the log of a state machine said were scheduled: known in seconds, long before the metrics show them. */
export interface SignalledTasks {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly tasks: number;
}

/** Counts of the ECS service. */
export interface Workers {
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
}

/** The newest deployment of the ECS service. */
export interface Deployment {
  /** Milliseconds since the epoch. */
  readonly createdMs: number;
  /** COMPLETED says that the service was steady once, be it without a worker; ECS starts no worker of one that FAILED. */
  readonly state: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  /** Starts that failed in a row; 0 once a worker ran. */
  readonly failedStarts: number;
}

/** A value, or why there is none. */
export type Known<T> =
  { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string };

/** Of one pool. */
export interface PoolObservation {
  /** All bins from the start of the history to now, oldest first, without a gap. */
  readonly bins: Known<readonly Bin[]>;
  readonly workers: Known<Workers>;
  /** Absent where ECS says nothing of it: the pool has no canary then. */
  readonly deployment?: Deployment | undefined;
  /** Of the last minutes, oldest first; empty without the fast signal. */
  readonly signalled: readonly SignalledTasks[];
}

/** By the ARN of the pool's activity. */
export type Observation = ReadonlyMap<string, PoolObservation>;
