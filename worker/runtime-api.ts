/**
 * The Lambda Runtime API for one function process: hands it one invocation at a time and takes the outcome. Knows no AWS.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Connection } from "./connection-owner";
import type { Invocation } from "./function-process";
import { createInternalExtensions, type InternalExtensions } from "./internal-extension";
import { oversizeFailure, truncatedFailure, type Outcome } from "./outcome";
import { ACCEPTED, read, refuse, reply, traceIds } from "./runtime-messages";
import { ERROR, INIT_ERROR, RESPONSE, type Post } from "./runtime-posts";

/** Clients put whole errors in headers; Node's own 16 KiB would lose them (measured). */
const HEADER_LIMIT_BYTES = 2 * 1024 * 1024;
const PREFIX = "/2018-06-01/runtime/";
const NEXT = `${PREFIX}invocation/next`;

/**
 * `starting` until the first /next, then `ready`; `running` from the moment an invocation is handed out; `answered`
 * from its outcome, or from the end of a client that waited, to the next /next; `failed` after an init error.
 */
export type RuntimeState = "starting" | "ready" | "running" | "answered" | "failed";

export interface RuntimeApi {
  /** HOST:PORT, for AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  state(): RuntimeState;
  /** Hands `invocation` to the next /next, which may be waiting already; resolves when its outcome has come in whole. */
  offer(invocation: Invocation): Promise<Outcome>;
  /** Takes the invocation back: its outcome is refused from now on, and the client may ask for the next. */
  withdraw(): void;
  /** Resolves when no request that has reached us is still being read. */
  quiet(): Promise<void>;
  /** Closes every connection, also those that wait for /next. */
  close(): void;
}

export interface RuntimeApiOptions {
  /** Of 127.0.0.1. @default a free one */
  readonly port?: number;
  /** What an extension that registers is told. @default "" */
  readonly functionName?: string;
  /** As `functionName`. @default "" */
  readonly handler?: string;
  /** The first /next: the function's init is over. */
  readonly onReady?: () => void;
  /** A /next waits for an invocation. */
  readonly onNext?: () => void;
  /** The function's init has failed, with this. */
  readonly onInitError?: (outcome: Outcome) => void;
  /** A client asked for what only Lambda has, such as the Extensions API. */
  readonly onUnsupported?: (path: string) => void;
  /** Asked once of each connection. @default every one is let in */
  readonly admits?: (connection: Connection) => Promise<boolean>;
}

