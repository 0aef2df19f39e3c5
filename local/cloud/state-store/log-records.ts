/** What CloudWatch Logs keeps: the events of each group, in parts, in the order in which they came. */
import type { DatabaseSync } from "node:sqlite";
import type { LogRecords } from "../logs/kept-logs";
import { eventId, type LogEvent } from "../logs/log-store";
import type { Commits } from "./commits";
import type { Documents } from "./documents";

/** Ids are long, and numbers. */
type KeptEvent = Omit<LogEvent, "id"> & { readonly number: number };

export function createLogRecords(
  database: DatabaseSync,
  commits: Commits,
  { documents, keep, committed }: Documents,
): LogRecords {
  const add = database.prepare("INSERT INTO log_events VALUES (?, ?, ?, ?)");
  const ofGroup = database.prepare("SELECT events FROM log_events WHERE log_group = ? ORDER BY part");
  const drop = database.prepare("DELETE FROM log_events WHERE log_group = ? AND last < ?");
  const last = database.prepare("SELECT max(part) AS part FROM log_events").get() as { part: number | null };
  let part = last.part ?? 0;
  let due = new Map<string, KeptEvent[]>();
  let forgotten = new Map<string, number>();

  function write(): void {
    part += 1;
    const [events, before] = [due, forgotten];
    due = new Map();
    forgotten = new Map();
    for (const [group, added] of events)
      add.run(group, part, added.at(-1)?.number ?? 0, JSON.stringify(added));
    for (const [group, number] of before) drop.run(group, number);
  }

  return {
    documents,
    keep,
    committed,
    events: (group) =>
      (ofGroup.all(group) as { events: string }[])
        .flatMap(({ events }) => JSON.parse(events) as KeptEvent[])
        .map(({ number, ...event }) => ({ id: eventId(number), ...event })),
    append(group, events) {
      const known = due.get(group) ?? [];
      for (const { id, ...event } of events) known.push({ number: Number(id), ...event });
      due.set(group, known);
      commits.atEnd(write);
    },
    forget(group, beforeId) {
      forgotten.set(group, Number(beforeId));
      commits.atEnd(write);
    },
  };
}
