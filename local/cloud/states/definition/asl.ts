/** The Amazon States Language as this interpreter runs it: the shape of a definition that has passed `definition.ts`. */
import type { Json } from "../../../graph";

export type JsonObject = { [key: string]: Json };

export type QueryLanguage = "JSONPath" | "JSONata";

/** A state machine, a branch of a Parallel, or the item processor of a Map. */
export interface StateGraph {
  readonly StartAt: string;
  readonly States: { readonly [name: string]: State };
}

export interface Definition extends StateGraph {
  readonly Comment?: string;
  readonly QueryLanguage?: QueryLanguage;
  readonly TimeoutSeconds?: number;
}

/** A number, or in JSONata an expression in `{% %}`. */
export type Computed<T> = T | string;

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: "FULL" | "NONE";
}

/** What a state, a catcher or a choice rule leaves behind. */
export interface Leaving {
  readonly Assign?: JsonObject;
  /** JSONata. */
  readonly Output?: Json;
}

export interface Catcher extends Leaving {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  /** JSONPath. */
  readonly ResultPath?: string | null;
}

/** Null as a path has a meaning of its own: an empty object for what is read, nowhere for what is written. */
interface Flow extends Leaving {
  readonly Comment?: string;
  /** Written into every state when the definition is read. */
  readonly QueryLanguage?: QueryLanguage;
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
  /** JSONata. */
  readonly Arguments?: Json;
}

interface Attempts {
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

export interface TaskState extends Flow, Transition, Result, Attempts {
  readonly Type: "Task";
  readonly Resource: string;
  readonly TimeoutSeconds?: Computed<number>;
  readonly TimeoutSecondsPath?: string;
  readonly HeartbeatSeconds?: Computed<number>;
  readonly HeartbeatSecondsPath?: string;
  /** The role under which the task is called; JSONPath reads it as a payload template. */
  readonly Credentials?: JsonObject;
}

export interface PassState extends Flow, Transition, Result {
  readonly Type: "Pass";
  readonly Result?: Json;
}

/** A boolean expression over the input: one operator, or And, Or, Not of others; in JSONata a Condition. */
export interface ChoiceRule extends Leaving {
  readonly Next?: string;
  readonly Condition?: Json;
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
  readonly Seconds?: Computed<number>;
  readonly SecondsPath?: string;
  readonly Timestamp?: string;
  readonly TimestampPath?: string;
}

export interface SucceedState extends Flow {
  readonly Type: "Succeed";
}

export interface FailState {
  readonly Type: "Fail";
  readonly QueryLanguage?: QueryLanguage;
  readonly Error?: string;
  readonly ErrorPath?: string;
  readonly Cause?: string;
  readonly CausePath?: string;
}

/** Where a distributed Map finds its items, when they do not come with its input. */
export interface ItemReader {
  readonly Resource: string;
  readonly Parameters?: JsonObject;
  readonly Arguments?: Json;
  readonly ReaderConfig?: JsonObject;
}

/** How a distributed Map puts several items into one child execution. */
export interface ItemBatcher {
  readonly MaxItemsPerBatch?: Computed<number>;
  readonly MaxItemsPerBatchPath?: string;
  readonly MaxInputBytesPerBatch?: Computed<number>;
  readonly MaxInputBytesPerBatchPath?: string;
  readonly BatchInput?: Json;
}

/** Where a distributed Map writes the results of its child executions. */
export interface ResultWriter {
  readonly Resource?: string;
  readonly Parameters?: JsonObject;
  readonly Arguments?: Json;
  readonly WriterConfig?: JsonObject;
}

export interface ItemProcessor extends StateGraph {
  readonly ProcessorConfig?: {
    readonly Mode?: "INLINE" | "DISTRIBUTED";
    readonly ExecutionType?: "STANDARD" | "EXPRESS";
  };
}

export interface MapState extends Flow, Transition, Result, Attempts {
  readonly Type: "Map";
  readonly ItemsPath?: string;
  /** JSONata. */
  readonly Items?: Json;
  readonly ItemSelector?: Json;
  readonly ItemProcessor?: ItemProcessor;
  /** The older name of ItemProcessor. */
  readonly Iterator?: ItemProcessor;
  readonly MaxConcurrency?: Computed<number>;
  readonly MaxConcurrencyPath?: string;
  readonly ToleratedFailureCount?: Computed<number>;
  readonly ToleratedFailureCountPath?: string;
  readonly ToleratedFailurePercentage?: Computed<number>;
  readonly ToleratedFailurePercentagePath?: string;
  readonly Label?: string;
  readonly ItemReader?: ItemReader;
  readonly ItemBatcher?: ItemBatcher;
  readonly ResultWriter?: ResultWriter;
}

export interface ParallelState extends Flow, Transition, Result, Attempts {
  readonly Type: "Parallel";
  readonly Branches: readonly StateGraph[];
}

export type State =
  TaskState | PassState | ChoiceState | WaitState | SucceedState | FailState | MapState | ParallelState;
