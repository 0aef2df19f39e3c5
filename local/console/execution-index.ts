/** The executions that the console lists: what they are called, how they stand. Light, and bounded. */
import type { ExecutionPage, ExecutionRow } from "./execution-messages";
import { STATUSES, type Status } from "./messages";

export interface ExecutionIndex {
  started(arn: string, timeMs: number): void;
  /** RUNNING: it goes on after its end. */
  changed(arn: string, status: Status, timeMs: number): void;
  counts(): Readonly<Record<Status, number>>;
  /** Rises with each change. */
  revision(): number;
  page(wanted: PageRequest): ExecutionPage;
}

export interface PageRequest {
  /** Null: any. */
  readonly status: Status | null;
  /** Part of a name, of the execution or its state machine; "" fits all. */
  readonly text: string;
  readonly offset: number;
  readonly limit: number;
}

type Entry = { -readonly [Key in keyof ExecutionRow]: ExecutionRow[Key] };

/** The oldest that have ended make room beyond this. */
const KEPT = 20_000;

export function createExecutionIndex(kept = KEPT): ExecutionIndex {
  const entries = new Map<string, Entry>();
  const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  let revision = 0;

  function makeRoom(): void {
    for (const { arn, status } of entries.values()) {
      if (entries.size <= kept) return;
      // One that runs stays: it is what people look for.
      if (status === "RUNNING") continue;
      entries.delete(arn);
      counts[status] -= 1;
    }
  }

  return {
    started(arn, timeMs) {
      if (entries.has(arn)) return;
      const parts = arn.split(":");
      const machine = parts[6] ?? "";
      entries.set(arn, {
        arn,
        name: parts[7] ?? arn,
        machine,
        status: "RUNNING",
        startedMs: timeMs,
        endedMs: null,
      });
      counts.RUNNING += 1;
      revision += 1;
      // Seldom, since each search for room walks over those that run.
      if (entries.size > kept * 1.1) makeRoom();
    },
    changed(arn, status, timeMs) {
      const entry = entries.get(arn);
      if (entry === undefined) return;
      counts[entry.status] -= 1;
      counts[status] += 1;
      entry.status = status;
      entry.endedMs = status === "RUNNING" ? null : timeMs;
      revision += 1;
    },
    counts: () => counts,
    revision: () => revision,
    page({ status, text, offset, limit }) {
      const sought = text.toLowerCase();
      const fits = (entry: Entry): boolean =>
        (status === null || entry.status === status) &&
        (sought === "" || `${entry.machine} ${entry.name}`.toLowerCase().includes(sought));
      const all = [...entries.values()];
      const rows: ExecutionRow[] = [];
      let total = 0;
      for (let index = all.length - 1; index >= 0; index -= 1) {
        const entry = all[index];
        if (entry === undefined || !fits(entry)) continue;
        if (total >= offset && rows.length < limit) rows.push(entry);
        total += 1;
      }
      return { revision, total, rows };
    },
  };
}
