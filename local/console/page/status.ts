/** How something stands: a word and a colour, never a colour alone. */
import { h } from "./dom";
import type { StateNow, VisitStatus } from "../execution-messages";
import type { Status } from "../messages";

export type Stand = VisitStatus | "idle";

const WORDS: Readonly<Record<Status, string>> = {
  RUNNING: "Running",
  SUCCEEDED: "Succeeded",
  FAILED: "Failed",
  TIMED_OUT: "Timed out",
  ABORTED: "Aborted",
};
const STANDS: Readonly<Record<Status, Stand>> = {
  RUNNING: "running",
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  TIMED_OUT: "failed",
  ABORTED: "aborted",
};

export function statusWord(status: Status): string {
  return WORDS[status];
}

export function statusBadge(status: Status): HTMLElement {
  return badge(STANDS[status], WORDS[status]);
}

export function badge(stand: Stand, word: string): HTMLElement {
  return h("span", { class: `badge ${stand}` }, word);
}

/** The most telling of a state's visits: what runs, then what went wrong. */
export function standOf(state: StateNow | undefined): Stand {
  if (state === undefined || state.visits === 0) return "idle";
  if (state.running > 0) return "running";
  if (state.failed > 0) return "failed";
  return state.aborted > 0 ? "aborted" : "succeeded";
}

export const MARKS: Readonly<Record<Stand, string>> = {
  idle: "○",
  running: "◐",
  succeeded: "✓",
  failed: "✕",
  aborted: "⊘",
};
