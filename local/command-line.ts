/** What the commands of this folder have in common: their exit codes, how their arguments are read, and what Ctrl-C does. */
import { createServer } from "node:net";
import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";

export const FINE = 0;
export const RAN_AND_FAILED = 1;
export const WRONG_USAGE = 2;
/** 128 and the number of SIGINT, as shells have it. */
export const INTERRUPTED = 130;
/** One Ctrl-C comes twice: from the terminal, and from npm, which passes on what it gets. */
const SAME_PRESS_MS = 500;

/** `problem` null: --help was asked for, and given. Otherwise what is wrong was said on standard error. */
export interface NothingToRun {
  readonly exitCode: number;
  readonly problem: string | null;
}

/** A command with the name that people type. Throws commander's CommanderError, which `readArguments` takes. */
export function newCommand(name: string, description: string): Command {
  return new Command(name).description(description).allowExcessArguments(false).exitOverride();
}

export function readArguments<T>(
  parse: (argv: readonly string[]) => T,
  argv: readonly string[],
): T | NothingToRun {
  try {
    return parse(argv);
  } catch (error) {
    const { exitCode, message } = error as { exitCode?: number; message: string };
    if (exitCode === undefined) throw error;
    // Who pipes --help into `head` has read enough.
    if (exitCode === 0) onOutputLost(() => undefined);
    return exitCode === 0 ? { exitCode: FINE, problem: null } : { exitCode: WRONG_USAGE, problem: message };
  }
}

export function isNothingToRun(read: object): read is NothingToRun {
  return "problem" in read && "exitCode" in read;
}

/** With `--json`, one object as the last line of standard output. */
export function printJson(argv: readonly string[], report: object): void {
  if (argv.includes("--json")) process.stdout.write(`${JSON.stringify(report)}\n`);
}

/** For an option: commander says which one is wrong, and what was given; the message says what is allowed. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    const allowed =
      most === Number.MAX_SAFE_INTEGER ? `${String(least)} or more` : `${String(least)} to ${String(most)}`;
    throw new InvalidArgumentError(`It takes a whole number, ${allowed}.`);
  };
}

/** For an option that takes a path: an empty one, as of a variable that is not set, would be the user's directory. */
export function path(text: string): string {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError("It takes a path.");
}

/** npm runs scripts in the project's directory; the user's own is where a relative path starts. */
export function userPath(path: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), path);
}

/** Ctrl-C, or a signal that asks for the same. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** Standard output or error can't be written any more. */
export class OutputLost extends Error {
  override readonly name = "OutputLost";
}

/**
 * Hears that the output is lost, once; without this Node ends the process with a stack. A reader that has left, as `head`
 * does when it has its lines (EPIPE), wants to hear nothing; any other reason is said on standard error.
 */
export function onOutputLost(lost: (cause: OutputLost) => void): void {
  let isLost = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", ({ code, message }: NodeJS.ErrnoException) => {
      if (isLost) return;
      isLost = true;
      if (code !== "EPIPE") process.stderr.write(`error: the output can't be written: ${message}\n`);
      lost(new OutputLost(code === "EPIPE" ? "nobody reads the output any more" : message));
    });
  }
}

/** Aborts at the first Ctrl-C, saying `what` had not come yet, and when its output is lost; a later Ctrl-C leaves at once. */
export function onInterrupt(what: string): AbortSignal {
  const interrupt = new AbortController();
  onOutputLost((cause) => {
    interrupt.abort(cause);
  });
  let firstMs = 0;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (!interrupt.signal.aborted) {
        firstMs = performance.now();
        interrupt.abort(new Interrupted(`${signal} came before ${what}`));
      } else if (performance.now() - firstMs > SAME_PRESS_MS) process.exit(INTERRUPTED);
    });
  }
  return interrupt.signal;
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => {
      resolve();
    });
  });
}

/** The port that was asked for is somebody else's. */
export class PortTaken extends Error {
  override readonly name = "PortTaken";
}

/** Before time is spent on anything else. Rejects with PortTaken, which names the argument. */
export async function checkPort(port: number, argument = "--port"): Promise<void> {
  if (port === 0) return;
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "EADDRINUSE"
          ? "is taken by another process"
          : `can't be listened on (${error.message})`;
      reject(
        new PortTaken(
          `Port ${String(port)} on 127.0.0.1 ${why}; choose another ${argument}, or 0 for a free one.`,
        ),
      );
    });
    probe.listen(port, "127.0.0.1", resolve);
  });
  await new Promise((resolve) => probe.close(resolve));
}
