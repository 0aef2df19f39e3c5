/** The one HTTP endpoint of the local cloud: names the caller, finds the service, answers. Listens on 127.0.0.1 alone. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Access, Principal } from "./access";
import type { CloudResponse, Service } from "./service";
import { withAuthorization } from "./signature/presigned";
import { parseAuthorization, type Authorization, type SignedRequest } from "./signature/signature";

/** Says who calls, or how the caller is turned away. */
export type Authenticate = (
  authorization: Authorization,
  request: SignedRequest,
) => { readonly caller: Principal } | { readonly refused: CloudResponse };

export interface CloudServer {
  /** `http://127.0.0.1:PORT`, what AWS_ENDPOINT_URL is set to. */
  readonly endpoint: string;
  /** Takes no request any more; those that are being answered have a second to end. */
  close(): Promise<void>;
}

const LAST_ANSWERS_MS = 1000;
/** Nobody writes to a request's query. */
const NO_QUERY = new URLSearchParams();

/**
 * Port 0 picks a free one. Rejects with the system's EADDRINUSE when the port is taken. `authenticate` is, unless given, by
 * the access key alone.
 */
export async function startServer(
  access: Access,
  services: readonly Service[],
  port = 0,
  authenticate: Authenticate = byKeyAlone(access),
): Promise<CloudServer> {
  const byName = new Map(services.map((service) => [service.signingName, service]));
  const answering = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const answered = answer(authenticate, byName, request, response).finally(() =>
      answering.delete(answered),
    );
    answering.add(answered);
  });
  // Polls are held for a minute, and a client may come back to an idle connection at any time.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      let stopWaiting: NodeJS.Timeout | undefined;
      const enough = new Promise<void>((resolve) => {
        stopWaiting = setTimeout(resolve, LAST_ANSWERS_MS);
      });
      await Promise.race([Promise.all(answering), enough]);
      clearTimeout(stopWaiting);
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  authenticate: Authenticate,
  services: ReadonlyMap<string, Service>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { socket } = request;
  const presence = presenceOf(request, response);
  let result: CloudResponse;
  try {
    result = await route(authenticate, services, request, presence);
  } catch (error) {
    if (presence.isGone()) return;
    process.stderr.write(
      `local cloud: ${request.method ?? ""} ${request.url ?? ""}: ${(error as Error).stack ?? String(error)}\n`,
    );
    result = problem(500, "InternalFailure", "The local cloud failed; its standard error says why.");
  }
  if (presence.isGone()) return;
  if (result.dropped === true) {
    socket.destroy();
    return;
  }
  response.writeHead(result.status, headersOf(result));
  await new Promise<void>((resolve) => {
    response.once("close", resolve);
    response.end(result.body, resolve);
  });
}

async function route(
  authenticate: Authenticate,
  services: ReadonlyMap<string, Service>,
  request: IncomingMessage,
  presence: Presence,
): Promise<CloudResponse> {
  const body = await readBody(request);
  const { method = "GET", url = "/", headers } = request;
  const came = { method, url, headers, body };
  const signed = headers.authorization === undefined ? withAuthorization(came) : came;
  if (signed === null) {
    return problem(
      403,
      "MissingAuthenticationTokenException",
      "The request has no Authorization header; sign it with credentials of the local cloud.",
    );
  }
  const scope = parseAuthorization(signed.headers.authorization ?? "");
  if (scope === null) return unknownKey();
  const authenticated = authenticate(scope, signed);
  if ("refused" in authenticated) return authenticated.refused;
  const service = services.get(scope.service);
  if (service === undefined) {
    return problem(
      400,
      "UnknownService",
      `The local cloud does not run '${scope.service}'; it runs ${[...services.keys()].join(", ")}.`,
    );
  }
  const [path = "/", query = ""] = splitOnce(url, "?");
  return service.handle({
    method,
    path,
    query: query === "" ? NO_QUERY : new URLSearchParams(query),
    headers,
    body,
    caller: authenticated.caller,
    get signal() {
      return presence.signal();
    },
  });
}

/** Whether the caller still waits for its answer. */
interface Presence {
  isGone(): boolean;
  /** Aborts when the caller goes. Made when it is asked for: few operations do, and every call would pay for it. */
  signal(): AbortSignal;
}

function presenceOf({ socket }: IncomingMessage, response: ServerResponse): Presence {
  let gone = false;
  let controller: AbortController | null = null;
  const leave = (): void => {
    if (response.writableFinished) return;
    gone = true;
    controller?.abort();
  };
  // "end" comes a turn before "close": the sooner a killed caller is known, the less is answered into nothing.
  socket.once("end", leave);
  response.once("close", () => {
    socket.off("end", leave);
    leave();
  });
  return {
    isGone: () => gone,
    signal() {
      controller ??= new AbortController();
      if (gone) controller.abort();
      return controller.signal;
    },
  };
}

/** With the length said, Node sends headers and body as one, without chunks. */
function headersOf({ headers, body }: CloudResponse): Record<string, string> {
  const id = { "x-amzn-RequestId": randomUUID() };
  if (body === undefined) return { ...id, ...headers };
  return { ...id, "Content-Length": String(Buffer.byteLength(body)), ...headers };
}

/** Events are a third of the cost of an async iterator, and every call pays it. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.once("end", () => {
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
    request.once("error", reject);
  });
}

/** The signature is not checked: nothing beyond this machine reaches the endpoint. */
function byKeyAlone(access: Access): Authenticate {
  return ({ accessKeyId }) => {
    const caller = access.principalOf(accessKeyId);
    return caller === null ? { refused: unknownKey() } : { caller };
  };
}

function unknownKey(): CloudResponse {
  return problem(
    403,
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
  );
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function problem(status: number, code: string, message: string): CloudResponse {
  return {
    status,
    headers: { "Content-Type": "application/x-amz-json-1.0" },
    body: JSON.stringify({ __type: code, message }),
  };
}
