/** A child process with a process group of its own: its lines, its end, and its killing, grandchildren included. */
import { spawn, type ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { pause, type Clock } from "./clock";
import type { OutputPipes } from "./output-pipes";
import { killStrays, type Strays } from "./strays";

/** How long SIGTERM is given before SIGKILL follows. */
const TERMINATION_GRACE_MS = 500;
/** SIGKILL can wait for a device driver; nobody waits longer than this for it. */
const KILL_GRACE_MS = 2_000;
/** Pipes that a grandchild took along into another session are let go after this. */
const PIPE_GRACE_MS = 100;
/** A longer line is logged in parts, so that output without line ends can't fill the memory. */
const LONGEST_LINE = 65_536;

/** How it ended. `how` is "exit status 1" or "signal: killed"; null for exit status 0. */
export type Ending =
  | { readonly kind: "exited"; readonly how: string | null }
  /** The system could not start it. `code` is the system's, such as ENOENT. */
  | { readonly kind: "unstartable"; readonly code: string; readonly why: string };

export interface ProcessGroup {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Resolves when the child itself is gone; what is left of its group has then been killed. Never rejects. */
  readonly ended: Promise<Ending>;
  /** SIGTERM to the group, then SIGKILL, also to what left it; resolves when all is gone, after 2.5 s at the latest. */
  kill(): Promise<void>;
}

export interface ProcessGroupOptions {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly workingDirectory?: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** The group's own from now on. Null: its output are sockets, as Node makes them. */
  readonly pipes: OutputPipes | null;
  /** How to know what left the group. */
  readonly strays: Strays;
  readonly clock: Clock;
  readonly onLine: (line: string, stream: "stdout" | "stderr") => void;
}

export function spawnGroup(options: ProcessGroupOptions): ProcessGroup {
  const { pipes } = options;
  let child: ChildProcess;
  try {
    child = spawnChild(options);
  } catch (error) {
    pipes?.close();
    return { pid: undefined, ended: Promise.resolve(unstartable(error)), kill: () => Promise.resolve() };
  }
  pipes?.closeWriteEnds();
  const outputs = { stdout: pipes?.stdout ?? child.stdout, stderr: pipes?.stderr ?? child.stderr };
  for (const stream of ["stdout", "stderr"] as const) {
    const output = outputs[stream];
    if (output !== null)
      readLines(output, (line) => {
        options.onLine(line, stream);
      });
  }
  const ended = new Promise<Ending>((resolve) => {
    child.once("error", (error) => {
      // Also emitted when a signal can't be sent; only a child without a pid was never started.
      if (child.pid === undefined) resolve(unstartable(error));
    });
    child.once("exit", (code, signal) => {
      signalGroup(child.pid, "SIGKILL");
      letPipesGo(outputs);
      resolve({
        kind: "exited",
        how: signal === null ? exitStatus(code) : `signal: ${SIGNAL_WORDS[signal] ?? signal}`,
      });
    });
  });
  return {
    pid: child.pid,
    ended,
    async kill() {
      signalGroup(child.pid, "SIGTERM");
      if (!(await endsWithin(options.clock, ended, TERMINATION_GRACE_MS))) {
        signalGroup(child.pid, "SIGKILL");
        await endsWithin(options.clock, ended, KILL_GRACE_MS);
      }
      await killStrays(options.strays);
    },
  };
}

function spawnChild({ command, workingDirectory, environment, pipes }: ProcessGroupOptions): ChildProcess {
  return spawn(command[0] ?? "", command.slice(1), {
    cwd: workingDirectory,
    env: { ...environment },
    // It leads a group, which is what can be killed as a whole.
    detached: true,
    stdio: ["ignore", pipes?.writeEnds.stdout ?? "pipe", pipes?.writeEnds.stderr ?? "pipe"],
  });
}

/** As Go's os package says them, and so Lambda's messages do. */
const SIGNAL_WORDS: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGABRT: "aborted",
  SIGBUS: "bus error",
  SIGFPE: "floating point exception",
  SIGILL: "illegal instruction",
  SIGKILL: "killed",
  SIGSEGV: "segmentation fault",
  SIGTERM: "terminated",
};

function exitStatus(code: number | null): string | null {
  return code === 0 ? null : `exit status ${String(code)}`;
}

function unstartable(error: unknown): Ending {
  const { code, message } = error as NodeJS.ErrnoException;
  return { kind: "unstartable", code: code ?? "UNKNOWN", why: message };
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // ESRCH: gone already, which is what was wanted. EPERM: so says macOS when all that is left is not yet reaped.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}

async function endsWithin(clock: Clock, ended: Promise<unknown>, limitMs: number): Promise<boolean> {
  const over = new AbortController();
  const first = await Promise.race([
    ended.then(() => true),
    pause(clock, limitMs, over.signal).then(() => false),
  ]);
  over.abort();
  return first;
}

function letPipesGo({ stdout, stderr }: Pick<ChildProcess, "stdout" | "stderr">): void {
  // On the machine's own clock: this is about the kernel's buffers, not about the worker's time.
  setTimeout(() => {
    // What they hold is read before it is lost, however late a busy worker comes to this.
    setImmediate(() => {
      stdout?.destroy();
      stderr?.destroy();
    });
  }, PIPE_GRACE_MS).unref();
}

function readLines(pipe: Readable, onLine: (line: string) => void): void {
  let rest = "";
  pipe.setEncoding("utf8");
  pipe.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
    if (rest.length >= LONGEST_LINE) {
      onLine(rest);
      rest = "";
    }
  });
  pipe.once("close", () => {
    if (rest !== "") onLine(rest);
  });
  // A pipe that breaks has no more lines; the child's end is told by its exit.
  pipe.on("error", () => undefined);
}
