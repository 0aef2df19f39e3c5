/** Log events and streams as CloudWatch Logs answers them, page by page. */
import { ServiceError } from "../service";
import type { LogEvent, LogStream } from "./log-store";

/** What a reader of one stream asks for. */
export interface StreamPage {
  readonly limit: number;
  readonly nextToken?: string | undefined;
  readonly startFromHead: boolean;
}

/** By time; the end is not included. */
export function sorted(
  events: readonly LogEvent[],
  {
    startTime = 0,
    endTime = Number.POSITIVE_INFINITY,
  }: { readonly startTime?: number | undefined; readonly endTime?: number | undefined },
): readonly LogEvent[] {
  return events
    .filter(({ timeMs }) => timeMs >= startTime && timeMs < endTime)
    .sort((a, b) => a.timeMs - b.timeMs || (a.id < b.id ? -1 : 1));
}

/** Tokens of a stream are never exhausted: the last page gives the one that was asked with. */
export function pageOfStream(events: readonly LogEvent[], input: StreamPage): object {
  const [, direction, position] = /^([fb])\/(\d+)$/.exec(input.nextToken ?? "") ?? [];
  if (input.nextToken !== undefined && direction === undefined)
    throw new ServiceError("InvalidParameterException", "The specified nextToken is invalid.");
  const before = direction === "b" || (direction === undefined && !input.startFromHead);
  const at = position === undefined ? (before ? events.length : 0) : Number(position);
  const from = before ? Math.max(0, at - input.limit) : at;
  const to = before ? at : Math.min(events.length, at + input.limit);
  return {
    events: events.slice(from, to).map(written),
    nextForwardToken: `f/${String(to)}`,
    nextBackwardToken: `b/${String(from)}`,
  };
}

export function paged<T>(
  items: readonly T[],
  { limit: size, nextToken }: { readonly limit: number; readonly nextToken?: string | undefined },
): { readonly page: readonly T[]; readonly nextToken: object } {
  const from = Number(nextToken ?? 0);
  const to = from + size;
  return { page: items.slice(from, to), nextToken: to < items.length ? { nextToken: String(to) } : {} };
}

export function written({ timeMs, message, ingestedMs }: LogEvent): object {
  return { timestamp: timeMs, message, ingestionTime: ingestedMs };
}

export function describeStream({ name, createdMs, firstMs, lastMs, lastIngestedMs }: LogStream): object {
  return {
    logStreamName: name,
    creationTime: createdMs,
    ...(firstMs === null ? {} : { firstEventTimestamp: firstMs }),
    ...(lastMs === null ? {} : { lastEventTimestamp: lastMs }),
    ...(lastIngestedMs === null ? {} : { lastIngestionTime: lastIngestedMs }),
    storedBytes: 0,
  };
}
