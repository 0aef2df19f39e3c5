/** Processes of the bench: started, asked how far they are, measured from outside, ended. */
import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

export interface Measured {
  readonly pid: number;
  readonly port: number;
  /** Sends a message; the answer says how many tasks are done. */
  ask(message?: object): Promise<number>;
  end(): Promise<void>;
}

/** A process that tells its port first, and then answers each message with `{ tasks }`. */
export async function start(
  file: string,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const child = fork(file, args, {
    env: { PATH: process.env["PATH"], ...environment },
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return {
    pid: child.pid ?? 0,
    port,
    async ask(message = {}) {
      const answer = once(child, "message");
      child.send(message);
      const [{ tasks }] = (await answer) as [{ tasks: number }];
      return tasks;
    },
    end: () => endOf(child),
  };
}

/**
 * A program that tells nothing. `ownSession`: as the worker starts a function. Linux shares the CPU out by sessions
 * first (autogroup), so that clients of the floor would else be treated otherwise than those of the worker.
 */
export function startPlain(
  [program, ...args]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>>,
  { ownSession = false } = {},
): { readonly pid: number; end(): Promise<void> } {
  const child = spawn(program, args, {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "ignore", "inherit"],
    detached: ownSession,
  });
  return { pid: child.pid ?? 0, end: () => endOf(child) };
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** User and system time of the process so far. The kernel counts in hundredths of a second. */
export function cpuMicros(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
  // Fields 14 and 15; the second one, the name, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

export function rssMiB(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}
