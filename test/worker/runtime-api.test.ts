import { Agent, request, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { openRuntimeApi, type RuntimeApi } from "../../worker/runtime-api";
import { RESPONSE_LIMIT_BYTES } from "../../worker/runtime-messages";
import type { Outcome } from "../../worker/outcome";

let api: RuntimeApi;
beforeEach(async () => {
  api = await openRuntimeApi();
});
afterEach(() => {
  api.close();
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Each call on a connection of its own, as curl does it, unless an agent is given. */
function call(
  method: string,
  path: string,
  {
    body,
    headers = {},
    trailers,
    agent = false,
  }: {
    body?: string | Buffer;
    headers?: Record<string, string>;
    trailers?: Record<string, string>;
    agent?: Agent | false;
  } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const [host, port] = api.address.split(":");
    const outgoing = request(
      { host, port, method, agent, path: `/2018-06-01/runtime/${path}`, headers },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        });
      },
    );
    outgoing.on("error", reject);
    if (trailers !== undefined) outgoing.addTrailers(trailers);
    outgoing.end(body);
  });
}

/** Bytes as they are, on a connection that stays open. */
function send(text: string): Promise<Socket> {
  const [host, port] = api.address.split(":");
  const socket = connect(Number(port), host);
  return new Promise((resolve) => {
    socket.write(text, () => {
      resolve(socket);
    });
  });
}

function offer(requestId: string, input = "{}"): Promise<Outcome> {
  return api.offer({
    requestId,
    input,
    deadlineMs: 1_700_000_000_000,
    functionArn: "arn:aws:lambda:eu-central-1:1:function:f",
  });
}

test("a /next that waits is answered when an invocation comes, with all that a client needs", async () => {
  const next = call("GET", "invocation/next");
  void offer("a", '{"größe":1}');
  const { status, headers, body } = await next;
  expect(status).toBe(200);
  expect(body).toBe('{"größe":1}');
  expect(headers).toMatchObject({
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    "lambda-runtime-aws-request-id": "a",
    "lambda-runtime-deadline-ms": "1700000000000",
    "lambda-runtime-invoked-function-arn": "arn:aws:lambda:eu-central-1:1:function:f",
    "lambda-runtime-trace-id": expect.stringMatching(
      /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/,
    ) as string,
  });
});

test("an outcome may come on another connection than the one that took the invocation", async () => {
  const agent = new Agent({ keepAlive: true });
  const outcome = offer("a");
  await call("GET", "invocation/next", { agent });
  const next = call("GET", "invocation/next", { agent: false });
  expect((await call("POST", "invocation/a/response", { body: "1" })).status).toBe(202);
  expect(await outcome).toEqual({ kind: "success", output: "1" });
  agent.destroy();
  // The /next came while `a` ran: it was given `a` again.
  expect((await next).headers["lambda-runtime-aws-request-id"]).toBe("a");
});

test("a body is taken whatever its Content-Type says, as curl says form-urlencoded", async () => {
  const outcome = offer("a");
  await call("GET", "invocation/next");
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  await call("POST", "invocation/a/response", { body: '{"a":"b=c&d"}', headers });
  expect(await outcome).toEqual({ kind: "success", output: '{"a":"b=c&d"}' });
});

test("an error keeps its body; a header of 200 KB beside it does no harm", async () => {
  const outcome = offer("a");
  await call("GET", "invocation/next");
  const body = '{"errorType":"RangeError","errorMessage":"m","trace":[]}';
  const headers = { "Lambda-Runtime-Function-XRay-Error-Cause": "x".repeat(200_000) };
  expect((await call("POST", "invocation/a/error", { body, headers })).status).toBe(202);
  expect(await outcome).toEqual({ kind: "failure", error: "RangeError", cause: body });
});

test("a response stream that fails half way is the error of its trailers, not the half", async () => {
  const outcome = offer("a");
  await call("GET", "invocation/next");
  const error = '{"errorType":"Stream.Broken","errorMessage":"half way"}';
  await call("POST", "invocation/a/response", {
    body: '{"half":',
    headers: {
      "Transfer-Encoding": "chunked",
      Trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
      "Lambda-Runtime-Function-Response-Mode": "streaming",
    },
    trailers: {
      "Lambda-Runtime-Function-Error-Type": "Runtime.StreamError",
      "Lambda-Runtime-Function-Error-Body": Buffer.from(error).toString("base64"),
    },
  });
  expect(await outcome).toEqual({ kind: "failure", error: "Stream.Broken", cause: error });
});

