/** The log files of a run's workers and functions, in parts and line by line. */
import { open, readdir, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { LogLine, LogName, LogPart, WorkerNow } from "./messages";

/** What logs are named by. */
export interface LogSources {
  /** Those that there are now, by the name of their log file. */
  readonly workers: ReadonlyMap<string, WorkerNow>;
  /** What people call a service or a Lambda function, by its name on AWS. */
  readonly names: ReadonlyMap<string, string>;
}

/** As local-function.ts and ecs.ts name them. */
const FUNCTION_LOG = /^lambda-(.+)\.log$/;
const WORKER_LOG = /^(.+)-([0-9a-f]{8})\.log$/;
/** A part is no longer; of a file that is, the newest lines come first. */
const PART_BYTES = 256 * 1024;
/** In one read, for a task's first line, */
const SEARCHED_BYTES = 1024 * 1024;
/** and again in the next one, so that a line is whole in one of them. */
const OVERLAP_BYTES = 64 * 1024;

/** Newest first. */
export async function logNames(
  directory: string,
  { workers, names: known }: LogSources,
): Promise<readonly LogName[]> {
  const names = (await logFiles(directory)).filter((name) => name.endsWith(".log"));
  const found = await Promise.all(
    names.map(async (file): Promise<LogName> => {
      const { size, mtimeMs } = await stat(join(directory, file));
      const [, name = "", worker = null] = FUNCTION_LOG.exec(file) ?? WORKER_LOG.exec(file) ?? [];
      return {
        file,
        of: known.get(name) ?? name,
        worker,
        bytes: size,
        changedMs: mtimeMs,
        workerState: workers.get(file)?.state ?? null,
      };
    }),
  );
  return found.sort((a, b) => b.changedMs - a.changedMs);
}

/** Which lines are wanted. */
export interface WantedLines {
  readonly file: string;
  /** Null: from near the end; of a task's lines, from the first one. */
  readonly offset: number | null;
  /** Null: of all tasks, and of none. */
  readonly task: string | null;
}

/** Whole lines. Null: there is no such file. */
export async function logPart(
  directory: string,
  { file, offset, task }: WantedLines,
): Promise<LogPart | null> {
  // Only what the directory lists: a name never leads out of it.
  if (!(await logFiles(directory)).includes(file)) return null;
  const handle = await open(join(directory, file), "r");
  try {
    const { size } = await handle.stat();
    const from = Math.min(offset ?? (await beginning(handle, size, task)), size);
    const { buffer, bytesRead } = await handle.read({
      buffer: Buffer.alloc(Math.min(PART_BYTES, size - from)),
      position: from,
    });
    const bytes = buffer.subarray(0, bytesRead);
    const end = bytes.lastIndexOf("\n") + 1;
    // From the middle of a file, it begins in the middle of a line.
    const start = offset === null && from > 0 ? bytes.indexOf("\n") + 1 : 0;
    const texts = bytes.subarray(start, end).toString("utf8").split("\n");
    const isFunction = FUNCTION_LOG.test(file);
    const lines = texts.filter((text) => text !== "").map(isFunction ? functionLine : workerLine);
    return {
      skippedBytes: from + start,
      nextOffset: from + end,
      restBytes: size - from - end,
      lines: task === null ? lines : lines.filter(({ taskId }) => taskId === task),
    };
  } finally {
    await handle.close();
  }
}

/** Before the first line that is wanted, and not far before. */
async function beginning(handle: FileHandle, size: number, task: string | null): Promise<number> {
  const nearEnd = Math.max(0, size - PART_BYTES);
  if (task === null) return nearEnd;
  const buffer = Buffer.alloc(SEARCHED_BYTES);
  for (let at = 0; at < size; at += SEARCHED_BYTES - OVERLAP_BYTES) {
    const { bytesRead } = await handle.read({ buffer, position: at });
    const found = buffer.subarray(0, bytesRead).indexOf(task);
    if (found !== -1) return Math.max(0, at + buffer.subarray(0, found).lastIndexOf("\n"));
  }
  return nearEnd;
}

/** The worker writes one JSON object for each event. What is none comes from what it started. */
function workerLine(text: string): LogLine {
  const { time, event, taskId, line, stream, ...rest } = jsonOf(text);
  if (typeof event !== "string") return { timeMs: null, taskId: null, event: "", text };
  const printed = typeof line === "string" ? line : null;
  return {
    timeMs: typeof time === "string" ? Date.parse(time) : null,
    taskId: typeof taskId === "string" ? taskId : null,
    event: printed === null ? event : String(stream ?? "stdout"),
    text: printed ?? fieldsOf(rest),
  };
}

/** What stands in every line, and what only CloudWatch reads. */
const REPEATED: ReadonlySet<string> = new Set(["activity", "pool", "ActivityArn", "_aws"]);

/** `ENVIRONMENT REQUEST-ID LINE`, as local-function.ts writes it. */
function functionLine(text: string): LogLine {
  const [, environment = "", requestId = "-", line = text] = /^(\S+) (\S+) (.*)$/s.exec(text) ?? [];
  return { timeMs: null, taskId: requestId === "-" ? null : requestId, event: environment, text: line };
}

function fieldsOf(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .filter(([name]) => !REPEATED.has(name))
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** None before the first program has started. */
export async function logFiles(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch((): string[] => []);
}
