/** One thread of an execution: the whole of it, an iteration of a Map, or a branch of a Parallel. */
import { setMaxListeners } from "node:events";
import type { Json } from "../../graph";
import type { Clock } from "../clock";
import type { Outcome } from "../../../worker/outcome";
import type { Activities } from "./activities";
import type { JsonObject, State, StateGraph } from "./asl";
import type { Details, History } from "./history";
import { Aborted, type Failure } from "./state-error";

/** What states reach beyond their own data. */
export interface Surroundings {
  readonly clock: Clock;
  /** In [0, 1): jitter and States.MathRandom. */
  readonly random: () => number;
  readonly region: string;
  readonly accountId: string;
  readonly activities: Pick<Activities, "find" | "schedule">;
  /** Calls a Lambda function under the state machine's role. */
  readonly invoke: (functionArn: string, payload: string, signal: AbortSignal) => Promise<Outcome>;
}

export type BranchEnd =
  | { readonly kind: "succeeded"; readonly output: Json }
  | { readonly kind: "failed"; readonly failure: Failure };

/** Runs a graph of states to its end; given to the states that hold graphs themselves. */
export type RunGraph = (branch: Branch, graph: StateGraph, input: Json) => Promise<BranchEnd>;

export interface Branch {
  readonly surroundings: Surroundings;
  readonly history: History;
  /** The context object without `State`. */
  readonly context: JsonObject;
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
export function appendEvent(branch: Branch, type: string, details?: Details): void {
  branch.previousEventId = appendAside(branch, type, details);
}

/** Writes an event that the next one does not follow, as AWS does where branches end. */
export function appendAside(branch: Branch, type: string, details?: Details): number {
  if (branch.signal.aborted) throw new Aborted();
  return branch.history.append(type, branch.previousEventId, details);
}

/** A branch of `parent` that follows `previousEventId` and has `context` of its own besides. */
export function fork(parent: Branch, signal: AbortSignal, context: JsonObject): Branch {
  return { ...parent, signal, context: { ...parent.context, ...context }, running: null };
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
