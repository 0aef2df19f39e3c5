/** The child process that runs the function, behind a runtime API of its own: started when there is work, replaced when it fails. */
import { systemClock, type Clock } from "./clock";
import type { OwnerCheck } from "./connection-owner";
import { startRuntime, type Result, type Runtime } from "./function-runtime";
import { deadlineFailure, serviceFailure, type Outcome } from "./outcome";

/** One call of the function. */
export interface Invocation {
  readonly requestId: string;
  /** JSON text. */
  readonly input: string;
  /** Milliseconds since the epoch. */
  readonly deadlineMs: number;
  readonly functionArn: string;
}

export interface FunctionProcess {
  /**
   * Runs one invocation and gives its one outcome; never rejects for what the function does. Starts the process when
   * there is none, and replaces it after a deadline, a crash or an abort: the outcome comes when the old process is
   * gone. One invocation at a time. An abort's outcome is Lambda.ServiceException with the signal's reason.
   *
   * A process that ends before its first /next has not had the invocation: it is started once more, as Lambda does
   * (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html). Java's client needs it where slots
   * start at the same time: each unpacks the same file into /tmp.
   */
  invoke(invocation: Invocation, signal: AbortSignal): Promise<Outcome>;
  /** Kills the process, its whole group and what left that group; the next invocation starts a fresh one. */
  replace(): Promise<void>;
  /** As `replace`, for good. */
  close(): Promise<void>;
  /** Where a task may come before the function can take it: null when it can; else resolves when it can, or on an abort. */
  ready?(draining: AbortSignal): Promise<void> | null;
}

/** What happened to the process, for the log and for the crash loop. */
export type ProcessEvent =
  | { readonly kind: "started"; readonly pid: number }
  /** What it prints goes through sockets: it could be given no pipes. */
  | { readonly kind: "pipes-failed"; readonly why: string }
  /** Its first /next has come. */
  | { readonly kind: "initialised"; readonly pid: number; readonly initMs: number }
  /** It ended, said so or took too long before its first /next; not when it was stopped for another reason. */
  | { readonly kind: "init-failed"; readonly why: string }
  /** It asked the runtime API for something of Lambda's that has no counterpart here. */
  | { readonly kind: "unsupported"; readonly path: string }
  /** Something else than it, its children and its session spoke to its runtime API, and was refused. */
  | { readonly kind: "intruded" }
  | { readonly kind: "ended"; readonly pid: number; readonly how: string }
  /** The first /next of a process that the worker did not start. */
  | { readonly kind: "connected" }
  /** That process will not ask for another one, and the worker can't start it again. */
  | { readonly kind: "lost"; readonly why: string };

/** Variables for one process alone, such as those that lead to its credentials, and what to undo when it has ended. */
export interface Provision {
  readonly environment: Readonly<Record<string, string>>;
  release(): void;
}

export interface FunctionProcessOptions {
  /** What is spawned, as in Lambda's ImageConfig: `["/lambda-entrypoint.sh", "index.handler"]`. */
  readonly command: readonly string[];
  readonly handler: string;
  readonly workingDirectory?: string | undefined;
  /** The whole environment of the child, before the variables of the Lambda runtime are added. */
  readonly environment: Readonly<Record<string, string>>;
  /** Called before each start, with the invocation that it is for. */
  readonly provide?: ((invocation: Invocation) => Promise<Provision>) | undefined;
  readonly functionName: string;
  readonly memoryMib: number;
  /** From spawn to the first /next. @default none but the invocation's deadline */
  readonly initSeconds?: number | undefined;
  /** Nothing else lives in this container: what a process leaves behind is killed whatever it calls itself. @default false */
  readonly alone?: boolean;
  /** Who may speak to the process's runtime API beside it, its children and its session: nobody. @default all may */
  readonly checkOwner?: OwnerCheck | undefined;
  /** One line of the function's own standard output or error. `requestId`: the invocation handed out last. */
  readonly onOutput: (line: string, stream: "stdout" | "stderr", requestId: string | null) => void;
  readonly onProcess?: (event: ProcessEvent) => void;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** The process starts with the first invocation, and opens a runtime API of its own on a free loopback port. */
export function createFunctionProcess(options: FunctionProcessOptions): Promise<FunctionProcess> {
  const clock = options.clock ?? systemClock;
  // From the moment that it is asked for: what is being started must be stopped too.
  let current: Promise<Runtime> | null = null;
  let busy = false;
  let closed = false;

  const stop = async (): Promise<void> => {
    const old = current;
    current = null;
    // One that can't be started is told to whoever asked for it.
    const runtime = await old?.catch(() => null);
    await runtime?.stop();
  };

  const start = async (invocation: Invocation): Promise<Runtime> => {
    current ??= startRuntime(options, invocation, clock);
    try {
      return await current;
    } catch (error) {
      current = null;
      throw error;
    }
  };

  const run = async (invocation: Invocation, limit: Promise<Result>): Promise<Outcome> => {
    let triedAgain = false;
    while (!closed) {
      const runtime = await start(invocation);
      if (closed) break;
      const result = await Promise.race([runtime.run(invocation), limit]);
      if (result.tooLate === true) runtime.failInit("its task's deadline passed");
      const again: boolean = result.unstarted !== undefined && !triedAgain;
      if (result.unstarted !== undefined && !again) runtime.failInit(result.unstarted);
      if (!result.alive) await stop();
      if (result.outcome !== null && !again) return result.outcome;
      triedAgain ||= again;
    }
    return serviceFailure("The function process was closed before it took the task.");
  };

  return Promise.resolve({
    async invoke(invocation, signal) {
      if (busy)
        throw new Error(
          `A function process takes one invocation at a time, got ${invocation.requestId}; wait.`,
        );
      if (signal.aborted) return abortOutcome(signal);
      busy = true;
      const limit = limitOf(invocation, signal, clock);
      try {
        return await run(invocation, limit.reached);
      } finally {
        limit.release();
        busy = false;
      }
    },
    replace: stop,
    async close() {
      closed = true;
      await stop();
    },
  });
}

/** How an invocation was ended from outside. */
interface Reached extends Result {
  readonly outcome: Outcome;
}

/** Resolves at the deadline, or when `signal` aborts; not at all once released. */
export function limitOf(
  invocation: Invocation,
  signal: AbortSignal,
  clock: Clock,
): { readonly reached: Promise<Reached>; release(): void } {
  const startMs = clock.now();
  let release = (): void => undefined;
  const reached = new Promise<Reached>((resolve) => {
    const cancel = clock.after(invocation.deadlineMs - startMs, () => {
      const outcome = deadlineFailure(invocation.requestId, invocation.deadlineMs - startMs);
      resolve({ outcome, alive: false, tooLate: true });
    });
    const onAbort = (): void => {
      resolve({ outcome: abortOutcome(signal), alive: false });
    };
    signal.addEventListener("abort", onAbort);
    release = () => {
      cancel();
      signal.removeEventListener("abort", onAbort);
    };
  });
  return { reached, release };
}

/** What an abort comes to, by the signal's reason. */
export function abortOutcome(signal: AbortSignal): Outcome {
  const reason: unknown = signal.reason;
  return serviceFailure(reason instanceof Error ? reason.message : String(reason));
}
