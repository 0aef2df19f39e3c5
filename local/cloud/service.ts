/** What one AWS service of the local cloud looks like to the server, and the JSON protocol that most of them speak. */
import type { IncomingMessage } from "node:http";
import type { Access, AccessRequest, Principal } from "./access";

/** A request whose signature has named its caller. */
export interface CloudRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  readonly caller: Principal;
  /** Aborts when the caller's connection closes before the answer. */
  readonly signal: AbortSignal;
}

export interface CloudResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** The connection is closed without an answer: a fault on purpose. */
  readonly dropped?: boolean;
}

/** One service behind the one port of the local cloud; found by the service name in the caller's SigV4 scope. */
export interface Service {
  /** SigV4 signing name: `states`, `s3`, `monitoring`, `ecs`, `lambda`, `sts`. */
  readonly signingName: string;
  handle(request: CloudRequest): Promise<CloudResponse>;
}

/** An error that a service answers on the wire, by AWS's own name and words. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** One operation of a JSON service: what it needs in IAM's words, and what it does. */
export interface Operation {
  /** Throws ServiceError on input so wrong that no resource can be told from it. */
  needs(input: Record<string, unknown>): readonly AccessRequest[];
  run(
    input: Record<string, unknown>,
    call: Pick<CloudRequest, "caller" | "signal">,
  ): Promise<object> | object;
}

/** A service that speaks awsJson 1.0 or 1.1: one POST, routed by `X-Amz-Target: PREFIX.Operation`. */
export function jsonService(
  access: Access,
  definition: {
    readonly signingName: string;
    readonly targetPrefix: string;
    readonly version: "1.0" | "1.1";
    readonly operations: Readonly<Record<string, Operation>>;
  },
): Service {
  const headers = { "Content-Type": `application/x-amz-json-${definition.version}` };
  return {
    signingName: definition.signingName,
    async handle(request) {
      const target = String(request.headers["x-amz-target"] ?? "");
      const name = target.startsWith(`${definition.targetPrefix}.`)
        ? target.slice(definition.targetPrefix.length + 1)
        : "";
      const operation = definition.operations[name];
      try {
        if (operation === undefined) {
          throw new ServiceError(
            "UnknownOperationException",
            `The local cloud has no ${target || "operation without X-Amz-Target"}.`,
          );
        }
        const input = parseInput(request.body);
        for (const need of operation.needs(input)) access.use(request.caller, need);
        return { status: 200, headers, body: JSON.stringify(await operation.run(input, request)) };
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        return {
          status: error.status,
          headers,
          body: JSON.stringify({ __type: error.code, message: error.message }),
        };
      }
    },
  };
}

function parseInput(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.length === 0 ? "{}" : body.toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Answered below: not JSON and not an object are the same mistake to a caller.
  }
  throw new ServiceError("SerializationException", "The request body is not a JSON object.");
}
