/** The Amazon States Language as this interpreter runs it: the shape of a definition that has passed `definition.ts`. */
import type { Json } from "../../graph";

export type JsonObject = { [key: string]: Json };

/** A state machine, a branch of a Parallel, or the item processor of a Map. */
export interface StateGraph {
  readonly StartAt: string;
  readonly States: { readonly [name: string]: State };
}

export interface Definition extends StateGraph {
  readonly Comment?: string;
  readonly TimeoutSeconds?: number;
}

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: "FULL" | "NONE";
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly ResultPath?: string | null;
}

/** Null as a path has a meaning of its own: an empty object for what is read, nowhere for what is written. */
interface Flow {
  readonly Comment?: string;
  readonly InputPath?: string | null;
  readonly OutputPath?: string | null;
}

interface Transition {
  readonly Next?: string;
  readonly End?: true;
}

interface Result {
  readonly Parameters?: Json;
  readonly ResultSelector?: Json;
  readonly ResultPath?: string | null;
}

interface Attempts {
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

export interface TaskState extends Flow, Transition, Result, Attempts {
  readonly Type: "Task";
  readonly Resource: string;
  readonly TimeoutSeconds?: number;
  readonly TimeoutSecondsPath?: string;
  readonly HeartbeatSeconds?: number;
  readonly HeartbeatSecondsPath?: string;
}

export interface PassState extends Flow, Transition, Result {
  readonly Type: "Pass";
  readonly Result?: Json;
}

/** A boolean expression over the input: one operator, or And, Or, Not of others. */
export interface ChoiceRule {
  readonly Next?: string;
  readonly Variable?: string;
  readonly And?: readonly ChoiceRule[];
  readonly Or?: readonly ChoiceRule[];
  readonly Not?: ChoiceRule;
  readonly [operator: string]: unknown;
}

export interface ChoiceState extends Flow {
  readonly Type: "Choice";
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
}

export interface WaitState extends Flow, Transition {
  readonly Type: "Wait";
  readonly Seconds?: number;
  readonly SecondsPath?: string;
  readonly Timestamp?: string;
  readonly TimestampPath?: string;
}

export interface SucceedState extends Flow {
  readonly Type: "Succeed";
}

export interface FailState {
  readonly Type: "Fail";
  readonly Error?: string;
  readonly ErrorPath?: string;
  readonly Cause?: string;
  readonly CausePath?: string;
}

export interface MapState extends Flow, Transition, Result, Attempts {
  readonly Type: "Map";
  readonly ItemsPath?: string;
  readonly ItemSelector?: Json;
  readonly ItemProcessor?: StateGraph;
  /** The older name of ItemProcessor. */
  readonly Iterator?: StateGraph;
  readonly MaxConcurrency?: number;
  readonly MaxConcurrencyPath?: string;
}

export interface ParallelState extends Flow, Transition, Result, Attempts {
  readonly Type: "Parallel";
  readonly Branches: readonly StateGraph[];
}

export type State =
  TaskState | PassState | ChoiceState | WaitState | SucceedState | FailState | MapState | ParallelState;
