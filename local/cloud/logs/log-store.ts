/** Log groups, their streams and events: the newest of each group, in memory. */

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
  readonly streams: Map<string, LogStream>;
  events: LogEvent[];
  /** Of all events' messages. */
  characters: number;
}

export function createLogStore(now: () => number): LogStore {
  const groups = new Map<string, MutableGroup>();
  const listeners: ((group: string, stream: string, events: readonly LogEvent[]) => void)[] = [];
  let count = 0;

  function streamOf(group: MutableGroup, name: string): LogStream {
    const found = group.streams.get(name);
    if (found !== undefined) return found;
    const stream = { name, createdMs: now(), firstMs: null, lastMs: null, lastIngestedMs: null };
    group.streams.set(name, stream);
    return stream;
  }

  return {
    createGroup(name, retentionDays) {
      if (groups.has(name)) return false;
      groups.set(name, {
        name,
        createdMs: now(),
        retentionDays,
        streams: new Map(),
        events: [],
        characters: 0,
      });
      return true;
    },
    createStream(groupName, name) {
      const group = groups.get(groupName);
      if (group === undefined || group.streams.has(name)) return false;
      streamOf(group, name);
      return true;
    },
    group: (name) => groups.get(name) ?? null,
    groups: () => [...groups.values()],
    append(groupName, streamName, lines) {
      const group = groups.get(groupName);
      if (group === undefined || lines.length === 0) return;
      const stream = streamOf(group, streamName);
      const ingestedMs = now();
      const events = lines.map(({ timeMs, message }) => {
        count += 1;
        stream.firstMs = Math.min(stream.firstMs ?? timeMs, timeMs);
        stream.lastMs = Math.max(stream.lastMs ?? timeMs, timeMs);
        group.characters += message.length;
        return { id: String(count).padStart(56, "0"), stream: streamName, timeMs, message, ingestedMs };
      });
      stream.lastIngestedMs = ingestedMs;
      group.events.push(...events);
      // Seldom, and then much: to drop one event for each that comes would move all of them each time.
      if (group.events.length > 2 * KEPT_EVENTS || group.characters > 2 * KEPT_CHARACTERS) makeRoom(group);
      for (const listener of listeners) listener(groupName, streamName, events);
    },
    onAppend(listener) {
      listeners.push(listener);
    },
  };
}

function makeRoom(group: MutableGroup): void {
  let first = group.events.length;
  let characters = 0;
  while (first > 0 && group.events.length - first < KEPT_EVENTS) {
    characters += group.events[first - 1]?.message.length ?? 0;
    if (characters > KEPT_CHARACTERS) break;
    first -= 1;
  }
  group.events = group.events.slice(first);
  group.characters = group.events.reduce((sum, { message }) => sum + message.length, 0);
}
