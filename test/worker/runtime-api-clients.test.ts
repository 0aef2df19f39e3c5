/** What the official clients of other languages put on the wire, byte by byte, where it differs from what Node's does. */
import { connect, type Socket } from "node:net";
import { openRuntimeApi, type RuntimeApi } from "../../worker/runtime-api";
import { RESPONSE_LIMIT_BYTES } from "../../worker/runtime-messages";
import type { Outcome } from "../../worker/outcome";

const RUNTIME = "/2018-06-01/runtime";
const EXTENSION = "/2020-01-01/extension";
const ERROR_TYPE = "Lambda-Runtime-Function-Error-Type";
const ERROR_BODY = "Lambda-Runtime-Function-Error-Body";

let api: RuntimeApi;
let unsupported: string[];
let sockets: Socket[];
beforeEach(async () => {
  unsupported = [];
  sockets = [];
  api = await openRuntimeApi({
    functionName: "detect",
    handler: "index.act",
    onUnsupported: (path) => unsupported.push(path),
  });
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  api.close();
});

interface Connection {
  send(...parts: readonly (string | Buffer)[]): void;
  /** Resolves when what has come matches; it and what came before it are then forgotten. Rejects at the end. */
  receive(pattern: RegExp): Promise<string>;
  destroy(): void;
}

function open(): Connection {
  const [host, port] = api.address.split(":");
  const socket = connect(Number(port), host);
  sockets.push(socket);
  let received = "";
  let watch = (): void => undefined;
  socket.setEncoding("utf8").on("data", (text: string) => {
    received += text;
    watch();
  });
  return {
    send(...parts) {
      for (const part of parts) socket.write(part);
    },
    receive: (pattern) =>
      new Promise((resolve, reject) => {
        watch = () => {
          const [found] = pattern.exec(received) ?? [];
          if (found === undefined) return;
          received = received.slice(received.indexOf(found) + found.length);
          resolve(found);
        };
        socket.once("close", () => {
          reject(new Error(`closed after ${JSON.stringify(received)}`));
        });
        watch();
      }),
    destroy: () => {
      socket.destroy();
    },
  };
}

/** A message whose body has its length beside it. */
function message(line: string, headers: readonly string[], body: string | Buffer): Buffer {
  const length = `Content-Length: ${String(Buffer.byteLength(body))}`;
  const head = [`${line} HTTP/1.1`, `Host: ${api.address}`, ...headers, length, "", ""].join("\r\n");
  return Buffer.concat([Buffer.from(head), Buffer.from(body)]);
}

const ACCEPTED = /HTTP\/1\.1 202 Accepted\r\n[^]*\r\n\r\n\{"status":"OK"\}/;
const EVENT = /HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n\{\}/;

function next(connection: Connection): void {
  connection.send(`GET ${RUNTIME}/invocation/next HTTP/1.1\r\nHost: ${api.address}\r\n\r\n`);
}

/** Offers an invocation with this id, which a client then holds. */
async function hold(requestId: string, connection = open()): Promise<{ readonly outcome: Promise<Outcome> }> {
  const outcome = api.offer({
    requestId,
    input: "{}",
    deadlineMs: 1_700_000_000_000,
    functionArn: "arn:aws:lambda:eu-central-1:1:function:f",
  });
  next(connection);
  await connection.receive(EVENT);
  return { outcome };
}

