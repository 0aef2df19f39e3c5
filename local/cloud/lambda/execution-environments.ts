/**
 * The execution environments of one Lambda function: one function process for each concurrent invocation, started on
 * demand and kept warm, up to a cap of this machine; beyond the cap, invocations wait (on AWS more would be started).
 */
import { randomUUID } from "node:crypto";
import type { FunctionProcess } from "../../../worker/function-process";
import type { Outcome } from "../../../worker/outcome";
import type { Clock } from "../clock";

export interface ExecutionEnvironments {
  /** One invocation, by a new request id unless one is given; its deadline runs from the moment an environment is free, as Lambda's Timeout does. */
  run(payload: string, signal: AbortSignal, requestId?: string): Promise<Outcome>;
  close(): Promise<void>;
}

export interface ExecutionEnvironmentsOptions {
  readonly clock: Clock;
  readonly functionArn: string;
  readonly timeoutSeconds: number;
  /** How many may exist at once. */
  readonly cap: number;
  readonly start: () => Promise<FunctionProcess>;
}

export function createExecutionEnvironments(options: ExecutionEnvironmentsOptions): ExecutionEnvironments {
  const all = new Set<FunctionProcess>();
  const idle: FunctionProcess[] = [];
  const waiting: (() => void)[] = [];
  let started = 0;
  let closed = false;

  async function acquire(signal: AbortSignal): Promise<FunctionProcess | null> {
    while (!closed && !signal.aborted) {
      const warm = idle.pop();
      if (warm !== undefined) return warm;
      if (started < options.cap) {
        started += 1;
        return startOne();
      }
      await turn(signal);
    }
    return null;
  }

  async function startOne(): Promise<FunctionProcess> {
    try {
      const environment = await options.start();
      all.add(environment);
      if (closed) await environment.close();
      return environment;
    } catch (error) {
      started -= 1;
      waiting.shift()?.();
      throw error;
    }
  }

  /** Settles when an environment may be free, or when the caller has gone. */
  function turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        signal.removeEventListener("abort", settle);
        const index = waiting.indexOf(settle);
        if (index !== -1) waiting.splice(index, 1);
        resolve();
      };
      waiting.push(settle);
      signal.addEventListener("abort", settle, { once: true });
    });
  }

  return {
    async run(payload, signal, requestId = randomUUID()) {
      let environment: FunctionProcess | null;
      try {
        environment = await acquire(signal);
      } catch (error) {
        return serviceFailure(`The execution environment could not be started: ${(error as Error).message}`);
      }
      if (environment === null) return serviceFailure("The invocation was given up before it began.");
      try {
        const deadlineMs = options.clock.now() + options.timeoutSeconds * 1000;
        const invocation = {
          requestId,
          input: payload,
          deadlineMs,
          functionArn: options.functionArn,
        };
        return await environment.invoke(invocation, signal);
      } finally {
        idle.push(environment);
        waiting.shift()?.();
      }
    },
    async close() {
      closed = true;
      for (const wake of waiting.splice(0)) wake();
      await Promise.all([...all].map((environment) => environment.close()));
    },
  };
}

function serviceFailure(cause: string): Outcome {
  return { kind: "failure", error: "Lambda.ServiceException", cause };
}
