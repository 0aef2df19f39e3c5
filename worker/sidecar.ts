/**
 * A function that the worker did not start: its container runs the image's own entry point, and finds the worker's
 * runtime API at a fixed port of the loopback that both share. It can be told nothing but the next invocation: not to
 * die, and not to start afresh.
 */
import type { Clock } from "./clock";
import { abortOutcome, limitOf, type FunctionProcess, type ProcessEvent } from "./function-process";
import { openRuntimeApi, type RuntimeApi } from "./runtime-api";

/** From the end of a task until the function must have asked for the next; it may still be busy with one that is over. */
export const RETURN_SECONDS = 60;

export interface SidecarOptions {
  /** Of 127.0.0.1; the function's container has it in AWS_LAMBDA_RUNTIME_API. 0 picks a free one. */
  readonly port: number;
  readonly functionName: string;
  readonly handler: string;
  /** From now until the first /next. @default none */
  readonly initSeconds?: number | undefined;
  /** Told "lost" when the function will not come back: only ECS can replace its container. */
  readonly onProcess: (event: ProcessEvent) => void;
  readonly clock: Clock;
}

export interface Sidecar extends FunctionProcess {
  /** HOST:PORT. */
  readonly address: string;
  /** Null while the function waits for an invocation; else resolves when it does, or when `draining` aborts. */
  ready(draining: AbortSignal): Promise<void> | null;
}

/** Listens at once. Rejects with the system's EADDRINUSE when the port is taken. */
export async function openSidecar(options: SidecarOptions): Promise<Sidecar> {
  const { port, initSeconds, onProcess, clock } = options;
  const awaited = createAwaited(onProcess, clock);
  const api: RuntimeApi = await openRuntimeApi({
    port,
    functionName: options.functionName,
    handler: options.handler,
    onReady: () => {
      onProcess({ kind: "connected" });
    },
    onNext: awaited.come,
    onInitError: (outcome) => {
      const error = outcome.kind === "failure" ? outcome.error : "no error";
      onProcess({ kind: "lost", why: `the function's init failed: ${error}` });
    },
    onUnsupported: (path) => {
      onProcess({ kind: "unsupported", path });
    },
  });
  if (initSeconds !== undefined) awaited.within(initSeconds, "the function has not come");
  return {
    address: api.address,
    async invoke(invocation, signal) {
      if (signal.aborted) return abortOutcome(signal);
      const limit = limitOf(invocation, signal, clock);
      try {
        return await Promise.race([api.offer(invocation), limit.reached.then(({ outcome }) => outcome)]);
      } finally {
        limit.release();
        api.withdraw();
        if (api.state() !== "ready")
          awaited.within(RETURN_SECONDS, "the function has not come back from a task");
      }
    },
    ready: (draining) => (api.state() === "ready" ? null : awaited.coming(draining)),
    // It is not ours to kill; `ready` keeps the next task back until the function asks for it.
    replace: () => Promise.resolve(),
    close() {
      awaited.come();
      api.close();
      return Promise.resolve();
    },
  };
}

/** Waits for the function to ask for its next invocation: with a time limit, and for whoever wants to know. */
function createAwaited(
  onProcess: (event: ProcessEvent) => void,
  clock: Clock,
): {
  readonly come: () => void;
  within(seconds: number, why: string): void;
  coming(draining: AbortSignal): Promise<void>;
} {
  let cancel = (): void => undefined;
  let tell = (): void => undefined;
  return {
    come() {
      cancel();
      tell();
    },
    within(seconds, why) {
      cancel();
      cancel = clock.after(seconds * 1000, () => {
        onProcess({ kind: "lost", why: `${why} within ${String(seconds)} s` });
      });
    },
    coming: (draining) =>
      new Promise((resolve) => {
        tell = () => {
          draining.removeEventListener("abort", tell);
          resolve();
        };
        draining.addEventListener("abort", tell);
        if (draining.aborted) tell();
      }),
  };
}
