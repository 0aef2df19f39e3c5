/** The child process that runs the function, behind a runtime API of its own. */
import { systemClock, type Clock } from "./clock";
import { lambdaEnvironment } from "./lambda-environment";
import { deadlineFailure, entryPointFailure, exitFailure, serviceFailure, type Outcome } from "./outcome";
import { spawnGroup, type Ending, type ProcessGroup } from "./process-group";
import { openRuntimeApi } from "./runtime-api";

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
   */
  invoke(invocation: Invocation, signal: AbortSignal): Promise<Outcome>;
  /** Kills the process and its whole group; the next invocation starts a fresh one. */
  replace(): Promise<void>;
  /** Kills the process and its whole group, for good. */
  close(): Promise<void>;
}

/** What happened to the process, for the log. */
export type ProcessEvent =
  | { readonly kind: "started"; readonly pid: number }
  | { readonly kind: "ended"; readonly pid: number; readonly how: string };

export interface FunctionProcessOptions {
  /** What is spawned, as in Lambda's ImageConfig: `["/lambda-entrypoint.sh", "index.handler"]`. */
  readonly command: readonly string[];
  readonly handler: string;
  readonly workingDirectory?: string | undefined;
  /** The whole environment of the child, before the variables of the Lambda runtime are added. */
  readonly environment: Readonly<Record<string, string>>;
  readonly functionName: string;
  readonly memoryMib: number;
  /** One line of the function's own standard output or error. `requestId`: the invocation handed out last. */
  readonly onOutput: (line: string, stream: "stdout" | "stderr", requestId: string | null) => void;
  readonly onProcess?: (event: ProcessEvent) => void;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** The process starts with the first invocation, and opens a runtime API of its own on a free loopback port. */
export function createFunctionProcess(options: FunctionProcessOptions): Promise<FunctionProcess> {
  const clock = options.clock ?? systemClock;
  let current: Runtime | null = null;
  let busy = false;
  let closed = false;

  const stop = async (): Promise<void> => {
    const old = current;
    current = null;
    await old?.stop();
  };

  const run = async (invocation: Invocation, limit: Promise<Result>): Promise<Outcome> => {
    while (!closed) {
      current ??= await startRuntime(options, clock);
      const result = await Promise.race([current.run(invocation), limit]);
      if (!result.alive) await stop();
      if (result.outcome !== null) return result.outcome;
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

/** What came of an invocation. `outcome` null: the process ended before it took it. Not `alive`: replace the process. */
interface Result {
  readonly outcome: Outcome | null;
  readonly alive: boolean;
}

/** One process and its runtime API: a fresh process gets a fresh one, so that nothing of the old can answer for it. */
interface Runtime {
  run(invocation: Invocation): Promise<Result>;
  stop(): Promise<void>;
}

async function startRuntime(options: FunctionProcessOptions, clock: Clock): Promise<Runtime> {
  const api = await openRuntimeApi();
  let requestId: string | null = null;
  const group = spawnGroup({
    command: options.command,
    workingDirectory: options.workingDirectory,
    environment: lambdaEnvironment(options, api.address, clock.now()),
    clock,
    onLine: (line, stream) => {
      options.onOutput(line, stream, requestId);
    },
  });
  reportLife(group, options.onProcess);
  let ending: Ending | null = null;
  // One listener, replaced with each invocation: reactions on a promise would pile up over the life of a warm process.
  let onEnding: (ending: Ending) => void = () => undefined;
  void group.ended.then(async (how) => {
    // An answer that was on its way when the process ended still counts.
    await api.quiet();
    ending = how;
    onEnding(how);
  });
  return {
    run(invocation) {
      const fresh = requestId === null;
      requestId = invocation.requestId;
      return new Promise((resolve) => {
        void api.offer(invocation).then((outcome) => {
          resolve({ outcome, alive: api.state() !== "failed" });
        });
        onEnding = (how) => {
          const untaken = !fresh && api.state() !== "running";
          resolve({ outcome: untaken ? null : endingOutcome(how, invocation, options), alive: false });
        };
        if (ending !== null) onEnding(ending);
      });
    },
    async stop() {
      await group.kill();
      api.close();
    },
  };
}

function reportLife({ pid, ended }: ProcessGroup, onProcess: FunctionProcessOptions["onProcess"]): void {
  if (pid === undefined || onProcess === undefined) return;
  onProcess({ kind: "started", pid });
  void ended.then((ending) => {
    const how = ending.kind === "exited" ? (ending.how ?? "exit status 0") : ending.why;
    onProcess({ kind: "ended", pid, how });
  });
}

/** Shortage is the worker's own fault; all else that keeps a program from starting is the image's. */
const SHORTAGES: readonly string[] = ["EAGAIN", "ENOMEM", "EMFILE", "ENFILE"];

function endingOutcome(ending: Ending, { requestId }: Invocation, options: FunctionProcessOptions): Outcome {
  if (ending.kind === "exited") return exitFailure(requestId, ending.how);
  const where = options.workingDirectory === undefined ? "" : ` in ${options.workingDirectory}`;
  const why = `${JSON.stringify(options.command)} can't be started${where}: ${ending.why}`;
  return SHORTAGES.includes(ending.code) ? serviceFailure(why) : entryPointFailure(requestId, why);
}

/** Resolves at the deadline, or when `signal` aborts; not at all once released. */
function limitOf(
  invocation: Invocation,
  signal: AbortSignal,
  clock: Clock,
): { readonly reached: Promise<Result>; release(): void } {
  const startMs = clock.now();
  let release = (): void => undefined;
  const reached = new Promise<Result>((resolve) => {
    const cancel = clock.after(invocation.deadlineMs - startMs, () => {
      resolve({
        outcome: deadlineFailure(invocation.requestId, invocation.deadlineMs - startMs),
        alive: false,
      });
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

function abortOutcome(signal: AbortSignal): Outcome {
  const reason: unknown = signal.reason;
  return serviceFailure(reason instanceof Error ? reason.message : String(reason));
}
