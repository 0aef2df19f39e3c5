/**
 * The mark of the fast signal on a service: how many tasks the log said were scheduled, and when. Ticks count them until
 * the metrics show them, so that what the signal woke is not sent back to sleep.
 */
import type { SignalledTasks } from "./observation";

/** A tag of the service. */
export const MARK_TAG = "loveless:signalled";
/** Longer than any delay of the metrics, in minutes. */
export const MARK_MINUTES = 6;
/** Counts are kept by spans of so many seconds of a minute of 60, to fit into a tag. */
const SPANS_PER_MINUTE = 6;
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html */
const MOST_CHARACTERS = 256;

/** `SECONDS:TASKS` with spaces between, oldest first; what is not of that form is left out. */
export function parseMark(value: string): readonly SignalledTasks[] {
  return value.split(" ").flatMap((part) => {
    const [, seconds, tasks] = /^(\d{1,12}):(\d{1,7})$/.exec(part) ?? [];
    return seconds === undefined ? [] : [{ atMs: Number(seconds) * 1000, tasks: Number(tasks) }];
  });
}

export function writeMark(signalled: readonly SignalledTasks[]): string {
  const parts = signalled.map(({ atMs, tasks }) => `${String(Math.floor(atMs / 1000))}:${String(tasks)}`);
  while (parts.join(" ").length > MOST_CHARACTERS) parts.shift();
  return parts.join(" ");
}

/** The mark with what is new, without what the metrics show by now. */
export function addToMark(
  mark: readonly SignalledTasks[],
  fresh: readonly SignalledTasks[],
  { minuteSeconds, nowMs }: { readonly minuteSeconds: number; readonly nowMs: number },
): readonly SignalledTasks[] {
  const spanMs = Math.max(1, Math.floor(minuteSeconds / SPANS_PER_MINUTE)) * 1000;
  const spans = new Map<number, number>();
  for (const { atMs, tasks } of [...mark, ...fresh]) {
    if (atMs < nowMs - MARK_MINUTES * minuteSeconds * 1000) continue;
    const span = Math.floor(atMs / spanMs) * spanMs;
    spans.set(span, (spans.get(span) ?? 0) + tasks);
  }
  return [...spans].sort(([a], [b]) => a - b).map(([atMs, tasks]) => ({ atMs, tasks }));
}
