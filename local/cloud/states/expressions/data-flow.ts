/** What both query languages do with the data of a state: results and errors put in place, and the bound on their size. */
import type { Json } from "../../../graph";
import { writePath } from "./json-path";
import { StateError, type Failure } from "../state-error";

/** Bytes of UTF-8 that the data of a state may have. @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const DATA_LIMIT_BYTES = 262_144;

/** Null drops the result; `$`, the default, drops the input. */
export function placeResult(path: string | null | undefined, input: Json, result: Json): Json {
  if (path === null) return input;
  return path === undefined || path === "$" ? result : writePath(path, input, result);
}

/** What a Catch puts in the place of the result. */
export function errorOutput(failure: Failure): Json {
  return { Error: failure.error ?? "", Cause: failure.cause ?? "" };
}

/** `producer` is the state, or the resource that the task called. */
export function assertDataLimit(text: string, producer: string): void {
  // No text of n UTF-16 units has more than 3 n bytes: counting them is for the few that may be too long.
  if (text.length * 3 <= DATA_LIMIT_BYTES || Buffer.byteLength(text) <= DATA_LIMIT_BYTES) return;
  throw new StateError({
    error: "States.DataLimitExceeded",
    cause: `The state/task '${producer}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  });
}
