/** A function behind a URL, such as a container with AWS's runtime interface emulator: the event is posted, the answer is its result. */
import { randomUUID } from "node:crypto";
import {
  deadlineFailure,
  functionFailure,
  responseOutcome,
  serviceFailure,
  type Outcome,
} from "../../worker/outcome";
import type { ExecutionEnvironments } from "../cloud/lambda/execution-environments";

export function createUrlFunction(url: string, timeoutSeconds: number): ExecutionEnvironments {
  return {
    async run(payload, signal) {
      const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
      try {
        const response = await fetch(url, {
          method: "POST",
          body: payload,
          headers: { "Content-Type": "application/json" },
          signal: AbortSignal.any([signal, deadline]),
        });
        return outcomeOf(response, await response.text());
      } catch (error) {
        if (deadline.aborted) return deadlineFailure(randomUUID(), timeoutSeconds * 1000);
        const why = (error as { cause?: Error }).cause?.message ?? (error as Error).message;
        return serviceFailure(`${url} did not answer: ${why}`);
      }
    },
    close: () => Promise.resolve(),
  };
}

/** The emulator answers a function's error with status 200, in the shape that functions report errors in. */
function outcomeOf({ ok, headers }: Response, text: string): Outcome {
  const isError = !ok || headers.has("x-amz-function-error") || hasErrorType(text);
  return isError ? functionFailure(text) : responseOutcome(text);
}

function hasErrorType(text: string): boolean {
  try {
    const { errorType } = (JSON.parse(text) ?? {}) as { readonly errorType?: unknown };
    return typeof errorType === "string";
  } catch {
    return false;
  }
}
