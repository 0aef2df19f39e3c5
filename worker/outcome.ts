/** How a task ends: the values that Step Functions hears, by the names that Lambda gives them (D4). */

/** `output` is JSON text, as the function wrote it. `error` is at most 256 bytes of UTF-8, `cause` at most 32,768. */
export type Outcome =
  | { readonly kind: "success"; readonly output: string }
  | { readonly kind: "failure"; readonly error: string; readonly cause: string };

/** Limits in bytes of UTF-8. https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html */
export const OUTPUT_LIMIT_BYTES = 262_144;
export const CAUSE_LIMIT_BYTES = 32_768;
export const ERROR_LIMIT_BYTES = 256;

/** The function answered: its bytes are the output, if they are JSON. */
export function responseOutcome(body: string): Outcome {
  try {
    JSON.parse(body);
    return { kind: "success", output: body };
  } catch {
    return failure(
      "Runtime.InvalidOutput",
      `The response is not JSON; it begins ${JSON.stringify(body.slice(0, 200))}.`,
    );
  }
}

/**
 * The function, or its init, reported an error: the name is the body's errorType, the cause is the body as it came.
 * `fallback` names an error whose body has no errorType.
 */
export function functionFailure(body: string, fallback = "Lambda.Unknown"): Outcome {
  const { errorType } = parseObject(body);
  const named = typeof errorType === "string" && errorType !== "" ? errorType : fallback;
  // The names under States. are Step Functions' own: a function that borrows one would trip other Catch blocks than on Lambda.
  const error = named.startsWith("States.") ? "Lambda.Unknown" : named;
  return { kind: "failure", error: cutText(error, ERROR_LIMIT_BYTES), cause: cutCause(body) };
}

/** The process ended while it held the task. `how` is "exit status 1" or "signal: killed"; null for exit status 0. */
export function exitFailure(requestId: string, how: string | null): Outcome {
  const what =
    how === null ? "Runtime exited without providing a reason" : `Runtime exited with error: ${how}`;
  return failure("Runtime.ExitError", `RequestId: ${requestId} Error: ${what}`);
}

/** The response broke off half way, and the client asked for the next invocation. */
export function truncatedFailure(requestId: string): Outcome {
  return failure("Runtime.TruncatedResponse", `RequestId: ${requestId} Error: Response was cut off`);
}

/** The command could not be started at all. */
export function entryPointFailure(requestId: string, why: string): Outcome {
  return failure("Runtime.InvalidEntrypoint", `RequestId: ${requestId} Error: ${why}`);
}

/** The deadline passed while the function ran. */
export function deadlineFailure(requestId: string, afterMs: number): Outcome {
  const seconds = (afterMs / 1000).toFixed(2);
  return failure(
    "Sandbox.Timedout",
    `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
  );
}

/** The function did not get as far as its first /next. */
export function initTimeoutFailure(requestId: string, afterMs: number): Outcome {
  const seconds = (afterMs / 1000).toFixed(2);
  return failure(
    "Sandbox.Timedout",
    `RequestId: ${requestId} Error: Init timed out after ${seconds} seconds`,
  );
}

/** The output is larger than whoever asked for it takes. */
export function oversizeFailure(bytes: number, limitBytes: number): Outcome {
  return failure(
    "Function.ResponseSizeTooLarge",
    `Response payload size (${String(bytes)} bytes) exceeded maximum allowed payload size (${String(limitBytes)} bytes).`,
  );
}

/** Not the function's fault: the worker's own, Spot's, or a drain's. The name is one that Lambda's default Retry covers. */
export function serviceFailure(why: string): Outcome {
  return failure("Lambda.ServiceException", why);
}

/** Field reports name what ends by a time-out or a crash so; AWS's documentation says Lambda.Unknown. */
const ENDED: readonly string[] = ["Sandbox.Timedout", "Runtime.ExitError"];

/** `outcome` with AWS's documented name, for a state machine that catches that one. */
export function withDocumentedName(outcome: Outcome): Outcome {
  return outcome.kind === "failure" && ENDED.includes(outcome.error)
    ? { ...outcome, error: "Lambda.Unknown" }
    : outcome;
}

/** What may be sent to Step Functions: an output past its limit becomes the failure that says so. */
export function withinOutputLimit(outcome: Outcome): Outcome {
  if (outcome.kind === "failure") return outcome;
  const bytes = Buffer.byteLength(outcome.output);
  return bytes <= OUTPUT_LIMIT_BYTES ? outcome : oversizeFailure(bytes, OUTPUT_LIMIT_BYTES);
}

function failure(error: string, message: string): Outcome {
  return {
    kind: "failure",
    error,
    cause: cutCause(JSON.stringify({ errorType: error, errorMessage: message })),
  };
}

/** At most 32,768 bytes. An error in JSON stays one: its message and as many lines of its trace as there is room for. */
function cutCause(cause: string): string {
  if (Buffer.byteLength(cause) <= CAUSE_LIMIT_BYTES) return cause;
  if (!isJson(cause)) return cutText(cause, CAUSE_LIMIT_BYTES);
  const { errorType, errorMessage, trace, stackTrace } = parseObject(cause);
  const message = typeof errorMessage === "string" ? errorMessage : cause;
  const named = typeof errorType === "string" ? { errorType: cutText(errorType, ERROR_LIMIT_BYTES) } : {};
  const withMessage = (length: number): object => ({
    ...named,
    errorMessage: message.slice(0, length).toWellFormed(),
  });
  const short = withMessage(longest(message.length, (length) => fits(withMessage(length))));
  const lines: unknown = trace ?? stackTrace;
  if (!Array.isArray(lines)) return JSON.stringify(short);
  const key = trace === undefined ? "stackTrace" : "trace";
  const withTrace = (count: number): object => ({ ...short, [key]: lines.slice(0, count) as unknown[] });
  const count = longest(lines.length, (some) => fits(withTrace(some)));
  return JSON.stringify(count === 0 ? short : withTrace(count));
}

function fits(value: object): boolean {
  return Buffer.byteLength(JSON.stringify(value)) <= CAUSE_LIMIT_BYTES;
}

/** The largest of 0 to `most` that passes a test which, once failed, fails for all above. */
function longest(most: number, passes: (length: number) => boolean): number {
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (passes(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Never ends in the middle of a character. */
function cutText(text: string, limitBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limitBytes) return text;
  let end = limitBytes;
  // A continuation byte of UTF-8 begins with the bits 10.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
