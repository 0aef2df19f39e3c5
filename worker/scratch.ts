/** The directories that a function may write to, emptied between tasks (D6): only where that harms nobody else. */
import { chmod, lstat, mkdtemp, readdir, rm, rmdir, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory without it is never emptied. In the worker image's /tmp it is root's, so the function can't remove it. */
export const MARKER = ".loveless-scratch";
/** Memory that processes share by name; in a container of our own it is ours. */
const SHARED_MEMORY = "/dev/shm";

export interface Scratch {
  /** The function's TMPDIR. */
  readonly directory: string;
  /** Rejects when something can't be removed, or the marker is gone: the next task would find it. */
  empty(): Promise<void>;
  /** Removes a directory that the worker made itself. */
  close(): Promise<void>;
}

export interface ScratchOptions {
  /** Undefined: a temporary directory of the worker's own. */
  readonly directory: string | undefined;
  /** Whether /dev/shm is this worker's alone. */
  readonly ownsSharedMemory: boolean;
}

/** Rejects when the directory is not marked as one that may be emptied. */
export async function openScratch({ directory, ownsSharedMemory }: ScratchOptions): Promise<Scratch> {
  const scratch = directory ?? (await makeOwn());
  await requireMarker(scratch);
  return {
    directory: scratch,
    async empty() {
      await requireMarker(scratch);
      await emptyDirectory(scratch, [MARKER]);
      if (ownsSharedMemory) await emptyDirectory(SHARED_MEMORY, []);
    },
    async close() {
      if (directory === undefined) await rm(scratch, { recursive: true, force: true });
    },
  };
}

async function makeOwn(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "loveless-scratch-"));
  await writeFile(join(made, MARKER), "The worker empties this directory between two tasks.\n");
  return made;
}

async function requireMarker(directory: string): Promise<void> {
  const marker = await lstat(join(directory, MARKER)).catch(() => null);
  if (marker?.isFile() === true) return;
  throw new Error(
    `The scratch directory ${directory} has no file ${MARKER}, so it is not emptied; put that file there if nothing else needs the directory.`,
  );
}

async function emptyDirectory(directory: string, except: readonly string[]): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true });
  for (const entry of entries) {
    if (except.includes(entry.name)) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await removeDirectory(path);
    else await unlink(path);
  }
}

/** What the function has closed to itself is still its own, and so the worker's: opened first. */
async function removeDirectory(directory: string): Promise<void> {
  await chmod(directory, 0o700);
  await emptyDirectory(directory, []);
  await rmdir(directory);
}
