/** Calls another service of this cloud as a role: by its own protocol, judged as on the wire, without the wire. */
import { randomUUID } from "node:crypto";
import type { Json } from "../../../graph";
import type { Principal } from "../../access";
import { ServiceError, type CloudResponse, type Service } from "../../service";
import type { JsonObject } from "../definition/asl";

/** A service by its signing name; undefined when this cloud does not run it. */
export type FindService = (signingName: string) => Service | undefined;

/** In whose name, and until when. */
export interface CallContext {
  readonly caller: Principal;
  readonly region: string;
  readonly signal: AbortSignal;
  /** By which logs name the call. @default a new one */
  readonly requestId?: string;
}

export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly requestId: string;
}

/** Rejects with ServiceError when there is no such service. */
export async function callService(
  services: FindService,
  signingName: string,
  request: ServiceRequest,
  { caller, region, signal }: CallContext,
): Promise<ServiceAnswer> {
  const service = services(signingName);
  if (service === undefined)
    throw new ServiceError("UnknownService", `The local cloud does not run '${signingName}'.`);
  const body = Buffer.from(request.body ?? "");
  const response = await service.handle({
    method: request.method,
    path: request.path,
    query: new URLSearchParams(request.query),
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=states/20261120/${region}/${signingName}/aws4_request`,
      "content-length": String(body.length),
      ...request.headers,
    },
    body,
    caller,
    signal,
  });
  return answerOf(response);
}

function answerOf({ status, headers = {}, body = "" }: CloudResponse): ServiceAnswer {
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const requestId = lower["x-amzn-requestid"] ?? lower["x-amz-request-id"] ?? randomUUID();
  return { status, headers: lower, body: Buffer.from(body), requestId };
}

/** An awsJson operation: `target` is what X-Amz-Target names. Rejects with the service's own error. */
export async function callJson(
  services: FindService,
  { signingName, target }: { readonly signingName: string; readonly target: string },
  input: JsonObject,
  context: CallContext,
): Promise<{ readonly output: JsonObject; readonly answer: ServiceAnswer }> {
  const headers = { "x-amz-target": target, "content-type": "application/x-amz-json-1.0" };
  const request = { method: "POST", path: "/", headers, body: JSON.stringify(input) };
  const answer = await callService(services, signingName, request, context);
  const output = JSON.parse(answer.body.toString("utf8") || "{}") as JsonObject;
  if (answer.status < 300) return { output, answer };
  const code = textOf(output["__type"]).replace(/^.*#/, "");
  throw new RemoteError(code, textOf(output["message"] ?? output["Message"]), answer);
}

/** An error that a service answered. */
export class RemoteError extends ServiceError {
  readonly requestId: string;
  constructor(code: string, message: string, answer: Pick<ServiceAnswer, "status" | "requestId">) {
    super(code, message, answer.status);
    this.requestId = answer.requestId;
  }
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
