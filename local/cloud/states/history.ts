/** The history of one execution: events as they happened, kept small, and written out as AWS writes them. */
import type { Json } from "../../graph";
import type { Clock } from "../clock";
import type { JsonObject } from "./asl";

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
}

/** Writes the history of an execution that runs. */
export interface History {
  /** Gives the id of the new event. Throws HistoryFull when only the last event is left to write. */
  append(type: string, previousEventId: number, details?: Details | null): number;
  /** The event that ends the execution; after it nothing is taken any more. */
  end(type: string, previousEventId: number, details: Details): void;
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html */
export const HISTORY_LIMIT_EVENTS = 25_000;

/** The execution can only fail now. */
export class HistoryFull extends Error {}

/** `onEvent` hears each event as it happens. */
export function createHistory(log: EventLog, clock: Clock, onEvent: (event: HistoryEvent) => void): History {
  const { events } = log;
  let ended = false;
  function add(type: string, previousEventId: number, details: Details | null): number {
    const event = { id: events.length + 1, type, previousEventId, timeMs: clock.now(), details };
    events.push(event);
    if (details !== null) log.characters += charactersOf(details);
    onEvent(event);
    return event.id;
  }
  return {
    append(type, previousEventId, details = null) {
      if (ended) return previousEventId;
      if (events.length >= HISTORY_LIMIT_EVENTS - 1) throw new HistoryFull();
      return add(type, previousEventId, details);
    },
    end(type, previousEventId, details) {
      if (ended) return;
      ended = true;
      add(type, previousEventId, details);
    },
  };
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
