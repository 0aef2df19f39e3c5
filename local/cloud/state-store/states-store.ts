/** What Step Functions keeps: documents by their keys, and for each execution a journal that only grows. */
import type { DatabaseSync } from "node:sqlite";
import type { Json } from "../../graph";
import type { DocumentKind, JournalEntry, StatesStore } from "../states/executions/journal";
import type { Commits } from "./commits";

interface Row {
  readonly execution: number;
  readonly entries: string;
}

export function createStatesStore(database: DatabaseSync, commits: Commits): StatesStore {
  const add = database.prepare("INSERT INTO journals VALUES (?, ?, ?)");
  const removeJournal = database.prepare("DELETE FROM journals WHERE execution = ?");
  const put = database.prepare(
    "INSERT INTO documents VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  const remove = database.prepare("DELETE FROM documents WHERE kind = ? AND key = ?");
  const last = database.prepare("SELECT max(part) AS part FROM journals").get() as { part: number | null };
  /** Grows from commit to commit: the order of an execution's entries. */
  let part = last.part ?? 0;
  let documents = new Map<
    string,
    { readonly kind: string; readonly key: string; readonly value: Json | null }
  >();
  let entries = new Map<number, JournalEntry[]>();
  let forgotten: number[] = [];

  function write(): void {
    part += 1;
    const [dueDocuments, dueEntries, dueForgotten] = [documents, entries, forgotten];
    documents = new Map();
    entries = new Map();
    forgotten = [];
    for (const { kind, key, value } of dueDocuments.values()) {
      if (value === null) remove.run(kind, key);
      else put.run(kind, key, JSON.stringify(value));
    }
    for (const [execution, added] of dueEntries) add.run(execution, part, JSON.stringify(added));
    for (const execution of dueForgotten) removeJournal.run(execution);
  }

  return {
    documents(kind: DocumentKind) {
      const rows = database
        .prepare("SELECT key, value FROM documents WHERE kind = ? ORDER BY rowid")
        .all(kind);
      return (rows as unknown as { key: string; value: string }[]).map(({ key, value }) => ({
        key,
        value: JSON.parse(value) as Json,
      }));
    },
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
    keep(kind, key, value) {
      documents.set(`${kind} ${key}`, { kind, key, value });
      commits.atEnd(write);
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
