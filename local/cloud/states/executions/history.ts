/** The history of one execution: events as they happened, kept small, and written out as AWS writes them. */
import type { Json } from "../../../graph";
import { taskIdOf } from "../../../../worker/slot";
import type { Clock } from "../../clock";
import type { JsonObject } from "../definition/asl";
import type { BranchPath, KeptEvent, KeptNote, Memo, Note } from "./journal";

/** One event. `id` counts from 1; input and output in `details` are JSON text. */
export interface HistoryEvent {
  readonly id: number;
  /** AWS's name, such as `ActivityScheduled`. */
  readonly type: string;
  readonly previousEventId: number;
  readonly timeMs: number;
  /** What stands under AWS's `…EventDetails`; null for the types that have none. */
  readonly details: Details | null;
}

export type Details = Readonly<Record<string, Json | undefined>>;

/** What is kept of an execution's history. */
export interface EventLog {
  readonly events: HistoryEvent[];
  /** Of input, output and other text in all events. */
  characters: number;
  /** What leads to the logs, by the event: the token of a scheduled task, the worker of a started one. */
  readonly logKeys: Map<number, string>;
}

/** Where an event belongs, and what is kept with it. */
interface KeptWith {
  readonly path: BranchPath;
  readonly memo?: Memo | undefined;
}

/** Writes the history of an execution that runs. */
export interface History {
  /** Gives the id of the new event. Throws HistoryFull when only the last event is left to write. */
  append(type: string, previousEventId: number, details?: Details | null, kept?: KeptWith): number;
  /** Is kept, and shown to nobody. */
  note(path: BranchPath, note: Note): void;
  /** The event that ends the execution; after it nothing is taken any more. */
  end(type: string, previousEventId: number, details: Details): void;
  /** Takes nothing any more: the execution goes on elsewhere. */
  leave(): void;
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html */
export const HISTORY_LIMIT_EVENTS = 25_000;

/** The execution can only fail now. */
export class HistoryFull extends Error {}

/** `onEvent` hears each event as it happens; `keep` comes before it, and null where nothing is kept. */
export function createHistory(
  log: EventLog,
  clock: Clock,
  onEvent: (event: HistoryEvent) => void,
  keep: ((entry: KeptEvent | KeptNote) => void) | null,
): History {
  const { events } = log;
  let ended = false;
  function add(type: string, previousEventId: number, details: Details | null, kept?: KeptWith): number {
    const event = { id: events.length + 1, type, previousEventId, timeMs: clock.now(), details };
    addToLog(log, event, kept?.memo);
    if (keep !== null) keep({ path: kept?.path ?? "", event, memo: kept?.memo });
    onEvent(event);
    return event.id;
  }
  return {
    append(type, previousEventId, details = null, kept) {
      if (ended) return previousEventId;
      if (events.length >= HISTORY_LIMIT_EVENTS - 1) throw new HistoryFull();
      return add(type, previousEventId, details, kept);
    },
    note(path, note) {
      if (!ended && keep !== null) keep({ path, note });
    },
    end(type, previousEventId, details) {
      if (ended) return;
      ended = true;
      add(type, previousEventId, details);
    },
    leave() {
      ended = true;
    },
  };
}

export function addToLog(log: EventLog, event: HistoryEvent, memo: Memo | undefined): void {
  log.events.push(event);
  const logKey = memo?.token ?? memo?.worker;
  if (logKey !== undefined) log.logKeys.set(event.id, logKey);
  if (event.details !== null) log.characters += charactersOf(event.details);
}

/** What logs call the task that was scheduled by this event; null when none was. */
export function taskIdAt({ logKeys }: EventLog, scheduledId: number): string | null {
  const token = logKeys.get(scheduledId);
  return token === undefined ? null : taskIdOf(token);
}

function charactersOf(details: Details): number {
  let characters = 0;
  for (const key in details) {
    const value = details[key];
    if (typeof value === "string") characters += value.length;
  }
  return characters;
}

/** An event as GetExecutionHistory answers it. */
export function writeEvent(event: HistoryEvent, includeData: boolean): JsonObject {
  const { id, type, previousEventId, timeMs, details } = event;
  const written: JsonObject = { id, previousEventId, timestamp: timeMs / 1000, type };
  return details === null
    ? written
    : { ...written, [detailsField(type)]: writeDetails(details, includeData) };
}

function detailsField(type: string): string {
  if (type.endsWith("StateEntered")) return "stateEnteredEventDetails";
  if (type.endsWith("StateExited")) return "stateExitedEventDetails";
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}

/** What `includeExecutionData: false` leaves out. */
const EXECUTION_DATA = new Set(["input", "output", "parameters", "assignedVariables"]);

/** What comes with a word on whether it is whole. */
const SIZED: Readonly<Record<string, true>> = { input: true, output: true, assignedVariables: true };

function writeDetails(details: Details, includeData: boolean): JsonObject {
  const written: JsonObject = {};
  for (const [key, value] of Object.entries(details)) {
    if (value === undefined || (!includeData && EXECUTION_DATA.has(key))) continue;
    written[key] = value;
    if (key in SIZED) written[`${key}Details`] = { truncated: false };
  }
  return written;
}
