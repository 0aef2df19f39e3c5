/** Runs the program as it was at a commit: its files in a temporary folder, with the packages of today. */
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { runProgram } from "../engine/run";
import type { Graph } from "../graph";

const run = promisify(execFile);

/** The commit is unknown, or its program fails; the message is one line. */
class BaseError extends Error {
  override readonly name = "BaseFailed";
}

export interface BaseOptions {
  readonly projectDirectory: string;
  readonly stack: string;
  /** Branch, tag or commit. */
  readonly ref: string;
  readonly signal: AbortSignal;
}

/** The graph in the form of up, as if it stood in the project's own folder. An empty one where the stack did not exist. */
export async function graphAt(options: BaseOptions): Promise<Graph> {
  const { projectDirectory, ref, stack, signal } = options;
  const commit = await commitOf(projectDirectory, ref);
  const directory = await mkdtemp(join(tmpdir(), "loveless-base-"));
  try {
    await extract(projectDirectory, commit, directory);
    await symlink(join(projectDirectory, "node_modules"), join(directory, "node_modules"));
    const graph = await runProgram({ projectDirectory: directory, stack, mode: "up", signal });
    return JSON.parse(JSON.stringify(graph).replaceAll(directory, projectDirectory)) as Graph;
  } catch (error) {
    const { name, message } = error as Error;
    if (name === "UnknownStack") return { project: "", stack, resources: [], outputs: {}, secretOutputs: [] };
    throw new BaseError(`The program of ${ref} can't be run: ${message.split("\n")[0] ?? name}`, {
      cause: error,
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function commitOf(directory: string, ref: string): Promise<string> {
  try {
    const { stdout } = await run("git", ["rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`], {
      cwd: directory,
    });
    return stdout.trim();
  } catch (error) {
    throw new BaseError(noCommit(directory, ref, String((error as { stderr?: unknown }).stderr ?? error)), {
      cause: error,
    });
  }
}

function noCommit(directory: string, ref: string, why: string): string {
  if (/ENOENT/.test(why))
    return "--base asks git, and there is no git here; install it, or leave --base out.";
  // Also that of another user, which git does not open before it is told to: its own words say how.
  if (/not a git repository|dubious ownership/.test(why)) {
    const words = why.trim().replace(/\s+/g, " ");
    return `--base compares with a commit of ${directory}, which git does not take for a repository (${words}); clone it by git, or leave --base out.`;
  }
  return `There is no commit "${ref}" in ${directory}; give a branch, a tag or a commit, and fetch it first.`;
}

/** `git archive` knows the commit's files and no others; a worktree would have to be pruned. */
async function extract(repository: string, commit: string, into: string): Promise<void> {
  const archive = spawn("git", ["archive", commit], { cwd: repository, stdio: ["ignore", "pipe", "ignore"] });
  const tar = spawn("tar", ["-x", "-C", into], { stdio: ["pipe", "ignore", "ignore"] });
  archive.stdout.pipe(tar.stdin);
  const codes = await Promise.all(
    [archive, tar].map(
      (child) =>
        new Promise<number | null>((resolve, reject) => {
          child.once("error", reject);
          child.once("close", resolve);
        }),
    ),
  );
  if (codes.some((code) => code !== 0)) throw new Error(`git archive ${commit} failed.`);
}
