/** What Step Functions keeps: documents by their keys, and for each execution a journal that only grows. */
import type { DatabaseSync } from "node:sqlite";
import type { JournalEntry, StatesStore } from "../states/executions/journal";
import type { Commits } from "./commits";
import type { Documents } from "./documents";

interface Row {
  readonly execution: number;
  readonly entries: string;
}

export function createStatesStore(
  database: DatabaseSync,
  commits: Commits,
  { documents, keep }: Documents,
): StatesStore {
  const add = database.prepare("INSERT INTO journals VALUES (?, ?, ?)");
  const removeJournal = database.prepare("DELETE FROM journals WHERE execution = ?");
  const last = database.prepare("SELECT max(part) AS part FROM journals").get() as { part: number | null };
  /** Grows from commit to commit: the order of an execution's entries. */
  let part = last.part ?? 0;
  let entries = new Map<number, JournalEntry[]>();
  let forgotten: number[] = [];

  function write(): void {
    part += 1;
    const [dueEntries, dueForgotten] = [entries, forgotten];
    entries = new Map();
    forgotten = [];
    for (const [execution, added] of dueEntries) add.run(execution, part, JSON.stringify(added));
    for (const execution of dueForgotten) removeJournal.run(execution);
  }

  return {
    documents,
    keep,
    executions() {
      const rows = database
        .prepare("SELECT execution, entries FROM journals ORDER BY execution, part")
        .iterate();
      const all = new Map<number, JournalEntry[]>();
      for (const { execution, entries: text } of rows as unknown as Iterable<Row>) {
        const known = all.get(execution) ?? [];
        all.set(execution, known);
        for (const entry of JSON.parse(text) as JournalEntry[]) known.push(entry);
      }
      return [...all].map(([number, its]) => ({ number, entries: its }));
    },
    append(execution, entry) {
      const known = entries.get(execution);
      if (known !== undefined) {
        known.push(entry);
        return;
      }
      entries.set(execution, [entry]);
      commits.atEnd(write);
    },
    forget(execution) {
      forgotten.push(execution);
      commits.atEnd(write);
    },
    committed: commits.committed,
  };
}
