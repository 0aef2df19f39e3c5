/** Group commit: what happens in one turn of the event loop is written in one transaction, at its end. */
import type { DatabaseSync } from "node:sqlite";

export interface Commits {
  /** Calls `write` within the transaction at the end of this turn; the same function is called once. */
  atEnd(write: () => void): void;
  /** Resolves when what was asked for until the end of this turn is written; rejects when it could not be. */
  committed(): Promise<void>;
  /** Writes what is to be written. Throws what the database says. */
  flush(): void;
}

export interface CommitsOptions {
  /** Told once, when something could not be written: nothing is from then on. */
  readonly onFailure: (error: Error) => void;
  /** @default setImmediate: when all that has arrived is done */
  readonly schedule?: ((flush: () => void) => void) | undefined;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export function createCommits(
  database: DatabaseSync,
  { onFailure, schedule = setImmediate }: CommitsOptions,
): Commits {
  const writes = new Set<() => void>();
  let waiters: Waiter[] = [];
  let scheduled = false;
  let failure: Error | null = null;
  const begin = database.prepare("BEGIN");
  const commit = database.prepare("COMMIT");

  function wake(): void {
    if (scheduled) return;
    scheduled = true;
    schedule(() => {
      scheduled = false;
      attempt();
    });
  }

  function attempt(): void {
    const waited = waiters;
    waiters = [];
    try {
      flush();
    } catch (error) {
      if (failure === null) onFailure(error as Error);
      failure ??= error as Error;
    }
    for (const { resolve, reject } of waited)
      if (failure === null) resolve();
      else reject(failure);
  }

  function flush(): void {
    if (failure !== null || writes.size === 0) return;
    const due = [...writes];
    writes.clear();
    begin.run();
    try {
      for (const write of due) write();
      commit.run();
    } catch (error) {
      // SQLite itself has rolled back what it could not write.
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }

  return {
    atEnd(write) {
      writes.add(write);
      wake();
    },
    committed() {
      if (failure !== null) return Promise.reject(failure);
      wake();
      return new Promise((resolve, reject) => waiters.push({ resolve, reject }));
    },
    flush,
  };
}
