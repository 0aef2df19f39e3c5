/** Payloads and answers of Invoke, as Lambda writes them. */
import type { Outcome } from "../../../worker/outcome";
import { ServiceError, type CloudResponse } from "../service";

/** Lambda's limits of a payload: synchronous 6 MiB, asynchronous 1 MiB. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_PAYLOAD_BYTES = { RequestResponse: 6 * 1024 * 1024, Event: 1024 * 1024 };
/** JSON text. Throws what Lambda refuses a payload with. */
export function parsePayload(body: Buffer, type: keyof typeof MAX_PAYLOAD_BYTES): string {
  const limit = MAX_PAYLOAD_BYTES[type];
  if (body.length > limit) {
    throw new ServiceError(
      "RequestTooLargeException",
      `Request must be smaller than ${String(limit)} bytes for the InvokeFunction operation`,
      413,
    );
  }
  const text = body.length === 0 ? "{}" : body.toString("utf8");
  try {
    JSON.parse(text);
    return text;
  } catch (error) {
    throw new ServiceError(
      "InvalidRequestContentException",
      `Could not parse request body into json: ${(error as Error).message}`,
    );
  }
}

/** The answer to a synchronous invocation. */
export function answer(outcome: Outcome): CloudResponse {
  const headers = { "Content-Type": "application/json", "X-Amz-Executed-Version": "$LATEST" };
  if (outcome.kind === "success") return { status: 200, headers, body: outcome.output };
  return {
    status: 200,
    headers: { ...headers, "X-Amz-Function-Error": "Unhandled" },
    body: errorPayload(outcome),
  };
}

/** The function's own error as it wrote it; where Lambda words the error, an object of the same shape. */
function errorPayload({ error, cause }: Extract<Outcome, { kind: "failure" }>): string {
  try {
    const parsed: unknown = JSON.parse(cause);
    if (typeof parsed === "object" && parsed !== null) return cause;
  } catch {
    // Not JSON: a sentence, wrapped below.
  }
  return JSON.stringify({ errorType: error, errorMessage: cause });
}
