/** One function process and its runtime API: a fresh process gets a fresh one, so that nothing of the old can answer for it. */
import type { Clock } from "./clock";
import type { FunctionProcessOptions, Invocation } from "./function-process";
import { lambdaEnvironment } from "./lambda-environment";
import { entryPointFailure, exitFailure, initTimeoutFailure, serviceFailure, type Outcome } from "./outcome";
import { openOutputPipes, type OutputPipes } from "./output-pipes";
import { spawnGroup, type Ending } from "./process-group";
import { openRuntimeApi } from "./runtime-api";

/** What came of an invocation. `outcome` null: the process ended before it took it. Not `alive`: replace the process. */
export interface Result {
  readonly outcome: Outcome | null;
  readonly alive: boolean;
  /** It ended by its deadline. */
  readonly tooLate?: boolean;
  /** The process ended by itself, so, before it asked for anything: another one may fare better. */
  readonly unstarted?: string;
}

export interface Runtime {
  run(invocation: Invocation): Promise<Result>;
  /** Its init has failed, unless it is over: told once. */
  failInit(why: string): void;
  /** Kills the process; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Spawns the process. `invocation`: what it is started for. */
export async function startRuntime(
  options: FunctionProcessOptions,
  invocation: Invocation,
  clock: Clock,
): Promise<Runtime> {
  // Made meanwhile: what takes time before the spawn is waited for by a task.
  const opening = openPipes(options);
  const withoutPipes = async (error: Error): Promise<never> => {
    (await opening)?.close();
    throw error;
  };
  const provision = await options.provide?.(invocation).catch(withoutPipes);
  const init = watchInit(options, clock);
  // None before it is started: nobody is its own then.
  let leader = 0;
  const { checkOwner } = options;
  const api = await openRuntimeApi({
    functionName: options.functionName,
    handler: options.handler,
    ...(checkOwner === undefined
      ? {}
      : {
          admits: async (connection) => {
            const owner = leader === 0 ? "strange" : await checkOwner(connection, leader);
            if (owner === "strange") options.onProcess?.({ kind: "intruded" });
            return owner !== "strange";
          },
        }),
    onReady: init.done,
    onUnsupported: (path) => options.onProcess?.({ kind: "unsupported", path }),
  }).catch((error: Error) => {
    provision?.release();
    return withoutPipes(error);
  });
  const pipes = await opening;
  let requestId: string | null = null;
  const group = spawnGroup({
    command: options.command,
    workingDirectory: options.workingDirectory,
    environment: { ...lambdaEnvironment(options, api.address, clock.now()), ...provision?.environment },
    pipes,
    // No two processes have the same runtime API, and children inherit its address.
    strays: { mark: `AWS_LAMBDA_RUNTIME_API=${api.address}`, alone: options.alone ?? false },
    clock,
    onLine: (line, stream) => {
      options.onOutput(line, stream, requestId);
    },
  });
  leader = group.pid ?? 0;
  init.started(group.pid);
  let ending: Ending | null = null;
  // One listener, replaced with each invocation: reactions on a promise would pile up over the life of a warm process.
  let onEnding: (ending: Ending) => void = () => undefined;
  void group.ended.then(async (how) => {
    if (group.pid !== undefined)
      options.onProcess?.({ kind: "ended", pid: group.pid, how: endingWords(how) });
    // An answer that was on its way when the process ended still counts.
    await api.quiet();
    // One that did start, and ended before its first /next, is told by whoever decides not to try again.
    if (how.kind === "unstartable") init.fail(how.why);
    ending = how;
    onEnding(how);
  });
  return {
    failInit: init.fail,
    run(next) {
      const fresh = requestId === null;
      requestId = next.requestId;
      return new Promise((resolve) => {
        if (fresh) {
          init.limit((afterMs) => {
            resolve({ outcome: initTimeoutFailure(next.requestId, afterMs), alive: false });
          });
        }
        void api.offer(next).then((outcome) => {
          const alive = api.state() !== "failed";
          if (!alive && outcome.kind === "failure") init.fail(outcome.error);
          resolve({ outcome, alive });
        });
        onEnding = (how) => {
          const untaken = !fresh && api.state() !== "running";
          const unstarted = how.kind === "exited" && api.state() === "starting";
          resolve({
            outcome: untaken ? null : endingOutcome(how, next, options),
            alive: false,
            ...(unstarted ? { unstarted: endingWords(how) } : {}),
          });
        };
        if (ending !== null) onEnding(ending);
      });
    },
    async stop() {
      init.close();
      await group.kill();
      api.close();
      provision?.release();
    },
  };
}

/** Null, and told, where there are none to be had: the process is given sockets then. */
function openPipes({ environment, onProcess }: FunctionProcessOptions): Promise<OutputPipes | null> {
  return openOutputPipes({ path: environment["PATH"] }).catch((error: Error) => {
    onProcess?.({ kind: "pipes-failed", why: error.message.trim() });
    return null;
  });
}

/** Tells how the init of a process went, once, and keeps its time limit. */
interface Init {
  started(pid: number | undefined): void;
  readonly done: () => void;
  readonly fail: (why: string) => void;
  /** Calls `onOver` when the limit, if there is one, has passed before the init is done. */
  limit(onOver: (afterMs: number) => void): void;
  /** Nothing more is told. */
  close(): void;
}

function watchInit({ onProcess, initSeconds }: FunctionProcessOptions, clock: Clock): Init {
  const startMs = clock.now();
  let pid: number | undefined;
  let over = false;
  let cancelLimit = (): void => undefined;
  const finish = (): boolean => {
    cancelLimit();
    const first = !over;
    over = true;
    return first;
  };
  const fail = (why: string): void => {
    if (finish()) onProcess?.({ kind: "init-failed", why });
  };
  return {
    started(started) {
      pid = started;
      if (pid !== undefined) onProcess?.({ kind: "started", pid });
    },
    done() {
      if (finish() && pid !== undefined)
        onProcess?.({ kind: "initialised", pid, initMs: clock.now() - startMs });
    },
    fail,
    limit(onOver) {
      if (initSeconds === undefined || over) return;
      const limitMs = initSeconds * 1000;
      cancelLimit = clock.after(limitMs, () => {
        fail(`no /next within ${String(initSeconds)} s`);
        onOver(limitMs);
      });
    },
    close: finish,
  };
}

function endingWords(ending: Ending): string {
  return ending.kind === "exited" ? (ending.how ?? "exit status 0") : ending.why;
}

/** Shortage is the worker's own fault; all else that keeps a program from starting is the image's. */
const SHORTAGES: readonly string[] = ["EAGAIN", "ENOMEM", "EMFILE", "ENFILE"];

function endingOutcome(ending: Ending, { requestId }: Invocation, options: FunctionProcessOptions): Outcome {
  if (ending.kind === "exited") return exitFailure(requestId, ending.how);
  const where = options.workingDirectory === undefined ? "" : ` in ${options.workingDirectory}`;
  const why = `${JSON.stringify(options.command)} can't be started${where}: ${ending.why}`;
  return SHORTAGES.includes(ending.code) ? serviceFailure(why) : entryPointFailure(requestId, why);
}
