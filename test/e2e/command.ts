/** Runs an npm script as a person would, and reads what it says. */
import { spawn, type ChildProcess } from "node:child_process";
import { resolve } from "node:path";

const root = resolve(__dirname, "../..");

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with the match as soon as standard error or output has it; rejects when the command ends without. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
}

/** A process group of its own, so that a signal to it is what Ctrl-C in a terminal is. */
export function npmRun(script: string, ...args: string[]): Command {
  return npmRunIn(process.env, script, ...args);
}

export function npmRunIn(environment: NodeJS.ProcessEnv, script: string, ...args: string[]): Command {
  const options = { cwd: root, detached: true, env: environment };
  const child = spawn("npm", ["run", "--silent", script, "--", ...args], options);
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  const heard = (): void => {
    for (const listener of listeners) listener();
  };
  child.stdout.on("data", (chunk) => {
    stdout += String(chunk);
    heard();
  });
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk);
    heard();
  });
  const ended = new Promise<Ended>((done) => {
    child.once("close", (exitCode) => {
      done({ exitCode, stdout, stderr });
    });
  });
  return {
    child,
    ended,
    says: (pattern) =>
      new Promise((found, failed) => {
        const look = (): void => {
          const match = pattern.exec(stdout) ?? pattern.exec(stderr);
          if (match === null) return;
          listeners.delete(look);
          found(match);
        };
        listeners.add(look);
        void ended.then(() => {
          look();
          failed(new Error(`It ended without saying ${String(pattern)}:\n${stdout}\n${stderr}`));
        });
        look();
      }),
  };
}

/** What Ctrl-C does: SIGINT to the whole foreground group. */
export function interrupt({ child }: Command): void {
  if (child.pid !== undefined) process.kill(-child.pid, "SIGINT");
}

/** The object that `--json` prints as the last line of standard output. */
export function lastLine(ended: Ended): unknown {
  return JSON.parse(ended.stdout.trimEnd().split("\n").at(-1) ?? "");
}
