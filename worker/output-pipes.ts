/**
 * Pipes for what a function process prints, as on Lambda. What Node gives its children are sockets, which Linux opens by
 * no path: `echo … > /dev/stderr` fails there. A FIFO whose name is gone is a pipe like any other.
 */
import { execFile } from "node:child_process";
import { closeSync, constants, existsSync, fstatSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";

/** It takes a millisecond or two. */
const MKFIFO_MS = 5_000;

export interface OutputPipes {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** File descriptors, for the process to inherit. */
  readonly writeEnds: { readonly stdout: number; readonly stderr: number };
  /** Our own copies of them, which would keep the pipes from ending; to be called when the process has its own. */
  closeWriteEnds(): void;
  /** All ends: for a process that never was. */
  close(): void;
}

export interface OutputPipesOptions {
  /** Where mkfifo is looked for, as PATH has it, if the worker brings none. @default the system's own places */
  readonly path?: string | undefined;
  /** Where the pipes have names for a moment. @default os.tmpdir() */
  readonly directory?: string;
}

/** Leaves no names behind, also when it rejects: without mkfifo, in a directory that can't be written to, or short of descriptors. */
export async function openOutputPipes({
  path,
  directory = tmpdir(),
}: OutputPipesOptions): Promise<OutputPipes> {
  const own = mkdtempSync(join(directory, "loveless-output-"));
  const descriptors: number[] = [];
  try {
    const names = [join(own, "stdout"), join(own, "stderr")] as const;
    await makeFifos(names, path);
    return pipesOf(openBothEnds(names[0], descriptors), openBothEnds(names[1], descriptors));
  } catch (error) {
    for (const descriptor of descriptors) closeSync(descriptor);
    throw error;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

/** Of the environment it gets where programs are, and no more. */
async function makeFifos(names: readonly string[], path: string | undefined): Promise<void> {
  const [program, ...args] = mkfifoCommand();
  const env = path === undefined ? {} : { PATH: path };
  await promisify(execFile)(program, [...args, "-m", "600", ...names], { env, timeout: MKFIFO_MS });
}

/** The worker image has one beside the worker, which starts as its Node does: the function's image may have none. */
function mkfifoCommand(): readonly [string, ...string[]] {
  const beside = join(__dirname, "mkfifo");
  if (!existsSync(beside)) return ["mkfifo"];
  return [join(__dirname, "loader"), "--library-path", join(__dirname, "lib"), beside];
}

interface Ends {
  readonly readEnd: number;
  readonly writeEnd: number;
}

/** `opened`: told each descriptor as soon as it is there, for whoever closes them. */
function openBothEnds(name: string, opened: number[]): Ends {
  // Non-blocking, so that no open waits for another end. libuv makes the child's standard streams blocking again:
  // https://github.com/libuv/libuv/blob/v1.51.0/src/unix/process.c (uv__process_child_init)
  const flags = constants.O_NONBLOCK | constants.O_NOFOLLOW;
  const readEnd = openSync(name, constants.O_RDONLY | flags);
  opened.push(readEnd);
  if (!fstatSync(readEnd).isFIFO()) throw new Error(`${name} is no FIFO any more`);
  const writeEnd = openSync(name, constants.O_WRONLY | flags);
  opened.push(writeEnd);
  return { readEnd, writeEnd };
}

function pipesOf(stdout: Ends, stderr: Ends): OutputPipes {
  const readers = [stdout, stderr].map(
    ({ readEnd }) => new Socket({ fd: readEnd, readable: true, writable: false }),
  ) as [Socket, Socket];
  let open = true;
  const closeWriteEnds = (): void => {
    if (!open) return;
    open = false;
    closeSync(stdout.writeEnd);
    closeSync(stderr.writeEnd);
  };
  return {
    stdout: readers[0],
    stderr: readers[1],
    writeEnds: { stdout: stdout.writeEnd, stderr: stderr.writeEnd },
    closeWriteEnds,
    close() {
      closeWriteEnds();
      for (const reader of readers) reader.destroy();
    },
  };
}
