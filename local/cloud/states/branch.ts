/** One thread of an execution: the whole of it, an iteration of a Map, or a branch of a Parallel. */
import { setMaxListeners } from "node:events";
import type { Json } from "../../graph";
import type { Principal } from "../access";
import type { Clock } from "../clock";
import type { Outcome } from "../../../worker/outcome";
import type { Activities } from "./activities/activities";
import type { JsonObject, State, StateGraph } from "./definition/asl";
import type { AssumeRole } from "./assume-role";
import type { Checkpoint } from "./executions/checkpoint";
import type { Execution, Plan } from "./executions/execution";
import type { Details, History } from "./executions/history";
import type { Integrations } from "./integrations/integrations";
import {
  isEvent,
  type BranchPath,
  type KeptEvent,
  type KeptNote,
  type Memo,
  type Note,
} from "./executions/journal";
import type { MapRuns } from "./maps/map-runs";
import type { ObjectStore } from "./maps/object-store";
import { Aborted, type Failure } from "./state-error";
import type { TaskTokens } from "./activities/task-tokens";
import type { Variables } from "./expressions/variables";

/** What states reach beyond their own data. */
export interface Surroundings {
  readonly clock: Clock;
  /** In [0, 1): jitter and States.MathRandom. */
  readonly random: () => number;
  readonly region: string;
  readonly accountId: string;
  readonly activities: Pick<Activities, "find" | "schedule">;
  /** The state machine that runs: owner of its callbacks' tokens. */
  readonly machineArn: string;
  /** The state machine's role, in whose name services are called. */
  readonly caller: Principal;
  readonly tokens: Pick<TaskTokens, "open">;
  readonly integrations: Integrations;
  readonly mapRuns: Pick<MapRuns, "add" | "ended" | "find" | "isRunning">;
  /** Where distributed Maps read items and write results. */
  readonly objects: ObjectStore;
  /** The execution that runs. */
  readonly execution: Pick<Execution, "arn" | "target">;
  /** Starts an execution of its own for a child of a distributed Map. */
  readonly startChild: (plan: Plan) => ChildExecution;
  /** After a restart: the children that a Map Run has started, by the index of their input. */
  readonly childrenOf: (mapRunArn: string) => ReadonlyMap<number, ChildExecution>;
  /** Calls a Lambda function, under the state machine's role unless `as` says another; logs name the call by `requestId`. */
  readonly invoke: (
    functionArn: string,
    payload: string,
    signal: AbortSignal,
    how: { readonly as?: Principal; readonly requestId: string },
  ) => Promise<Outcome>;
  readonly assumeRole: AssumeRole;
}

/** A child execution, as the Map that started it sees it. */
export interface ChildExecution {
  readonly execution: Execution;
  /** Resolves when it has ended, or the signal aborts. */
  ended(signal: AbortSignal): Promise<void>;
  stop(failure: Failure): void;
}

export type BranchEnd =
  | { readonly kind: "succeeded"; readonly output: Json }
  | { readonly kind: "failed"; readonly failure: Failure };

/** Runs a graph of states to its end; given to the states that hold graphs themselves. */
export type RunGraph = (branch: Branch, graph: StateGraph, input: Json) => Promise<BranchEnd>;

export interface Branch {
  readonly surroundings: Surroundings;
  readonly history: History;
  readonly path: BranchPath;
  /** Where it stands, kept for a redrive. */
  readonly checkpoint: Checkpoint;
  /**
   * After a restart: what the state that runs had left behind. It does the same again, and takes these in place of writing
   * them anew, until none is left. Null otherwise.
   */
  left: (KeptEvent | KeptNote)[] | null;
  /** The context object without `State`. */
  readonly context: JsonObject;
  readonly variables: Variables;
  /** Aborts when nobody wants this branch's end any more. */
  readonly signal: AbortSignal;
  /** The event that the next one follows. */
  previousEventId: number;
  /** The type of the state that runs; null between states. */
  running: State["Type"] | null;
  /** The JSON text of the value last written: a state's output is the next one's input. */
  lastText: { readonly value: Json; readonly text: string } | null;
}

/** Writes an event and makes it the one that the next follows. */
export function appendEvent(branch: Branch, type: string, details?: Details, memo?: Memo): void {
  branch.previousEventId = appendAside(branch, type, details, memo);
}

/** Writes an event that the next one does not follow, as AWS does where branches end. */
export function appendAside(branch: Branch, type: string, details?: Details, memo?: Memo): number {
  if (branch.signal.aborted) throw new Aborted();
  if (branch.left !== null) return takeEvent(branch, type).event.id;
  const { history, path, previousEventId } = branch;
  return history.append(type, previousEventId, details, { path, memo });
}

/** Notes what no event tells. */
export function note(branch: Branch, what: Note): void {
  branch.history.note(branch.path, what);
}

/** The event that the state wrote next before a restart; null when it is not of this type, or there is none. */
export function writtenNext(branch: Branch, type: string): KeptEvent | null {
  const next = branch.left?.[0];
  return next !== undefined && isEvent(next) && next.event.type === type ? next : null;
}

/** The note that the state made next before a restart, taken; null when it made none of this kind. */
export function takeNote<K extends Note["kind"]>(branch: Branch, kind: K): Extract<Note, { kind: K }> | null {
  const next = branch.left?.[0];
  if (next === undefined || isEvent(next) || next.note.kind !== kind) return null;
  takeNext(branch);
  return next.note as Extract<Note, { kind: K }>;
}

/** When the last of the heartbeats came that were noted next; `startMs` when there is none. */
export function takeHeartbeats(branch: Branch, startMs: number): number {
  let lastMs = startMs;
  for (let beat = takeNote(branch, "heartbeat"); beat !== null; beat = takeNote(branch, "heartbeat"))
    lastMs = beat.timeMs;
  return lastMs;
}

/** Leaves out what the state wrote next, as long as it is of these types. */
export function passOver(branch: Branch, types: RegExp): void {
  for (;;) {
    const next = branch.left?.[0];
    if (next === undefined || !isEvent(next) || !types.test(next.event.type)) return;
    takeNext(branch);
  }
}

function takeEvent(branch: Branch, type: string): KeptEvent {
  const next = branch.left?.[0];
  if (next === undefined || !isEvent(next) || next.event.type !== type) {
    const found = next === undefined ? "nothing" : isEvent(next) ? next.event.type : `a ${next.note.kind}`;
    throw new Error(`what was kept has ${found} where the execution comes to ${type}`);
  }
  takeNext(branch);
  return next;
}

function takeNext(branch: Branch): void {
  branch.left?.shift();
  if (branch.left?.length === 0) branch.left = null;
}

/** A branch of `parent` that has `context`, and variables, of its own besides. */
export function fork(
  parent: Branch,
  signal: AbortSignal,
  context: JsonObject,
  checkpoint: Checkpoint,
  index: number,
): Branch {
  return {
    ...parent,
    path: `${parent.path}/${String(index)}`,
    signal,
    context: { ...parent.context, ...context },
    checkpoint,
    left: null,
    variables: checkpoint.variables,
    running: null,
  };
}

export function textOf(branch: Branch, value: Json): string {
  if (branch.lastText === null || branch.lastText.value !== value) {
    branch.lastText = { value, text: JSON.stringify(value) };
  }
  return branch.lastText.text;
}

/** A signal that many waits may listen to at once without Node taking that for a leak. */
export function manyListeners(signal: AbortSignal): AbortSignal {
  setMaxListeners(0, signal);
  return signal;
}
