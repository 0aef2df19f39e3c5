/** What the console says of executions: types alone, for the server and the page. Times are Unix milliseconds. */
import type { Status } from "./messages";

export interface ExecutionRow {
  readonly arn: string;
  readonly name: string;
  readonly machine: string;
  readonly status: Status;
  readonly startedMs: number;
  /** Null while it runs. */
  readonly endedMs: number | null;
}

export interface ExecutionPage {
  readonly revision: number;
  /** Of all that match. */
  readonly total: number;
  readonly rows: readonly ExecutionRow[];
}

export type VisitStatus = "running" | "succeeded" | "failed" | "aborted";

/** How often a state was visited, by how the visits stand. */
export interface StateNow {
  readonly visits: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly aborted: number;
  /** Attempts that failed, whether they were tried again or not. */
  readonly failedAttempts: number;
  /** Of Maps: all items, and those that are done; null for other states. */
  readonly items: { readonly total: number; readonly done: number } | null;
}

export interface ExecutionNow {
  readonly arn: string;
  readonly name: string;
  readonly machine: string;
  readonly status: Status;
  readonly startedMs: number;
  readonly endedMs: number | null;
  readonly events: number;
  readonly error: string | null;
  readonly cause: string | null;
  readonly states: Readonly<Record<string, StateNow>>;
}

/** What does not change of an execution. */
export interface ExecutionPlan {
  readonly arn: string;
  readonly input: string;
  readonly output: string | null;
  readonly graph: MachineGraph;
}

export interface MachineGraph {
  readonly start: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}
export interface GraphNode {
  readonly name: string;
  readonly type: string;
  /** What a Task calls; null for other states. */
  readonly calls: string | null;
  /** The item processor of a Map, the branches of a Parallel. */
  readonly inner: readonly MachineGraph[];
}
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: "next" | "choice" | "catch";
  readonly label: string | null;
}

/** One visit of a state. */
export interface Visit {
  /** Indices of the Map iterations around it, outermost first. */
  readonly path: readonly number[];
  readonly status: VisitStatus;
  readonly enteredMs: number;
  readonly exitedMs: number | null;
  readonly failedAttempts: number;
}
export interface VisitPage {
  readonly total: number;
  readonly visits: readonly Visit[];
}
/** What went into a visit, and what came of it. JSON texts; null: there is none, or not yet. */
export interface VisitData extends Visit {
  readonly input: string | null;
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
  /** In their order; none for a state that calls neither an activity nor a function. */
  readonly attempts: readonly Attempt[];
}

/** One attempt of a Task whose worker or function writes a log. */
export interface Attempt {
  /** As logs name it. */
  readonly taskId: string;
  /** Null: nobody has begun it. */
  readonly startedMs: number | null;
  readonly status: VisitStatus;
  /** Where its lines are; null: the log is not there, or not any more. */
  readonly log: LogPlace | null;
}
export interface LogPlace {
  readonly file: string;
  /** Of an earlier run: the instant at which that began. Null: of this run. */
  readonly run: number | null;
}

export interface EventRow {
  readonly id: number;
  readonly type: string;
  readonly previousEventId: number;
  readonly timeMs: number;
  readonly state: string | null;
  readonly iteration: number | null;
  /** JSON text, shortened where it is long; null: the event has none. */
  readonly details: string | null;
}
export interface EventPage {
  readonly total: number;
  readonly events: readonly EventRow[];
}
