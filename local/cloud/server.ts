/** The one HTTP endpoint of the local cloud: names the caller, finds the service, answers. Listens on 127.0.0.1 alone. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Access } from "./access";
import type { CloudResponse, Service } from "./service";

export interface CloudServer {
  /** `http://127.0.0.1:PORT`, what AWS_ENDPOINT_URL is set to. */
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Port 0 picks a free one. Rejects with the system's EADDRINUSE when the port is taken. */
export async function startServer(access: Access, services: readonly Service[], port = 0): Promise<CloudServer> {
  const byName = new Map(services.map((service) => [service.signingName, service]));
  const server = createServer((request, response) => {
    void answer(access, byName, request, response);
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(
  access: Access,
  services: ReadonlyMap<string, Service>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => {
    if (!response.writableEnded) gone.abort();
  });
  let result: CloudResponse;
  try {
    result = await route(access, services, request, gone.signal);
  } catch (error) {
    if (gone.signal.aborted) return;
    process.stderr.write(`local cloud: ${request.method ?? ""} ${request.url ?? ""}: ${(error as Error).stack ?? String(error)}\n`);
    result = problem(500, "InternalFailure", "The local cloud failed; its standard error says why.");
  }
  if (gone.signal.aborted) return;
  response.writeHead(result.status, result.headers);
  response.end(result.body);
}

async function route(
  access: Access,
  services: ReadonlyMap<string, Service>,
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<CloudResponse> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  // Credential=AKID/DATE/REGION/SERVICE/aws4_request: who calls, and for which service. Loopback only, so the signature is not checked.
  const scope = /Credential=([^/,\s]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/.exec(request.headers.authorization ?? "");
  const caller = access.principalOf(scope?.[1] ?? "");
  if (caller === null) {
    return problem(403, "UnrecognizedClientException", "The security token included in the request is invalid.");
  }
  const service = services.get(scope?.[2] ?? "");
  if (service === undefined) {
    return problem(400, "UnknownService", `The local cloud does not run '${scope?.[2] ?? ""}'; it runs ${[...services.keys()].join(", ")}.`);
  }
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  return service.handle({
    method: request.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: Buffer.concat(chunks),
    caller,
    signal,
  });
}

function problem(status: number, code: string, message: string): CloudResponse {
  return { status, headers: { "Content-Type": "application/x-amz-json-1.0" }, body: JSON.stringify({ __type: code, message }) };
}
