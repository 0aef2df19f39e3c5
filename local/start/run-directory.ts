/** Where a run keeps its results and logs: a directory of its own, beside those of the runs before it. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Older ones make room. */
export const KEPT_RUNS = 20;
/** TIME-STACK-PID, sorted by time. What is not named so is not ours to remove. */
const RUN_NAME = /^\d{8}T\d{6}Z-.+-\d+$/;

/** The project's directory is somebody else's, or its disk is full. */
export class RunsUnwritable extends Error {
  override readonly name = "RunsUnwritable";
}

/** Makes a new directory in `parent`, and removes all but the newest `KEPT_RUNS` runs there. Rejects with RunsUnwritable. */
export async function makeRunDirectory(parent: string, stack: string): Promise<string> {
  const time = new Date().toISOString().replace(/[-:]/g, "").replace(/\..*/, "Z");
  // A stack that does not exist is told later; until then its name may be anything.
  const name = stack.replace(/[^\w.-]/g, "_");
  const directory = join(parent, `${time}-${name}-${String(process.pid)}`);
  await mkdir(directory, { recursive: true }).catch((error: Error) => {
    throw new RunsUnwritable(
      `The results and logs of runs go to ${parent}, which can't be written (${error.message}); let this user write there, or run a copy of the project that is theirs.`,
    );
  });
  const runs = (await readdir(parent)).filter((name) => RUN_NAME.test(name)).sort();
  for (const run of runs.slice(0, -KEPT_RUNS)) await rm(join(parent, run), { recursive: true, force: true });
  return directory;
}
