/** The database of a state directory: one process at a time, one stack, one format. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Why a directory can't be used, and what to do: for whoever chose it. */
export class StateUnusable extends Error {
  override readonly name = "StateUnusable";
}

export interface DatabaseOptions {
  /** Made when it is missing. */
  readonly directory: string;
  /** Whose state it is. */
  readonly stack: string;
}

const FILE = "state.sqlite";
const PID_FILE = "pid";
/** Of the tables below, and of what stands in them. A program reads its own alone: a state is a laptop's, and made anew. */
const FORMAT = 2;

const TABLES = `
  CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE documents (kind TEXT, key TEXT, value TEXT NOT NULL, UNIQUE (kind, key));
  CREATE TABLE journals (execution INTEGER, part INTEGER, entries TEXT NOT NULL, PRIMARY KEY (execution, part)) WITHOUT ROWID;
  CREATE TABLE objects (bucket TEXT, key TEXT, facts TEXT NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID;
  CREATE TABLE bins (series TEXT, second INTEGER, bin TEXT NOT NULL, PRIMARY KEY (series, second)) WITHOUT ROWID;
  CREATE INDEX bins_by_second ON bins (second);
  CREATE TABLE log_events (log_group TEXT, part INTEGER, last INTEGER, events TEXT NOT NULL, PRIMARY KEY (log_group, part)) WITHOUT ROWID;
  CREATE TABLE measurements (part INTEGER PRIMARY KEY, data TEXT NOT NULL);
`;

/** Throws StateUnusable. */
export function openDatabase({ directory, stack }: DatabaseOptions): DatabaseSync {
  const database = lockedDatabase(directory);
  try {
    const problem = unusable(database, directory, stack);
    if (problem !== null) throw new StateUnusable(problem);
    writePid(directory);
    return database;
  } catch (error) {
    database.close();
    throw error instanceof StateUnusable ? error : broken(directory, error);
  }
}

/** The kernel gives the lock back when the process ends, however it ends. */
function lockedDatabase(directory: string): DatabaseSync {
  makeDirectory(directory);
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(join(directory, FILE));
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("BEGIN EXCLUSIVE; COMMIT");
    // A commit outlives the end of the process at once, and that of the machine a little later.
    database.exec("PRAGMA synchronous = NORMAL");
    return database;
  } catch (error) {
    database?.close();
    if (/locked|busy/i.test((error as Error).message)) {
      const message = `The state in ${directory} is in use by the process ${pidIn(directory)}; end that, or choose another --state.`;
      throw new StateUnusable(message);
    }
    throw broken(directory, error);
  }
}

/** One at a time: where a kernel says ENOENT of any new one (/proc), Node's own recursion never ends. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  makeDirectory(dirname(directory));
  try {
    mkdirSync(directory);
  } catch (error) {
    if (existsSync(directory)) return;
    const { message } = error as Error;
    throw new StateUnusable(`The directory of the state can't be made (${message}); choose another --state.`);
  }
}

/** Null when it is fine; a new database gets its tables. */
function unusable(database: DatabaseSync, directory: string, stack: string): string | null {
  const { user_version: format } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (format === 0) {
    database.exec(
      `BEGIN; ${TABLES} INSERT INTO facts VALUES ('stack', ${quoted(stack)}); PRAGMA user_version = ${String(FORMAT)}; COMMIT`,
    );
    return null;
  }
  if (format !== FORMAT) {
    const versions = `format ${String(format)}, and this version knows ${String(FORMAT)}`;
    const which = format > FORMAT ? "a newer" : "an older";
    return `The state in ${directory} was written by ${which} version (${versions}); use that, or choose another --state.`;
  }
  const { quick_check: check } = database.prepare("PRAGMA quick_check(1)").get() as {
    quick_check: string;
  };
  if (check !== "ok") throw new Error(check);
  const { value } = database.prepare("SELECT value FROM facts WHERE name = 'stack'").get() as {
    value: string;
  };
  if (value === stack) return null;
  return `The state in ${directory} is that of the stack ${value}, not of ${stack}; choose another --state.`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Nothing is written to a file that can't be read: what is in it may be saved by other means. */
function broken(directory: string, error: unknown): StateUnusable {
  const file = join(directory, FILE);
  const { message } = error as Error;
  return new StateUnusable(
    `The state in ${file} can't be read (${message}); it was left as it is. Choose another --state.`,
  );
}

function writePid(directory: string): void {
  const file = join(directory, PID_FILE);
  writeFileSync(`${file}.new`, `${String(process.pid)}\n`);
  renameSync(`${file}.new`, file);
}

function pidIn(directory: string): string {
  try {
    return readFileSync(join(directory, PID_FILE), "utf8").trim();
  } catch {
    return "of another run";
  }
}
