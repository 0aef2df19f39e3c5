/** What a client may POST to the runtime API: when, how much of it, and what it comes to. */
import type { IncomingMessage } from "node:http";
import { functionFailure, responseOutcome, type Outcome } from "./outcome";
import { ERROR_LIMIT_BYTES, RESPONSE_LIMIT_BYTES } from "./runtime-messages";

export interface Post {
  /** The state of the runtime in which it is taken. */
  readonly during: "starting" | "running";
  /** Past it the body is answered 413. */
  readonly limitBytes: number;
  outcome(request: IncomingMessage, body: string): Outcome;
}

export const RESPONSE: Post = {
  during: "running",
  limitBytes: RESPONSE_LIMIT_BYTES,
  outcome({ trailers }, body) {
    // A streamed response may fail half way: the error then comes in trailers.
    const errorType = trailers["lambda-runtime-function-error-type"];
    if (errorType === undefined) return responseOutcome(body);
    const encoded = trailers["lambda-runtime-function-error-body"] ?? "";
    return functionFailure(Buffer.from(encoded, "base64").toString("utf8"), errorType);
  },
};

export const ERROR: Post = {
  during: "running",
  limitBytes: ERROR_LIMIT_BYTES,
  outcome: (_request, body) => functionFailure(body),
};

export const INIT_ERROR: Post = {
  during: "starting",
  limitBytes: ERROR_LIMIT_BYTES,
  outcome({ headers }, body) {
    const errorType = headers["lambda-runtime-function-error-type"];
    return functionFailure(body, typeof errorType === "string" ? errorType : undefined);
  },
};
