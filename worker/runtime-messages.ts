/** The HTTP messages of the runtime API: bodies that come in, answers that go out. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** As Lambda: 6 MiB and 100 bytes. */
export const RESPONSE_LIMIT_BYTES = 6 * 1024 * 1024 + 100;
/** Of an error. Lambda names none; this keeps it from filling the worker's memory. */
export const ERROR_LIMIT_BYTES = 32 * 1024 * 1024;

/**
 * The body whatever its Content-Type (curl says form-urlencoded); past the limit it is counted and dropped. Null: cut off.
 * Calls `done` once.
 */
export function read(
  request: IncomingMessage,
  limitBytes: number,
  done: (body: { readonly text: string; readonly bytes: number } | null) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let over = false;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= limitBytes) chunks.push(chunk);
    else chunks.length = 0;
  });
  request.on("end", () => {
    over = true;
    const whole = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    done({ text: whole?.toString("utf8") ?? "", bytes });
  });
  const cutOff = (): void => {
    if (over) return;
    over = true;
    done(null);
  };
  request.on("error", cutOff);
  request.on("close", cutOff);
}

/** The answer to an outcome. */
export const ACCEPTED = JSON.stringify({ status: "OK" });

export function refuse(
  response: ServerResponse,
  status: number,
  errorType: string,
  errorMessage: string,
): void {
  reply(response, status, JSON.stringify({ errorType, errorMessage }));
}

export function reply(response: ServerResponse, status: number, text: string): void {
  response.sendDate = false;
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
  });
  response.end(text);
}

/**
 * X-Ray's format; never sampled, since nothing here sends segments. They need to be different, not secret: random for
 * each process, counted within it. Two fresh random numbers for each task would cost more than all that reads them.
 */
export function traceIds(): () => string {
  const random = randomBytes(12).toString("hex");
  let count = 0;
  return () => {
    const seconds = Math.floor(Date.now() / 1000).toString(16);
    const counted = ((count += 1) % 2 ** 32).toString(16).padStart(8, "0");
    return `Root=1-${seconds}-${random.slice(0, 16)}${counted};Parent=${random.slice(16)}${counted};Sampled=0`;
  };
}
