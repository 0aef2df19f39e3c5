import { request as httpRequest } from "node:http";
import { createAccess, type Access } from "../../../local/cloud/access";
import { startServer, type CloudServer } from "../../../local/cloud/server";
import {
  jsonService,
  ServiceError,
  type CloudRequest,
  type Operation,
  type Service,
} from "../../../local/cloud/service";

const WORKER = "arn:aws:iam::123456789012:role/worker";

let access: Access;
let server: CloudServer;
let key: string;
const closing: CloudServer[] = [];

async function start(...services: Service[]): Promise<void> {
  access = createAccess();
  server = await startServer(access, services);
  closing.push(server);
  key = access.issue(WORKER).accessKeyId;
}
afterEach(async () => {
  await Promise.all(closing.splice(0).map((each) => each.close()));
});

function authorization(accessKeyId: string, service: string): Record<string, string> {
  return {
    Authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261120/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  };
}

function call(
  service: string,
  options: { headers?: Record<string, string>; body?: string; path?: string; key?: string } = {},
): Promise<Response> {
  return fetch(server.endpoint + (options.path ?? "/"), {
    method: "POST",
    headers: { ...authorization(options.key ?? key, service), ...options.headers },
    body: options.body ?? "{}",
  });
}

function answering(signingName: string, handle: Service["handle"]): Service {
  return { signingName, handle };
}

function jsonOf(operations: Record<string, Operation>): Service {
  return jsonService(access, {
    signingName: "states",
    targetPrefix: "AWSStepFunctions",
    version: "1.0",
    operations,
  });
}

test("the credential scope tells the service, the access key tells the caller", async () => {
  const seen: CloudRequest[] = [];
  const note = (name: string): Service =>
    answering(name, (request) => {
      seen.push(request);
      return Promise.resolve({ status: 200, body: name });
    });
  await start(note("states"), note("s3"));
  const response = await call("s3", { path: "/bucket/a%20b?list-type=2&prefix=x", body: "content" });
  expect(await response.text()).toBe("s3");
  expect(response.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({ method: "POST", path: "/bucket/a%20b", caller: { arn: WORKER } });
  expect(seen[0]?.query.get("list-type")).toBe("2");
  expect(String(seen[0]?.body)).toBe("content");
});

test.each<[string, () => Promise<Response>, number, string]>([
  [
    "without a signature",
    () => fetch(server.endpoint, { method: "POST" }),
    403,
    "MissingAuthenticationTokenException",
  ],
  [
    "with a key that nobody has",
    () => call("states", { key: "ASIANOBODY" }),
    403,
    "UnrecognizedClientException",
  ],
  ["for a service that is not run", () => call("sqs"), 400, "UnknownService"],
])("a call %s is refused", async (_what, attempt, status, code) => {
  await start(answering("states", () => Promise.resolve({ status: 200 })));
  const response = await attempt();
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ __type: code });
});

test("a service's own fault is a 500 for the caller and is told on standard error", async () => {
  const write = jest.spyOn(process.stderr, "write").mockReturnValue(true);
  await start(answering("states", () => Promise.reject(new Error("a bug"))));
  const response = await call("states");
  const said = write.mock.calls.map(([text]) => String(text)).join("");
  write.mockRestore();
  expect(response.status).toBe(500);
  expect(await response.json()).toMatchObject({ __type: "InternalFailure" });
  expect(said).toContain("a bug");
});

test("the service hears when the caller's connection closes before the answer", async () => {
  const heard = Promise.withResolvers<boolean>();
  const arrived = Promise.withResolvers<null>();
  await start(
    answering("states", ({ signal }) => {
      arrived.resolve(null);
      return new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          heard.resolve(true);
          resolve({ status: 200 });
        });
      });
    }),
  );
  const caller = httpRequest(server.endpoint, { method: "POST", headers: authorization(key, "states") });
  caller.on("error", () => undefined);
  caller.end("{}");
  await arrived.promise;
  caller.destroy();
  expect(await heard.promise).toBe(true);
});

