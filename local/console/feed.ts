/**
 * What is sent to open pages, as server-sent events: always how things stand, never a difference, so that what came too
 * fast is left out and nothing is lost by it. https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import type { ServerResponse } from "node:http";
import type { ExecutionNow } from "./execution-messages";
import type { Counts, FaultsNow, FeedEvents, Hello, Pools, Sample } from "./messages";

/** What a page looks at. */
export interface Topics {
  readonly pools: boolean;
  /** ARN; null: at none. */
  readonly execution: string | null;
}

/** What there is to tell. */
export interface Sources {
  hello(): Hello;
  counts(): Counts;
  pools(): Pools;
  samples(): readonly Sample[];
  onSample(listener: (sample: Sample) => void): void;
  execution(arn: string): ExecutionNow | null;
  faults(): FaultsNow;
}

export interface Feed {
  /** Until the page goes. */
  add(response: ServerResponse, topics: Topics): void;
  /** Ends all connections. */
  close(): void;
}

/** Between two looks: a change is on its way after this at most. */
const FLUSH_EVERY_MS = 100;
/** A page that reads slower than this gets nothing new until it has caught up. */
const UNREAD_BYTES = 1024 * 1024;
/** How long a page waits before it comes back. */
const RETRY_MS = 1_000;

interface Client {
  readonly response: ServerResponse;
  readonly topics: Topics;
  /** What was sent last, by event. */
  readonly sent: Map<keyof FeedEvents, string>;
}

export function createFeed(sources: Sources): Feed {
  const clients = new Set<Client>();
  let timer: NodeJS.Timeout | null = null;

  function flush(): void {
    const looked = new Map<string, string>();
    /** Pages that look at the same share the work. */
    const text = (key: string, look: () => unknown): string => {
      const known = looked.get(key) ?? JSON.stringify(look());
      looked.set(key, known);
      return known;
    };
    for (const client of clients) {
      if (client.response.writableLength > UNREAD_BYTES) continue;
      const { pools, execution } = client.topics;
      tell(client, "counts", text("counts", sources.counts));
      tell(client, "faults", text("faults", sources.faults));
      if (pools)
        tellPools(
          client,
          text("pools", () => sources.pools()),
        );
      if (execution !== null)
        tellExecution(
          client,
          execution,
          text(execution, () => sources.execution(execution)),
        );
    }
  }

  sources.onSample((sample) => {
    const text = JSON.stringify([sample]);
    for (const { response, topics } of clients)
      if (topics.pools && response.writableLength <= UNREAD_BYTES) response.write(eventOf("samples", text));
  });

  return {
    add(response, topics) {
      response.writeHead(200, { "Content-Type": "text/event-stream", Connection: "keep-alive" });
      response.write(`retry: ${String(RETRY_MS)}\n\n`);
      const client: Client = { response, topics, sent: new Map() };
      tell(client, "hello", JSON.stringify(sources.hello()));
      if (topics.pools) tell(client, "samples", JSON.stringify(sources.samples()));
      clients.add(client);
      flush();
      timer ??= setInterval(flush, FLUSH_EVERY_MS);
      response.once("close", () => {
        clients.delete(client);
        if (clients.size > 0 || timer === null) return;
        clearInterval(timer);
        timer = null;
      });
    },
    close() {
      if (timer !== null) clearInterval(timer);
      for (const { response } of clients) response.end();
      clients.clear();
    },
  };
}

/** Only what has changed. */
function tell({ response, sent }: Client, event: keyof FeedEvents, text: string, compared = text): void {
  if (sent.get(event) === compared) return;
  sent.set(event, compared);
  response.write(eventOf(event, text));
}

/** The time of the look alone is no news. */
function tellPools(client: Client, text: string): void {
  tell(client, "pools", text, text.slice(text.indexOf('"pools"')));
}

function tellExecution(client: Client, arn: string, text: string): void {
  if (text === "null") tell(client, "unknown", JSON.stringify({ arn }));
  else tell(client, "execution", text);
}

/** JSON has no line breaks: one line of data. */
function eventOf(event: keyof FeedEvents, text: string): string {
  return `event: ${event}\ndata: ${text}\n\n`;
}
