/** The connection to the console's server: what is told stays known, and a lost connection is taken up again. */
import type { FeedEvents } from "../messages";

export interface Topics {
  readonly pools?: boolean;
  readonly execution?: string;
}

export type ConnectionState = "connecting" | "open" | "lost";

export interface Feed {
  /** Hears each event of this name, and at once the last one; the function returned ends that. */
  on<Name extends keyof FeedEvents>(name: Name, listener: (value: FeedEvents[Name]) => void): () => void;
  last<Name extends keyof FeedEvents>(name: Name): FeedEvents[Name] | null;
  /** What was looked at is so no more: what was told of it is old now. */
  leave(): void;
  /** What is looked at from now on. */
  watch(topics: Topics): void;
  onConnection(listener: (state: ConnectionState) => void): void;
  retry(): void;
}

const NAMES = ["hello", "counts", "pools", "samples", "execution", "unknown", "faults"] as const;
/** What stays true when something else is looked at. */
const LASTING: ReadonlySet<string> = new Set(["hello", "counts", "faults"]);
const RETRY_MS = 1_000;

export function createFeed(): Feed {
  const listeners = new Map<string, Set<(value: unknown) => void>>();
  const known = new Map<string, unknown>();
  const connectionListeners: ((state: ConnectionState) => void)[] = [];
  let topics: Topics = {};
  let source: EventSource | null = null;
  let retryTimer: number | undefined;

  function tell(state: ConnectionState): void {
    for (const listener of connectionListeners) listener(state);
  }

  function connect(): void {
    window.clearTimeout(retryTimer);
    source?.close();
    const search = new URLSearchParams();
    if (topics.pools === true) search.set("pools", "");
    if (topics.execution !== undefined) search.set("execution", topics.execution);
    const opened = new EventSource(`/feed?${search.toString()}`);
    source = opened;
    opened.onopen = () => {
      tell("open");
    };
    opened.onerror = () => {
      tell("lost");
      // A browser gives up where it was refused; whoever waits for a restart should not have to reload.
      opened.close();
      retryTimer = window.setTimeout(connect, RETRY_MS);
    };
    for (const name of NAMES)
      opened.addEventListener(name, (event) => {
        const value: unknown = JSON.parse((event as MessageEvent<string>).data);
        known.set(name, value);
        for (const listener of listeners.get(name) ?? []) listener(value);
      });
  }

  // A page that nobody sees needs no news, and browsers allow six connections to one server.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      window.clearTimeout(retryTimer);
      source?.close();
    } else connect();
  });

  return {
    on(name, listener) {
      const all = listeners.get(name) ?? new Set();
      listeners.set(name, all);
      all.add(listener as (value: unknown) => void);
      const value = known.get(name);
      if (value !== undefined) listener(value as FeedEvents[typeof name]);
      return () => all.delete(listener as (value: unknown) => void);
    },
    last: (name) => (known.get(name) as FeedEvents[typeof name] | undefined) ?? null,
    leave() {
      window.clearTimeout(retryTimer);
      source?.close();
      for (const name of known.keys()) if (!LASTING.has(name)) known.delete(name);
    },
    watch(wanted) {
      topics = wanted;
      connect();
    },
    onConnection(listener) {
      connectionListeners.push(listener);
    },
    retry: connect,
  };
}
