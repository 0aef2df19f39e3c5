/** Where a graph of states stands: what a redrive of an unsuccessful execution goes on from. */
import type { Json } from "../../graph";
import type { Variables } from "./variables";

export interface Checkpoint {
  /** As they are now. */
  readonly variables: Variables;
  /** The state entered last and not left; null before the first. */
  position: Position | null;
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
}

export function newCheckpoint(variables: Variables): Checkpoint {
  return { variables, position: null };
}
