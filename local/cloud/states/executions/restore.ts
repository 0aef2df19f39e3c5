/** Reads what was kept of an execution back: where each of its branches stood when the process ended. Pure. */
import type { Json } from "../../../graph";
import type { JsonObject } from "../definition/asl";
import type { Checkpoint, PartProgress, Restart, StateRestart } from "./checkpoint";
import type { HistoryEvent } from "./history";
import { isEvent, type KeptEvent, type KeptNote, type Note } from "./journal";
import { createVariables, type Variables } from "../expressions/variables";

/** One branch, as far as it was read. */
interface Standing {
  readonly variables: Variables;
  position: { readonly name: string; readonly input: Json } | null;
  restart: Restart | null;
  readonly parts: Map<number, Standing>;
  /** Of an iteration of a Map: what its first event follows, and the event of its success. */
  startedAfterId: number | null;
  succeededId: number | null;
}

/** The checkpoint that the entries of one execution, in their order, lead to. */
export function readCheckpoint(entries: Iterable<KeptEvent | KeptNote>): Checkpoint {
  const whole = newStanding(createVariables());
  for (const entry of entries) {
    const standing = at(whole, entry.path);
    if (isEvent(entry)) readEvent(standing, entry);
    else readNote(standing, entry);
  }
  return checkpointOf(whole);
}

function newStanding(variables: Variables): Standing {
  return {
    variables,
    position: null,
    restart: null,
    parts: new Map(),
    startedAfterId: null,
    succeededId: null,
  };
}

function at(whole: Standing, path: string): Standing {
  let standing = whole;
  for (const index of path.split("/").slice(1).map(Number)) {
    const part = standing.parts.get(index) ?? newStanding(standing.variables.inner());
    standing.parts.set(index, part);
    standing = part;
  }
  return standing;
}

function readEvent(standing: Standing, entry: KeptEvent): void {
  const { event } = entry;
  const { type, id } = event;
  if (type === "ExecutionRedriven") beginAnew(standing);
  else if (type.startsWith("Execution")) return;
  else if (type.endsWith("StateEntered")) enter(standing, event);
  else if (type.endsWith("StateExited")) exit(standing, entry);
  else if (type === "MapIterationStarted") {
    standing.startedAfterId = event.previousEventId;
    // Redriven, it stands within its state still.
    if (standing.position === null) standing.restart = { at: "start", previousEventId: id };
    else standing.restart = within(id, event.timeMs);
  } else if (type === "MapIterationSucceeded") standing.succeededId = id;
  else add(standing, entry, event.previousEventId, event.timeMs);
}

function enter(standing: Standing, { id, previousEventId, timeMs, details }: HistoryEvent): void {
  standing.position = { name: textOf(details?.["name"]), input: parsed(details?.["input"]) };
  standing.parts.clear();
  standing.restart = { ...within(id, timeMs), beforeId: previousEventId };
}

/** A state that has done nothing yet since it was entered, or redriven. */
function within(enteredId: number, enteredMs: number): { readonly at: "state" } & StateRestart {
  const begin = { counts: [], retries: 0, attemptMs: enteredMs, entries: [] };
  return {
    at: "state",
    beforeId: enteredId,
    enteredId,
    enteredMs,
    ...begin,
    previousEventId: enteredId,
  };
}

function exit(standing: Standing, { event, memo }: KeptEvent): void {
  const { id: previousEventId, details } = event;
  const output = parsed(details?.["output"]);
  const assigned = Object.entries((details?.["assignedVariables"] ?? {}) as JsonObject);
  if (assigned.length > 0)
    standing.variables.assign(Object.fromEntries(assigned.map(([name, text]) => [name, parsed(text)])));
  standing.parts.clear();
  const next = memo?.next ?? null;
  standing.restart =
    next === null
      ? { at: "end", output, previousEventId }
      : { at: "transition", name: next, input: output, previousEventId };
}

function readNote(standing: Standing, entry: KeptNote): void {
  const { note } = entry;
  if (note.kind === "retry") retry(standing, note);
  else add(standing, entry, 0, 0);
}

function retry(standing: Standing, note: Extract<Note, { kind: "retry" }>): void {
  const { counts, retries, untilMs: attemptMs, previousEventId } = note;
  const before = standing.restart?.at === "state" ? standing.restart : within(previousEventId, attemptMs);
  standing.restart = { ...before, counts, retries, attemptMs, previousEventId, entries: [] };
  standing.parts.clear();
}

/** One more thing that the present attempt at a state did. `previousEventId` is what the first thing after a redrive follows. */
function add(standing: Standing, entry: KeptEvent | KeptNote, previousEventId: number, timeMs: number): void {
  const before = standing.restart?.at === "state" ? standing.restart : within(previousEventId, timeMs);
  (before.entries as (KeptEvent | KeptNote)[]).push(entry);
  standing.restart = before;
}

/** As forRedrive does. */
function beginAnew(standing: Standing): void {
  standing.restart = null;
  standing.startedAfterId = null;
  for (const part of standing.parts.values()) if (part.restart?.at !== "end") beginAnew(part);
}

function checkpointOf({ variables, position, restart, parts }: Standing): Checkpoint {
  const followed = new Set([...parts.values()].map(({ startedAfterId }) => startedAfterId));
  const progress = [...parts].map(([index, part]) => [index, progressOf(part, followed)] as const);
  return {
    variables,
    position: position === null ? null : { ...position, parts: new Map(progress) },
    restart,
  };
}

function progressOf(part: Standing, followed: ReadonlySet<number | null>): PartProgress {
  const { restart, succeededId } = part;
  const checkpoint = checkpointOf(part);
  if (succeededId === null || restart?.at !== "end") return { checkpoint };
  const looseEndId = restart.previousEventId;
  return {
    checkpoint,
    output: restart.output,
    succeededId,
    ...(followed.has(looseEndId) ? {} : { looseEndId }),
  };
}

function parsed(text: Json | undefined): Json {
  return JSON.parse(textOf(text)) as Json;
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "null";
}
