/** What is kept whole: documents by their kind and key, in the order in which they first came. */
import type { DatabaseSync } from "node:sqlite";
import type { Json } from "../../graph";
import type { KeptDocument, Keeper } from "../keeper";
import type { Commits } from "./commits";

export interface Documents extends Keeper {
  /** As `keep`, but at once: for what must be known before a file is touched. One kind is kept in one of the two ways. */
  keepNow(kind: string, key: string, value: Json | null): void;
}

interface Change {
  readonly kind: string;
  readonly key: string;
  readonly value: Json | null;
}

/** Greater than what any key has behind a prefix. */
const LAST = "\u{10FFFF}";

export function createDocuments(database: DatabaseSync, commits: Commits): Documents {
  const ofKind = database.prepare(
    "SELECT key, value FROM documents WHERE kind = ? AND key >= ? AND key < ? ORDER BY rowid",
  );
  const put = database.prepare(
    "INSERT INTO documents VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  const remove = database.prepare("DELETE FROM documents WHERE kind = ? AND key = ?");
  let due = new Map<string, Change>();

  function apply({ kind, key, value }: Change): void {
    if (value === null) remove.run(kind, key);
    else put.run(kind, key, JSON.stringify(value));
  }

  function write(): void {
    const changes = due;
    due = new Map();
    for (const change of changes.values()) apply(change);
  }

  return {
    documents(kind, prefix = "") {
      const rows = ofKind.all(kind, prefix, prefix + LAST) as { key: string; value: string }[];
      return rows.map(({ key, value }): KeptDocument => ({ key, value: JSON.parse(value) as Json }));
    },
    keep(kind, key, value) {
      due.set(`${kind} ${key}`, { kind, key, value });
      commits.atEnd(write);
    },
    keepNow(kind, key, value) {
      apply({ kind, key, value });
    },
    committed: commits.committed,
  };
}
