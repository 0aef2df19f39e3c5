/**
 * What is kept of executions, so that a process which is killed loses none: the events of each, with what histories do not
 * show, in the order in which they happened. `restore.ts` reads them back.
 */
import type { Json } from "../../../graph";
import type { Keeper, KeptDocument } from "../../keeper";
import type { HistoryEvent } from "./history";
import type { RetryCounts } from "../kinds/retry";
import type { Failure } from "../state-error";
import type { TaskEnd } from "../activities/task-end";

/** One branch of an execution: empty for the whole, `/3` for part 3 of a Map or Parallel, `/3/0` within that. */
export type BranchPath = string;

/** What an event has besides what the API shows. */
export interface Memo {
  /** Of a scheduled task. What logs call the task by is made of it. */
  readonly token?: string;
  /** Of a started task of an activity: who polled it, as the session of a role is named. */
  readonly worker?: string | undefined;
  /** Of a state that was left: which comes next; null at the end of the graph. */
  readonly next?: string | null;
  /** Of a time-out: the heartbeat was missed. */
  readonly heartbeat?: true;
  /** Of a redrive. */
  readonly clientToken?: string;
}

/** What no event tells, and an execution that goes on must know. */
export type Note =
  | {
      readonly kind: "retry";
      readonly counts: RetryCounts;
      readonly retries: number;
      /** When the next attempt begins. */
      readonly untilMs: number;
      readonly previousEventId: number;
    }
  | { readonly kind: "wait"; readonly untilMs: number }
  | { readonly kind: "heartbeat"; readonly timeMs: number }
  /** The token was sent back before the call that gave it away had been answered. */
  | { readonly kind: "sent-back"; readonly end: TaskEnd }
  /** What a Map goes through, where it might come out otherwise a second time. */
  | { readonly kind: "items"; readonly items: readonly Json[] }
  /** A Map Run ended: its children may be forgotten before the state is left. */
  | { readonly kind: "map-run-ended"; readonly output?: Json; readonly failure?: Failure }
  /** The parts of a Map or Parallel ended together. */
  | { readonly kind: "parts-failed"; readonly failure: Failure; readonly previousEventId: number };

/** What an execution was started with; its input is in its first event. */
export interface KeptPlan {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly revisionKey: string;
  readonly versionArn: string | null;
  readonly aliasArn: string | null;
  readonly type: "STANDARD" | "EXPRESS";
  readonly mapRunArn: string | null;
  /** Of a child of a distributed Map: which of its inputs it has. */
  readonly mapIndex: number | null;
  readonly startedMs: number;
}

export interface KeptEvent {
  readonly path: BranchPath;
  readonly event: HistoryEvent;
  readonly memo?: Memo | undefined;
}

export interface KeptNote {
  readonly path: BranchPath;
  readonly note: Note;
}

export type JournalEntry = { readonly plan: KeptPlan } | KeptEvent | KeptNote;

/** Everything that is not an execution, by its ARN or key. */
export type DocumentKind = "machine" | "revision" | "activity" | "tags" | "map-run";

/** Where Step Functions keeps what must outlive the process. Without one it keeps nothing. */
export interface StatesStore extends Pick<Keeper, "committed"> {
  documents(kind: DocumentKind): readonly KeptDocument[];
  /** Oldest first. */
  executions(): readonly { readonly number: number; readonly entries: readonly JournalEntry[] }[];
  /** Null removes it. */
  keep(kind: DocumentKind, key: string, value: Json | null): void;
  append(execution: number, entry: JournalEntry): void;
  forget(execution: number): void;
}

export function isEvent(entry: KeptEvent | KeptNote): entry is KeptEvent {
  return "event" in entry;
}
