/** What happens to a pool in a simulation, told before it begins: tasks, faults of the metrics, start-up. */

/** Tasks by the time of their scheduling; the lists belong together. */
export interface Tasks {
  /** Seconds from the start, ascending. */
  readonly scheduledSeconds: Float64Array;
  readonly runSeconds: Float64Array;
  readonly fates: Uint8Array;
  /** The execution is stopped then: a task that still waits is dropped, without a metric. Infinity: never. */
  readonly abortedSeconds: Float64Array;
}

/** What becomes of a task's first attempt. Whatever does not succeed is scheduled again, and succeeds then. */
export const FATE = { succeeds: 0, fails: 1, hangs: 2 } as const;

/** Bins of the metrics that begin in this span are lost, or are visible only when it has ended. */
export interface Outage {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly kind: "lost" | "late";
}

export interface Faults {
  /** A bin is visible so long after its end. */
  readonly delaySeconds: readonly [least: number, most: number];
  /** All metrics of a bin at once, or each for itself. */
  readonly isTogether: boolean;
  /** Share of the points that never come. */
  readonly lost: number;
  /** Share of the points that count twice. */
  readonly doubled: number;
  readonly outages: readonly Outage[];
}

export interface PoolPhysics {
  readonly slots: number;
  readonly minWorkers: number;
  readonly maxWorkers: number;
  readonly startUpSeconds: readonly [least: number, most: number];
  /** Fargate starts so many workers at once, then so many a second; null: without a limit. */
  readonly launches: { readonly burst: number; readonly perSecond: number } | null;
  /** An instance stays, and is paid, so long after its worker has left; a worker that lands on it starts in `warmSeconds`. */
  readonly linger: { readonly seconds: number; readonly warmSeconds: readonly [number, number] } | null;
  readonly heartbeatSeconds: number;
  readonly isProtected: boolean;
}

export interface Workload {
  readonly name: string;
  readonly tasks: Tasks;
  readonly pool: PoolPhysics;
  readonly faults: Faults;
  /** When the arrivals end. */
  readonly endSeconds: number;
  /** A tick each minute from this second on: which part of a minute it is decides how long a visible metric waits for it. */
  readonly firstTickSeconds: number;
}

export const FARGATE: PoolPhysics = {
  slots: 1,
  minWorkers: 0,
  maxWorkers: 2000,
  startUpSeconds: [30, 60],
  launches: { burst: 100, perSecond: 20 },
  linger: null,
  heartbeatSeconds: 120,
  isProtected: true,
};

export const GPU: PoolPhysics = { ...FARGATE, maxWorkers: 100, startUpSeconds: [180, 360], launches: null };

export const USUAL_FAULTS: Faults = {
  delaySeconds: [60, 120],
  isTogether: true,
  lost: 0,
  doubled: 0,
  outages: [],
};

/** One task, while a workload is put together. */
export interface Task {
  readonly at: number;
  readonly run: number;
  readonly fate?: number;
  readonly aborted?: number;
}

export function tasksOf(list: readonly Task[]): Tasks {
  const sorted = list.toSorted((a, b) => a.at - b.at);
  return {
    scheduledSeconds: Float64Array.from(sorted, ({ at }) => at),
    runSeconds: Float64Array.from(sorted, ({ run }) => run),
    fates: Uint8Array.from(sorted, ({ fate }) => fate ?? FATE.succeeds),
    abortedSeconds: Float64Array.from(sorted, ({ aborted }) => aborted ?? Number.POSITIVE_INFINITY),
  };
}