test("an answered call is not taken for a caller that is gone", async () => {
  const signals: AbortSignal[] = [];
  await start(
    answering("states", ({ signal }) => {
      signals.push(signal);
      return Promise.resolve({ status: 200, body: "x".repeat(1_000_000) });
    }),
  );
  expect(await (await call("states")).text()).toHaveLength(1_000_000);
  expect(signals[0]?.aborted).toBe(false);
});

test("closing lets the calls end that are being answered, and takes no more", async () => {
  const answer = Promise.withResolvers<string>();
  const arrived = Promise.withResolvers<null>();
  await start(
    answering("states", async () => {
      arrived.resolve(null);
      return { status: 200, body: await answer.promise };
    }),
  );
  const late = call("states");
  await arrived.promise;
  const closed = server.close();
  answer.resolve("in time");
  expect(await (await late).text()).toBe("in time");
  await closed;
  await expect(call("states")).rejects.toThrow();
});

test("closing does not wait for a call that is never answered", async () => {
  const arrived = Promise.withResolvers<null>();
  await start(
    answering("states", () => {
      arrived.resolve(null);
      return new Promise(() => undefined);
    }),
  );
  const never = expect(call("states")).rejects.toThrow();
  await arrived.promise;
  await server.close();
  await never;
});

test("a port that is taken is the system's EADDRINUSE", async () => {
  await start();
  const port = Number(new URL(server.endpoint).port);
  await expect(startServer(access, [], port)).rejects.toMatchObject({ code: "EADDRINUSE", port });
});

test("nothing listens beyond the loopback interface", async () => {
  await start();
  expect(new URL(server.endpoint).hostname).toBe("127.0.0.1");
});

test("a JSON operation is found by its target, judged by what it needs, and answered with its version", async () => {
  access = createAccess();
  const states = jsonOf({
    Echo: {
      needs: ({ arn }) => [{ action: "states:Echo", resource: String(arn) }],
      run: (input) => ({ input }),
    },
  });
  server = await startServer(access, [states]);
  closing.push(server);
  key = access.issue(WORKER).accessKeyId;
  const headers = { "X-Amz-Target": "AWSStepFunctions.Echo" };
  const response = await call("states", { headers, body: '{"arn":"arn:x"}' });
  expect(response.headers.get("content-type")).toBe("application/x-amz-json-1.0");
  expect(await response.json()).toEqual({ input: { arn: "arn:x" } });
  await call("states", { headers, body: '{"arn":"arn:x"}' });
  expect(access.records()).toEqual([
    { principal: WORKER, action: "states:Echo", resource: "arn:x", count: 2 },
  ]);
});

test.each<[string, string, string, string]>([
  ["of no operation", "AWSStepFunctions.Nothing", "{}", "UnknownOperationException"],
  [
    "of another service's operation",
    "AmazonEC2ContainerServiceV20141113.Refuse",
    "{}",
    "UnknownOperationException",
  ],
  ["that is not JSON", "AWSStepFunctions.Refuse", "{", "SerializationException"],
  ["that is no object", "AWSStepFunctions.Refuse", "[]", "SerializationException"],
  ["that the service refuses", "AWSStepFunctions.Refuse", "{}", "TaskTimedOut"],
])("a JSON call %s is answered 400 with AWS's name", async (_what, target, body, code) => {
  access = createAccess();
  const states = jsonOf({
    Refuse: {
      needs: () => [],
      run() {
        throw new ServiceError("TaskTimedOut", "Task Timed Out");
      },
    },
  });
  server = await startServer(access, [states]);
  closing.push(server);
  key = access.issue(WORKER).accessKeyId;
  const response = await call("states", { headers: { "X-Amz-Target": target }, body });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ __type: code, message: expect.any(String) as string });
});
