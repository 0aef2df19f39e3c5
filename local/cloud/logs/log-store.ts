/** Log groups, their streams and events: the newest of each group, in memory, and beyond the process where records are kept. */
import { keptLogs, type LogRecords } from "./kept-logs";

/** One event, as it is written. */
export interface LogLine {
  readonly timeMs: number;
  readonly message: string;
}

/** One event, as it is kept. */
export interface LogEvent extends LogLine {
  /** Later events have greater ones. */
  readonly id: string;
  readonly stream: string;
  readonly ingestedMs: number;
}

export interface LogStream {
  readonly name: string;
  readonly createdMs: number;
  firstMs: number | null;
  lastMs: number | null;
  lastIngestedMs: number | null;
}

export interface LogGroup {
  readonly name: string;
  readonly createdMs: number;
  /** Null: for ever. */
  readonly retentionDays: number | null;
  readonly streams: ReadonlyMap<string, LogStream>;
  /** In the order in which they came. */
  readonly events: readonly LogEvent[];
}

export interface LogStore {
  /** Of the program: there may be one already, which is kept for so long from now on. */
  declareGroup(name: string, retentionDays: number | null): void;
  /** False: there is one already. */
  createGroup(name: string, retentionDays: number | null): boolean;
  /** False: there is one already. The group must exist. */
  createStream(group: string, stream: string): boolean;
  group(name: string): LogGroup | null;
  groups(): readonly LogGroup[];
  /** Opens the stream when need be; without such a group, nothing is kept. */
  append(group: string, stream: string, lines: readonly LogLine[]): void;
  /** Hears all that is appended, as it is. */
  onAppend(listener: (group: string, stream: string, events: readonly LogEvent[]) => void): void;
}

/** Older events of a group make room; those of workers and functions are in the run's files besides. */
const KEPT_EVENTS = 10_000;
/** The same in characters: executions may log all their data. */
const KEPT_CHARACTERS = 16 * 1024 * 1024;

interface MutableGroup extends LogGroup {
  retentionDays: number | null;
  readonly streams: Map<string, LogStream>;
  events: LogEvent[];
  /** Of all events' messages. */
  characters: number;
}

/** @default records none: what was logged is gone with the process */
export function createLogStore(now: () => number, records: LogRecords | null = null): LogStore {
  const groups = new Map<string, MutableGroup>();
  const listeners: ((group: string, stream: string, events: readonly LogEvent[]) => void)[] = [];
  const kept = records === null ? null : keptLogs(records);
  let count = 0;

  for (const { name, createdMs, retentionDays, streams, events } of kept?.groups(now()) ?? []) {
    const group = openGroup(name, createdMs, retentionDays);
    for (const stream of streams) openStream(group, stream.name, stream.createdMs);
    for (const event of events) {
      add(group, event);
      count = Math.max(count, Number(event.id));
    }
    makeRoom(group);
  }

  function openGroup(name: string, createdMs: number, retentionDays: number | null): MutableGroup {
    const group = { name, createdMs, retentionDays, streams: new Map(), events: [], characters: 0 };
    groups.set(name, group);
    return group;
  }

  function createGroup(name: string, retentionDays: number | null): boolean {
    if (groups.has(name)) return false;
    const group = openGroup(name, now(), retentionDays);
    kept?.group(group);
    return true;
  }

  function openStream(group: MutableGroup, name: string, createdMs: number): LogStream {
    const stream = { name, createdMs, firstMs: null, lastMs: null, lastIngestedMs: null };
    group.streams.set(name, stream);
    return stream;
  }

  function add(group: MutableGroup, event: LogEvent): void {
    const { stream: name, timeMs, ingestedMs } = event;
    const stream = group.streams.get(name) ?? openStream(group, name, ingestedMs);
    stream.firstMs = Math.min(stream.firstMs ?? timeMs, timeMs);
    stream.lastMs = Math.max(stream.lastMs ?? timeMs, timeMs);
    stream.lastIngestedMs = ingestedMs;
    group.characters += event.message.length;
    group.events.push(event);
  }

  function makeRoom(group: MutableGroup): void {
    const first = firstOfNewest(group);
    if (first === 0) return;
    group.events = group.events.slice(first);
    group.characters = group.events.reduce((sum, { message }) => sum + message.length, 0);
    const [oldest] = group.events;
    if (oldest !== undefined) records?.forget(group.name, oldest.id);
  }

  return {
    createGroup,
    declareGroup(name, retentionDays) {
      const group = groups.get(name);
      if (group === undefined) createGroup(name, retentionDays);
      else if (group.retentionDays !== retentionDays) {
        group.retentionDays = retentionDays;
        kept?.group(group);
      }
    },
    createStream(groupName, name) {
      const group = groups.get(groupName);
      if (group === undefined || group.streams.has(name)) return false;
      const stream = openStream(group, name, now());
      kept?.stream(groupName, stream);
      return true;
    },
    group: (name) => groups.get(name) ?? null,
    groups: () => [...groups.values()],
    append(groupName, streamName, lines) {
      const group = groups.get(groupName);
      if (group === undefined || lines.length === 0) return;
      const ingestedMs = now();
      const events = lines.map(({ timeMs, message }) => {
        const event = { id: eventId((count += 1)), stream: streamName, timeMs, message, ingestedMs };
        add(group, event);
        return event;
      });
      records?.append(groupName, events);
      // Seldom, and then much: to drop one event for each that comes would move all of them each time.
      if (group.events.length > 2 * KEPT_EVENTS || group.characters > 2 * KEPT_CHARACTERS) makeRoom(group);
      for (const listener of listeners) listener(groupName, streamName, events);
    },
    onAppend(listener) {
      listeners.push(listener);
    },
  };
}

/** Later events have greater ones, as texts too. */
export function eventId(number: number): string {
  return String(number).padStart(56, "0");
}

/** Where the newest events of a group begin, as many as are kept. */
function firstOfNewest(group: MutableGroup): number {
  let first = group.events.length;
  let characters = 0;
  while (first > 0 && group.events.length - first < KEPT_EVENTS) {
    characters += group.events[first - 1]?.message.length ?? 0;
    if (characters > KEPT_CHARACTERS) break;
    first -= 1;
  }
  return first;
}