describe("a body", () => {
  test("in chunks, with trailers announced that never come, is whole (Go)", async () => {
    const client = open();
    const { outcome } = await hold("a", client);
    client.send(
      `POST ${RUNTIME}/invocation/a/response HTTP/1.1\r\nHost: ${api.address}\r\nUser-Agent: aws-lambda-go/go1.19\r\n`,
      `Transfer-Encoding: chunked\r\nTrailer: ${ERROR_BODY},${ERROR_TYPE}\r\nContent-Type: application/octet-stream\r\n`,
      'Accept-Encoding: gzip\r\n\r\n6\r\n{"did"\r\n5\r\n:"a"}\r\n0\r\n\r\n',
    );
    await client.receive(ACCEPTED);
    expect(await outcome).toEqual({ kind: "success", output: '{"did":"a"}' });
  });

  test("in chunks on a connection of its own, with an error behind them, is that error (.NET)", async () => {
    const { outcome } = await hold("a");
    const stream = open();
    const error = '{\n  "errorType": "Stream.Broken",\n  "errorMessage": "half way"\n}';
    stream.send(
      `POST ${RUNTIME}/invocation/a/response HTTP/1.1\r\nHost: ${api.address}\r\n`,
      "Content-Type: application/vnd.awslambda.http-integration-response\r\n",
      "Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n",
      `Trailer: ${ERROR_TYPE}, ${ERROR_BODY}\r\n\r\nA\r\n0123456789\r\n`,
      `0\r\n${ERROR_TYPE}: Stream.Broken\r\n${ERROR_BODY}: ${Buffer.from(error).toString("base64")}\r\n\r\n`,
    );
    await stream.receive(ACCEPTED);
    expect(await outcome).toEqual({ kind: "failure", error: "Stream.Broken", cause: error });
  });

  test("that waits for leave to be sent gets it (curl, above a megabyte)", async () => {
    const client = open();
    const { outcome } = await hold("a", client);
    const body = JSON.stringify("x".repeat(2_000_000));
    client.send(
      `POST ${RUNTIME}/invocation/a/response HTTP/1.1\r\nHost: ${api.address}\r\nExpect: 100-continue\r\n`,
      `Content-Length: ${String(body.length)}\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n`,
    );
    await client.receive(/HTTP\/1\.1 100 Continue\r\n\r\n/);
    client.send(body);
    await client.receive(ACCEPTED);
    expect(await outcome).toMatchObject({ kind: "success" });
  });

  test("by HTTP/1.0 is answered, and the connection closed (busybox)", async () => {
    const { outcome } = await hold("a");
    const client = open();
    client.send(`POST ${RUNTIME}/invocation/a/response HTTP/1.0\r\nContent-Length: 4\r\n\r\ntrue`);
    expect(await client.receive(ACCEPTED)).toMatch(/^Connection: close\r$/m);
    expect(await outcome).toEqual({ kind: "success", output: "true" });
  });

  test("that is empty is no JSON (C++)", async () => {
    const client = open();
    const { outcome } = await hold("a", client);
    client.send(message(`POST ${RUNTIME}/invocation/a/response`, ["content-type: text/html"], ""));
    await client.receive(ACCEPTED);
    expect(await outcome).toMatchObject({ error: "Runtime.InvalidOutput" });
  });
});

test("the address may stand in the request line, as clients behind a proxy write it", async () => {
  const client = open();
  const outcome = api.offer({ requestId: "a", input: "{}", deadlineMs: 1, functionArn: "arn" });
  client.send(`GET http://${api.address}${RUNTIME}/invocation/next HTTP/1.1\r\nHost: ${api.address}\r\n\r\n`);
  await client.receive(EVENT);
  client.send(message(`POST http://${api.address}${RUNTIME}/invocation/a/response`, [], "1"));
  await client.receive(ACCEPTED);
  expect(await outcome).toEqual({ kind: "success", output: "1" });
});

describe("an error", () => {
  test("with a cause of a megabyte beside it, of bytes above ASCII, keeps its name (Go, Java, Ruby)", async () => {
    const client = open();
    const { outcome } = await hold("a", client);
    const cause = `Lambda-Runtime-Function-XRay-Error-Cause: {"message":"${"ü".repeat(500_000)}"}`;
    const body = '{"errorMessage":"größe","errorType":"Function<MyError>"}';
    const headers = [`${ERROR_TYPE}: Function<UserException>`, cause];
    client.send(message(`POST ${RUNTIME}/invocation/a/error`, headers, body));
    await client.receive(ACCEPTED);
    expect(await outcome).toEqual({ kind: "failure", error: "Function<MyError>", cause: body });
  });

  test("whose cause has a character that HTTP forbids, as an ELF file begins with, keeps its name (Python, Ruby)", async () => {
    const client = open();
    const { outcome } = await hold("a", client);
    const body = '{"errorMessage":"no image: \u007fELF","errorType":"NoImage"}';
    const headers = [`lambda-runtime-function-xray-error-cause: ${body}`];
    client.send(message(`POST ${RUNTIME}/invocation/a/error`, headers, body));
    await client.receive(ACCEPTED);
    expect(await outcome).toEqual({ kind: "failure", error: "NoImage", cause: body });
  });

  test("has no limit of a response's size: its name is what Catch blocks know", async () => {
    const client = open();
    const { outcome } = await hold("a", client);
    const body = JSON.stringify({ errorMessage: "x".repeat(RESPONSE_LIMIT_BYTES), errorType: "MyError" });
    client.send(message(`POST ${RUNTIME}/invocation/a/error`, [], body));
    await client.receive(ACCEPTED);
    expect(await outcome).toMatchObject({ kind: "failure", error: "MyError" });
  });

  test("of the init is its body's, not the class that its header has (Java)", async () => {
    const outcome = api.offer({ requestId: "a", input: "{}", deadlineMs: 1, functionArn: "arn" });
    const client = open();
    const body = '{"errorMessage":"at init","errorType":"java.lang.IllegalStateException"}';
    client.send(message(`POST ${RUNTIME}/init/error`, [`${ERROR_TYPE}: Runtime.BadFunctionCode`], body));
    await client.receive(ACCEPTED);
    expect(await outcome).toMatchObject({ error: "java.lang.IllegalStateException" });
  });
});

