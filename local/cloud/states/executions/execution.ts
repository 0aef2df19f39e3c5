/** One execution: what it was started with, where it stands, and how it ended. */
import type { Definition } from "../definition/asl";
import type { Checkpoint } from "./checkpoint";
import type { EventLog, History } from "./history";
import type { Target } from "../machines/machines";
import type { Failure } from "../state-error";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** What an execution is started with. */
export interface Plan {
  readonly arn: string;
  readonly name: string;
  readonly target: Target;
  /** JSON text, as given. */
  readonly input: string;
  /** The state machine's, or a part of it for a child of a distributed Map. */
  readonly definition: Definition;
  readonly type: "STANDARD" | "EXPRESS";
  /** The Map Run whose child it is. */
  readonly mapRunArn: string | null;
  /** And which of the Map Run's inputs it has. */
  readonly mapIndex: number | null;
}

export interface Execution extends Plan {
  /** By which it is kept; they grow. */
  readonly number: number;
  readonly startedMs: number;
  readonly log: EventLog;
  /** Where a redrive goes on; null once it succeeded. */
  checkpoint: Checkpoint | null;
  status: ExecutionStatus;
  /** Null while it runs. */
  endedMs: number | null;
  /** JSON text; null unless it succeeded. */
  output: string | null;
  failure: Failure | null;
  redriveCount: number;
  /** Of the last redrive. */
  redrivenMs: number | null;
  /** The client token of the last redrive. */
  redriveToken: string | null;
  /** While it runs: what writes its history, what ends it, and who waits for its end. */
  live: {
    readonly history: History;
    readonly abort: AbortController;
    readonly onEnded: (() => void)[];
  } | null;
}

/** One that has begun, with nothing in its history yet. */
export function newExecution(plan: Plan, number: number, startedMs: number): Execution {
  return {
    arn: plan.arn,
    name: plan.name,
    target: plan.target,
    input: plan.input,
    definition: plan.definition,
    type: plan.type,
    mapRunArn: plan.mapRunArn,
    mapIndex: plan.mapIndex,
    number,
    startedMs,
    log: { events: [], characters: 0, logKeys: new Map() },
    checkpoint: null,
    status: "RUNNING",
    endedMs: null,
    output: null,
    failure: null,
    redriveCount: 0,
    redrivenMs: null,
    redriveToken: null,
    live: null,
  };
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html */
const REDRIVABLE_MS = 14 * 24 * 3600 * 1000;
/** A redrive needs room for its own event and for the one that ends the execution. */
const REDRIVABLE_EVENTS = 24_999;

/** Why an execution can't be redriven, in AWS's words; null when it can. */
export function redriveObstacle(execution: Execution, nowMs: number): string | null {
  const { status, endedMs, log } = execution;
  if (status === "RUNNING" || status === "SUCCEEDED") return `Execution is ${status} and cannot be redriven`;
  if (nowMs - (endedMs ?? nowMs) > REDRIVABLE_MS) return "Execution redrivable period exceeded";
  return log.events.length >= REDRIVABLE_EVENTS ? "Execution history event limit exceeded" : null;
}
