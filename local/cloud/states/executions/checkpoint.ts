/** Where a graph of states stands: what a redrive, or a restart of the local cloud, goes on from. */
import type { Json } from "../../../graph";
import type { KeptEvent, KeptNote } from "./journal";
import type { RetryCounts } from "../kinds/retry";
import type { Variables } from "../expressions/variables";

export interface Checkpoint {
  /** As they are now. */
  readonly variables: Variables;
  /** The state entered last and not left; null before the first. */
  position: Position | null;
  /** After a restart: where exactly it stood; null as soon as it goes on, and for a redrive. */
  restart: Restart | null;
}

export interface Position {
  readonly name: string;
  readonly input: Json;
  /** Of a Map or Parallel: its iterations or branches, by index. Those that succeeded are not run again. */
  readonly parts: Map<number, PartProgress>;
}

export interface PartProgress {
  readonly checkpoint: Checkpoint;
  /** Absent until it succeeded. */
  output?: Json;
  /** After a restart, of a part that succeeded: the event that told so. */
  readonly succeededId?: number;
  /** After a restart: an event that nothing has followed yet. */
  readonly looseEndId?: number;
}

/** `previousEventId`: the event that the next one of the graph follows. */
export type Restart =
  /** No state was entered yet. */
  | { readonly at: "start"; readonly previousEventId: number }
  | ({ readonly at: "state" } & StateRestart)
  /** A state was left, and `name` not entered yet. */
  | {
      readonly at: "transition";
      readonly name: string;
      readonly input: Json;
      readonly previousEventId: number;
    }
  | { readonly at: "end"; readonly output: Json; readonly previousEventId: number };

/** Within the state of the checkpoint's position. */
export interface StateRestart {
  /** Before the state was entered. */
  readonly beforeId: number;
  readonly enteredId: number;
  readonly enteredMs: number;
  /** How far Retry has come. */
  readonly counts: RetryCounts;
  readonly retries: number;
  /** When the present attempt begins, or began. */
  readonly attemptMs: number;
  readonly previousEventId: number;
  /** What the present attempt left behind. */
  readonly entries: readonly (KeptEvent | KeptNote)[];
}

export function newCheckpoint(variables: Variables): Checkpoint {
  return { variables, position: null, restart: null };
}

/** A redrive begins the states that failed, or were aborted, anew. */
export function forRedrive(checkpoint: Checkpoint): Checkpoint {
  checkpoint.restart = null;
  for (const part of checkpoint.position?.parts.values() ?? []) {
    const { restart } = part.checkpoint;
    if (restart?.at === "end") part.output = restart.output;
    else forRedrive(part.checkpoint);
  }
  return checkpoint;
}