describe("a response that is cut off", () => {
  async function cutOff(requestId: string): Promise<void> {
    const stream = open();
    stream.send(
      `POST ${RUNTIME}/invocation/${requestId}/response HTTP/1.1\r\nHost: ${api.address}\r\n`,
      'Transfer-Encoding: chunked\r\n\r\n8\r\n{"half":\r\n',
    );
    await api.quiet();
    stream.destroy();
    await api.quiet();
  }

  test("fails its task when the client asks for the next one: the function is not run twice", async () => {
    const client = open();
    const { outcome } = await hold("a", client);
    await cutOff("a");
    next(client);
    expect(await outcome).toMatchObject({ kind: "failure", error: "Runtime.TruncatedResponse" });
    expect(api.state()).toBe("ready");
    const following = api.offer({ requestId: "b", input: "{}", deadlineMs: 1, functionArn: "arn" });
    expect(await client.receive(EVENT)).toMatch(/^Lambda-Runtime-Aws-Request-Id: b\r$/m);
    client.send(message(`POST ${RUNTIME}/invocation/b/response`, [], "2"));
    expect(await following).toEqual({ kind: "success", output: "2" });
  });

  test("may be followed by an error in its place", async () => {
    const client = open();
    const { outcome } = await hold("a", client);
    await cutOff("a");
    client.send(message(`POST ${RUNTIME}/invocation/a/error`, [], '{"errorType":"Stream.Broken"}'));
    expect(await outcome).toMatchObject({ error: "Stream.Broken" });
    next(client);
    await api.quiet();
    expect(api.state()).toBe("ready");
  });
});

/** A client that wants a SIGTERM before its end registers an extension for no events: Go and Rust where told to, the Web Adapter always. */
describe("an extension of the function's own", () => {
  const IDENTIFIER = /^Lambda-Extension-Identifier: ([0-9a-f-]{36})\r$/m;
  const REGISTERED = /HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n\{[^}]*\}/;
  const NOT_FOUND = /HTTP\/1\.1 404 [^]*\r\n\r\n\{[^}]*\}/;

  async function register(client: Connection, body: string, headers = ["Lambda-Extension-Name: quiet"]) {
    client.send(message(`POST ${EXTENSION}/register`, headers, body));
    return client.receive(/HTTP\/1\.1 \d+ [^]*\r\n\r\n\{[^}]*\}/);
  }

  test.each(['{"events":[]}', '{ "events": [] }', '{"events":null}'])(
    "that wants no events (%s) is registered, and told of none",
    async (body) => {
      const client = open();
      const answer = await register(client, body);
      expect(answer).toMatch(REGISTERED);
      const [, json = ""] = answer.split("\r\n\r\n");
      expect(JSON.parse(json)).toEqual({
        functionName: "detect",
        functionVersion: "$LATEST",
        handler: "index.act",
      });
      const [, identifier = ""] = IDENTIFIER.exec(answer) ?? [];
      client.send(
        `GET ${EXTENSION}/event/next HTTP/1.1\r\nHost: x\r\nLambda-Extension-Identifier: ${identifier}\r\n\r\n`,
      );
      // The wait for events is nothing that an invocation waits for, nor is it a /next of the runtime.
      expect(api.state()).toBe("starting");
      const { outcome } = await hold("a");
      const answering = open();
      answering.send(message(`POST ${RUNTIME}/invocation/a/response`, [], "1"));
      expect(await outcome).toEqual({ kind: "success", output: "1" });
      expect(unsupported).toEqual([]);
    },
  );

  test.each(['{"events":["INVOKE"]}', '{"events":["SHUTDOWN"]}', "", "no JSON", "[]", '{"events":{}}'])(
    "that wants events, or does not say (%j), is refused and told of",
    async (body) => {
      expect(await register(open(), body)).toMatch(NOT_FOUND);
      expect(unsupported).toEqual([`${EXTENSION}/register`]);
    },
  );

  test("without a name is refused as on Lambda", async () => {
    expect(await register(open(), '{"events":[]}', [])).toMatch(/^HTTP\/1\.1 403 .*InvalidExtensionName/s);
  });

  test("that was not registered is told of no events either", async () => {
    const client = open();
    client.send(`GET ${EXTENSION}/event/next HTTP/1.1\r\nHost: x\r\nLambda-Extension-Identifier: x\r\n\r\n`);
    expect(await client.receive(/HTTP\/1\.1 \d+ [^]*\r\n\r\n\{[^}]*\}/)).toMatch(
      /^HTTP\/1\.1 403 .*UnknownExtensionIdentifier/s,
    );
  });
});

test("SnapStart's hooks and other APIs of Lambda's own are refused and told of", async () => {
  for (const line of [`GET ${RUNTIME}/restore/next`, "PUT /2022-07-01/telemetry", "PUT /2020-08-15/logs"]) {
    const client = open();
    client.send(message(line, [], ""));
    await client.receive(/HTTP\/1\.1 404 [^]*\r\n\r\n\{[^}]*\}/);
  }
  expect(unsupported).toEqual([`${RUNTIME}/restore/next`, "/2022-07-01/telemetry", "/2020-08-15/logs"]);
});
