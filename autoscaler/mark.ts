/**
 * The mark of the fast signal on a service: how many tasks the log said were scheduled, and when. Ticks count them until
 * the metrics show them, so that what the signal woke is not sent back to sleep.
 */
import type { SignalledTasks } from "./observation";
import { SIGNAL_TAG } from "./settings";

/** A tag of the service. */
export const MARK_TAG = SIGNAL_TAG;

export interface Mark {
  /** Oldest first. */
  readonly signalled: readonly SignalledTasks[];
  /** Of the last deliveries: one that comes twice counts once. */
  readonly deliveries: readonly string[];
}

export const NO_MARK: Mark = { signalled: [], deliveries: [] };

/** Longer than any delay of the metrics, in minutes. */
const MARK_MINUTES = 5;
/** Counts are kept by sixths of a minute. */
const SPANS_PER_MINUTE = 6;
const DELIVERIES = 8;
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html */
const MOST_CHARACTERS = 256;

/** `SECONDS:TASKS` in base 36 and `+DELIVERY`, with spaces between; what is not of that form is left out. */
export function parseMark(value: string): Mark {
  const parts = value.split(" ");
  const signalled = parts.flatMap((part) => {
    const [, seconds, tasks] = /^([0-9a-z]{1,8}):([0-9a-z]{1,6})$/.exec(part) ?? [];
    if (seconds === undefined || tasks === undefined) return [];
    return [{ atMs: Number.parseInt(seconds, 36) * 1000, tasks: Number.parseInt(tasks, 36) }];
  });
  return { signalled, deliveries: parts.filter((part) => part.startsWith("+")).map((part) => part.slice(1)) };
}

export function writeMark({ signalled, deliveries }: Mark): string {
  const counts = signalled.map(
    ({ atMs, tasks }) => `${Math.floor(atMs / 1000).toString(36)}:${tasks.toString(36)}`,
  );
  const parts = [...deliveries.map((id) => `+${id}`), ...counts];
  while (parts.join(" ").length > MOST_CHARACTERS) parts.shift();
  return parts.join(" ");
}

/** The mark with what is new, without what the metrics show by now; the same mark, if it knew the delivery. */
export function addToMark(
  mark: Mark,
  fresh: { readonly tasks: readonly SignalledTasks[]; readonly delivery: string },
  { minuteSeconds, nowMs }: { readonly minuteSeconds: number; readonly nowMs: number },
): Mark {
  if (mark.deliveries.includes(fresh.delivery)) return mark;
  const spanMs = Math.max(1, Math.floor(minuteSeconds / SPANS_PER_MINUTE)) * 1000;
  const spans = new Map<number, number>();
  for (const { atMs, tasks } of [...mark.signalled, ...fresh.tasks]) {
    if (atMs < nowMs - MARK_MINUTES * minuteSeconds * 1000) continue;
    const span = Math.floor(atMs / spanMs) * spanMs;
    spans.set(span, (spans.get(span) ?? 0) + tasks);
  }
  return {
    signalled: [...spans].sort(([a], [b]) => a - b).map(([atMs, tasks]) => ({ atMs, tasks })),
    deliveries: [...mark.deliveries, fresh.delivery].slice(-DELIVERIES),
  };
}
