/** What the console's server and its page say to each other: types alone, for both sides. Times are Unix milliseconds. */

import type { ExecutionNow } from "./execution-messages";

export const STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"] as const;
export type Status = (typeof STATUSES)[number];

/** The first word on each connection: what does not change while the local cloud lives. */
export interface Hello {
  /** Another one: another local cloud has come at this address. */
  readonly runId: string;
  readonly stack: string;
  readonly region: string;
  readonly endpoint: string;
  readonly minuteSeconds: number;
  readonly iamMode: "report" | "strict";
  readonly machines: readonly MachineChoice[];
}

/** What an execution can be started by. */
export interface MachineChoice {
  /** Of the alias, where there is one. */
  readonly arn: string;
  readonly name: string;
  /** JSON text that the form begins with. */
  readonly input: string;
}

/** What every view shows. */
export interface Counts {
  readonly executions: Readonly<Record<Status, number>>;
  /** Children of distributed Maps, apart. */
  readonly children: Readonly<Record<Status, number>>;
  /** Rises with each change of an execution's status. */
  readonly revision: number;
  readonly workers: number;
  readonly refused: number;
  readonly faults: number;
}

export interface WorkerNow {
  readonly id: string;
  readonly pid: number | null;
  readonly state: "pending" | "running" | "stopping";
  readonly placement: string;
  readonly isSpot: boolean;
  readonly isProtected: boolean;
  readonly slots: number;
  /** 0 while it is pending. */
  readonly startedMs: number;
  readonly tasks: readonly TaskNow[];
  /** Name of its log file. */
  readonly log: string;
}

/** A task that a worker holds. */
export interface TaskNow {
  readonly taskId: string;
  readonly executionArn: string;
  /** Null when its execution is forgotten. */
  readonly state: string | null;
  /** Of the innermost Map iteration; null outside of one. */
  readonly iteration: number | null;
  readonly startedMs: number;
}

export interface PoolNow {
  readonly activityArn: string;
  readonly name: string;
  readonly placements: readonly string[];
  readonly gpu: boolean;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  readonly backlog: number;
  readonly inFlight: number;
  readonly slots: number;
  /** Since when the oldest task of the backlog waits; null: none does. */
  readonly oldestMs: number | null;
  /** Median of the newest tasks' waits; null: there were none. */
  readonly waitMs: number | null;
  readonly workers: readonly WorkerNow[];
}

export interface Pools {
  readonly atMs: number;
  readonly pools: readonly PoolNow[];
}

/** One measurement of a pool. */
export interface Sample {
  readonly atMs: number;
  /** By the activity's ARN: backlog, in flight, desired, running, wait of the oldest in seconds. */
  readonly pools: Readonly<Record<string, PoolSample>>;
}
export type PoolSample = readonly [
  backlog: number,
  inFlight: number,
  desired: number,
  running: number,
  waitSeconds: number,
];

export interface LogName {
  readonly file: string;
  /** Of the function, and where it runs, such as `detect on ec2`. */
  readonly of: string;
  /** Of the worker; null for a function on Lambda, whose execution environments share a file. */
  readonly worker: string | null;
  readonly bytes: number;
  readonly changedMs: number;
  /** Null: the worker has ended, or it is none. */
  readonly workerState: WorkerNow["state"] | null;
}
export interface LogLine {
  readonly timeMs: number | null;
  readonly taskId: string | null;
  readonly event: string;
  /** The rest: fields, or what the function printed. */
  readonly text: string;
}
export interface LogPart {
  /** Bytes that stand before these lines and were left out. */
  readonly skippedBytes: number;
  /** Where the next part begins. */
  readonly nextOffset: number;
  /** What has not been read yet. */
  readonly restBytes: number;
  readonly lines: readonly LogLine[];
}

export interface GrantUse {
  readonly action: string;
  readonly resource: string;
  readonly use: "used" | "unused" | "excused";
  /** Why nothing uses it here; null unless excused. */
  readonly reason: string | null;
  /** The actions that a wildcard was needed for. */
  readonly usedActions: readonly string[];
}
export interface RoleUse {
  readonly role: string;
  readonly arn: string;
  readonly calls: number;
  readonly grants: readonly GrantUse[];
}
export interface Refusal {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly count: number;
  readonly message: string;
}
export interface IamUse {
  readonly mode: "report" | "strict";
  readonly roles: readonly RoleUse[];
  readonly refused: readonly Refusal[];
}

export interface FaultNow {
  readonly kind: string;
  /** As the command line names it; null: whatever the kind can hit. */
  readonly service: string | null;
  /** A share from 0 to 1, or milliseconds. */
  readonly amount: number;
}
export interface FaultsNow {
  readonly faults: readonly FaultNow[];
  /** How often each kind has struck. */
  readonly struck: Readonly<Record<string, number>>;
  readonly kinds: readonly FaultKindFacts[];
  readonly services: readonly string[];
}
export interface FaultKindFacts {
  readonly kind: string;
  readonly unit: "share" | "ms";
  /** It may be narrowed to one service. */
  readonly perService: boolean;
}

/** The events of the feed, by name. */
export interface FeedEvents {
  readonly hello: Hello;
  readonly counts: Counts;
  readonly pools: Pools;
  readonly samples: readonly Sample[];
  readonly execution: ExecutionNow;
  /** The execution that was asked for is forgotten, or never was. */
  readonly unknown: { readonly arn: string };
  readonly faults: FaultsNow;
}

/** What an action answers: nothing but success, or one sentence for people. */
export interface Refused {
  readonly error: string;
}
export interface Started {
  readonly executionArn: string;
}