test("a response of 6 MiB and 100 bytes passes, one byte more is answered 413 and fails the task", async () => {
  const most = offer("a");
  await call("GET", "invocation/next");
  const largest = JSON.stringify("x".repeat(RESPONSE_LIMIT_BYTES - 2));
  expect((await call("POST", "invocation/a/response", { body: largest })).status).toBe(202);
  expect(await most).toEqual({ kind: "success", output: largest });

  const over = offer("b");
  await call("GET", "invocation/next");
  expect((await call("POST", "invocation/b/response", { body: `${largest} ` })).status).toBe(413);
  expect(await over).toMatchObject({ kind: "failure", error: "Function.ResponseSizeTooLarge" });

  // The client then asks for more, and gets it.
  void offer("c");
  expect((await call("GET", "invocation/next")).headers["lambda-runtime-aws-request-id"]).toBe("c");
});

test("an init error is the outcome of the invocation that the process was started for", async () => {
  const outcome = offer("a");
  const body = '{"errorType":"Runtime.ImportModuleError","errorMessage":"m"}';
  expect((await call("POST", "init/error", { body })).status).toBe(202);
  expect(await outcome).toEqual({ kind: "failure", error: "Runtime.ImportModuleError", cause: body });
  expect((await call("GET", "invocation/next")).status).toBe(403);
});

test("an init error without a name in its body has the one of its header", async () => {
  const outcome = offer("a");
  await call("POST", "init/error", {
    body: "",
    headers: { "Lambda-Runtime-Function-Error-Type": "Extension.Broken" },
  });
  expect(await outcome).toMatchObject({ kind: "failure", error: "Extension.Broken" });
});

test("what does not fit the state or the invocation is answered 403 and changes nothing", async () => {
  const outcome = offer("a");
  expect((await call("POST", "invocation/a/response", { body: "1" })).status).toBe(403);
  await call("GET", "invocation/next");
  expect((await call("POST", "init/error", { body: "{}" })).status).toBe(403);
  expect((await call("POST", "invocation/other/response", { body: "1" })).status).toBe(403);
  expect((await call("POST", "invocation/a/response", { body: "2" })).status).toBe(202);
  expect((await call("POST", "invocation/a/response", { body: "3" })).status).toBe(403);
  expect((await call("POST", "invocation/a/error", { body: "{}" })).status).toBe(403);
  expect(await outcome).toEqual({ kind: "success", output: "2" });
});

test.each([
  ["GET", "invocation/a/response"],
  ["POST", "invocation/next"],
  ["POST", "invocation/a/other"],
  ["GET", "elsewhere"],
])("%s %s is answered 404", async (method, path) => {
  expect((await call(method, path)).status).toBe(404);
});

test("an invocation is not lost to a client that gave its /next up", async () => {
  const socket = await send("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n");
  await api.quiet();
  expect(api.state()).toBe("ready");
  socket.destroy();
  await api.quiet();
  // Nobody waits any more.
  expect(api.state()).toBe("answered");
  void offer("a");
  expect(api.state()).toBe("answered");
  expect((await call("GET", "invocation/next")).headers["lambda-runtime-aws-request-id"]).toBe("a");
});

test("of two /next the later one gets the invocation", async () => {
  const first = call("GET", "invocation/next");
  const second = call("GET", "invocation/next");
  // Which of the two came later shows by the refusal of the other.
  const refused = await Promise.race([first, second]);
  expect(refused.status).toBe(403);
  void offer("a");
  expect((await Promise.all([first, second])).map(({ status }) => status).sort()).toEqual([200, 403]);
});

test("a response that is cut off is no outcome: the client may send it again", async () => {
  const outcome = offer("a");
  await call("GET", "invocation/next");
  const path = "/2018-06-01/runtime/invocation/a/response";
  const socket = await send(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"half":`);
  socket.destroy();
  await api.quiet();
  expect((await call("POST", "invocation/a/response", { body: '"whole"' })).status).toBe(202);
  expect(await outcome).toEqual({ kind: "success", output: '"whole"' });
});