/** Listens on 127.0.0.1. */
export async function openRuntimeApi(options: RuntimeApiOptions = {}): Promise<RuntimeApi> {
  const runtime: Runtime = {
    state: "starting",
    offered: null,
    waiting: null,
    cutOff: false,
    settle: () => undefined,
    reading: 0,
    onQuiet: [],
    nextTraceId: traceIds(),
    extensions: createInternalExtensions({
      functionName: options.functionName ?? "",
      handler: options.handler ?? "",
      onEventsWanted: (request, response) => {
        refuseUnknown(runtime, request, response);
      },
    }),
    options,
  };
  const admitted = new WeakSet<Socket>();
  // Lenient: clients copy an error's message into a header, and with it what HTTP forbids there, such as the first
  // character of an ELF file. A strict parser would lose the error. Here nobody stands between client and server.
  const parsing = { maxHeaderSize: HEADER_LIMIT_BYTES, insecureHTTPParser: true };
  const server = createServer(parsing, (request, response) => {
    if (options.admits === undefined || admitted.has(request.socket)) route(runtime, request, response);
    else void admit(runtime, admitted, request, response);
  });
  // /next may be held for as long as there is no work, and a function may take its time between two chunks.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  return {
    address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    state: () => runtime.state,
    offer: (invocation) =>
      new Promise((resolve) => {
        runtime.offered = invocation;
        runtime.settle = resolve;
        handOut(runtime);
      }),
    withdraw() {
      runtime.offered = null;
      if (runtime.state === "running") runtime.state = "answered";
    },
    async quiet() {
      // One turn of the event loop for what the kernel holds already, one for its parsing.
      for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      if (runtime.reading > 0) await new Promise<void>((resolve) => runtime.onQuiet.push(resolve));
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** State belongs to the process, never to a socket: clients post on another connection than they poll on (measured). */
interface Runtime {
  state: RuntimeState;
  offered: Invocation | null;
  /** The /next that waits for an invocation. */
  waiting: ServerResponse | null;
  /** A response to the invocation broke off half way. */
  cutOff: boolean;
  settle: (outcome: Outcome) => void;
  /** Requests that are on their way in. */
  reading: number;
  /** Called when none is any more. */
  onQuiet: (() => void)[];
  readonly nextTraceId: () => string;
  readonly extensions: InternalExtensions;
  readonly options: RuntimeApiOptions;
}

/** What is said on a strange connection changes nothing, whatever it is. */
async function admit(
  runtime: Runtime,
  admitted: WeakSet<Socket>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { socket } = request;
  const { remoteAddress = "", remotePort = 0, localPort = 0 } = socket;
  runtime.reading += 1;
  const admits = (await runtime.options.admits?.({ remoteAddress, remotePort, localPort })) ?? true;
  if (admits) admitted.add(socket);
  // Gone in the meantime: what it said is cut off.
  if (admits && !request.destroyed) route(runtime, request, response);
  if (!admits) {
    request.resume();
    response.shouldKeepAlive = false;
    refuse(response, 403, "AccessDenied", "This is the runtime API of another function process.");
  }
  hasRead(runtime);
}

function hasRead(runtime: Runtime): void {
  runtime.reading -= 1;
  if (runtime.reading === 0) for (const tell of runtime.onQuiet.splice(0)) tell();
}

function route(runtime: Runtime, request: IncomingMessage, response: ServerResponse): void {
  const { method } = request;
  // A request line may hold the whole address, as what is sent to a proxy does (RFC 9112, 3.2.2).
  const url = (request.url ?? "").replace(/^http:\/\/[^/]*/, "");
  if (method === "GET" && url === NEXT) {
    next(runtime, response);
    return;
  }
  if (runtime.extensions.take(request, response)) return;
  const path = url.startsWith(PREFIX) ? url.slice(PREFIX.length) : "";
  const [, requestId, verb] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
  if (method === "POST" && path === "init/error") take(runtime, request, response, INIT_ERROR);
  else if (method !== "POST" || requestId === undefined) refuseUnknown(runtime, request, response);
  // The interface emulator answers 400 to a strange id, clients treat both alike.
  else if (requestId !== runtime.offered?.requestId)
    refuse(response, 403, "InvalidRequestID", "Invalid request ID");
  else take(runtime, request, response, verb === "error" ? ERROR : RESPONSE);
}

/**
 * The Extensions, Telemetry and Logs APIs, and SnapStart's hooks.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
const ONLY_ON_LAMBDA = /^\/20\d\d-\d\d-\d\d\/(?:extension|telemetry|logs|runtime\/restore)(?:\/|$)/;

function refuseUnknown(
  { options }: Runtime,
  { method = "", url = "" }: IncomingMessage,
  response: ServerResponse,
): void {
  if (ONLY_ON_LAMBDA.test(url)) {
    options.onUnsupported?.(url);
    refuse(response, 404, "NotFound", `${url} is Lambda's own: it has no counterpart off Lambda.`);
  } else refuse(response, 404, "NotFound", `No ${method} ${url} here.`);
}

function next(runtime: Runtime, response: ServerResponse): void {
  if (runtime.state === "failed") {
    refuse(response, 403, "InvalidStateTransition", "The function's init has failed; nothing follows.");
    return;
  }
  // A second /next while one waits comes from a client that gave the first connection up.
  if (runtime.waiting !== null)
    refuse(runtime.waiting, 403, "InvalidStateTransition", "Another /next has come.");
  runtime.waiting = response;
  response.once("close", () => {
    if (runtime.waiting !== response) return;
    runtime.waiting = null;
    if (runtime.state === "ready") runtime.state = "answered";
  });
  // A /next in the middle of an invocation gets the same one again, as the interface emulator's states.go has it: the
  // client did not receive the first answer. One that has begun to answer did, and is done with it, as on Lambda.
  if (runtime.state === "running" && runtime.cutOff && runtime.offered !== null)
    settle(runtime, "answered", truncatedFailure(runtime.offered.requestId));
  if (runtime.state === "starting") runtime.options.onReady?.();
  if (runtime.state !== "running") runtime.state = "ready";
  handOut(runtime);
  if (runtime.waiting !== null) runtime.options.onNext?.();
}

function handOut(runtime: Runtime): void {
  const { offered, waiting } = runtime;
  if (offered === null || waiting === null) return;
  runtime.waiting = null;
  runtime.state = "running";
  runtime.cutOff = false;
  waiting.sendDate = false;
  waiting.writeHead(200, {
    "Content-Length": Buffer.byteLength(offered.input),
    // Without a Content-Type the Node client crashes (measured).
    "Content-Type": "application/json",
    "Lambda-Runtime-Aws-Request-Id": offered.requestId,
    "Lambda-Runtime-Deadline-Ms": String(offered.deadlineMs),
    "Lambda-Runtime-Invoked-Function-Arn": offered.functionArn,
    "Lambda-Runtime-Trace-Id": runtime.nextTraceId(),
  });
  // As text, not as bytes: headers and body then go out in one write.
  waiting.end(offered.input);
}

/** Reads a POST whole and settles the invocation with what it comes to, if the runtime is then in the state for it. */
function take(runtime: Runtime, request: IncomingMessage, response: ServerResponse, post: Post): void {
  const invocation = runtime.offered;
  const expected = (): boolean => runtime.state === post.during && runtime.offered === invocation;
  runtime.reading += 1;
  read(request, post.limitBytes, (body) => {
    hasRead(runtime);
    if (body === null) {
      // No outcome yet: the client may try again, say what went wrong, ask for the next one, or end.
      if (expected()) runtime.cutOff = true;
      return;
    }
    if (!expected()) {
      refuse(response, 403, "InvalidStateTransition", `Not while the runtime is ${runtime.state}.`);
      return;
    }
    const fits = body.bytes <= post.limitBytes;
    if (fits) reply(response, 202, ACCEPTED);
    else {
      const limit = `Exceeded maximum allowed payload size (${String(post.limitBytes)} bytes).`;
      refuse(response, 413, "RequestEntityTooLarge", limit);
    }
    const outcome = fits ? post.outcome(request, body.text) : oversizeFailure(body.bytes, post.limitBytes);
    if (post.during === "starting") runtime.options.onInitError?.(outcome);
    settle(runtime, post.during === "starting" ? "failed" : "answered", outcome);
  });
}

function settle(runtime: Runtime, state: "answered" | "failed", outcome: Outcome): void {
  runtime.state = state;
  runtime.offered = null;
  runtime.settle(outcome);
}
