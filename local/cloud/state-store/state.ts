/** What the local cloud keeps in a directory, so that it goes on after a restart: a database, and objects as files. */
import { join } from "node:path";
import type { Keeper } from "../keeper";
import type { LogRecords } from "../logs/kept-logs";
import type { MetricRecords } from "../metrics/metrics";
import type { S3Records } from "../s3/s3";
import type { StatesStore } from "../states/executions/journal";
import { createCommits, type CommitsOptions } from "./commits";
import { openDatabase, type DatabaseOptions } from "./database";
import { createDocuments } from "./documents";
import { createLogRecords } from "./log-records";
import { createMetricRecords } from "./metric-records";
import { createObjectRecords } from "./object-records";
import { createRunRecords, type RunRecords } from "./run-records";
import { createStatesStore } from "./states-store";

export interface State {
  readonly states: StatesStore;
  readonly s3: S3Records;
  readonly metrics: MetricRecords;
  readonly logs: LogRecords;
  /** Of queues, their messages, and parameters. */
  readonly keeper: Keeper;
  /** Of the runs before this one, oldest first, and of this one from its `begin` on: where their logs lie. */
  readonly runs: RunRecords;
  /** Where the contents of objects lie. */
  readonly objectDirectory: string;
  /** Writes what is to be written, and lets others have the directory. */
  close(): void;
}

export interface StateOptions extends DatabaseOptions, CommitsOptions {
  readonly now: () => number;
}

/** Throws StateUnusable when the directory is in use, another stack's, or can't be read. */
export function openState(options: StateOptions): State {
  const database = openDatabase(options);
  const commits = createCommits(database, options);
  const documents = createDocuments(database, commits);
  return {
    states: createStatesStore(database, commits, documents),
    s3: createObjectRecords(database, documents),
    metrics: createMetricRecords(database, commits, options.now),
    logs: createLogRecords(database, commits, documents),
    keeper: documents,
    runs: createRunRecords(options.directory, documents),
    objectDirectory: join(options.directory, "objects"),
    close() {
      commits.flush();
      database.close();
    },
  };
}
