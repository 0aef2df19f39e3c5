import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InvokeCommand, LambdaClient, type InvokeCommandOutput } from "@aws-sdk/client-lambda";
import { environmentOfRoles } from "../../../local/cloud/cloud-environment";
import { systemClock } from "../../../local/cloud/clock";
import { functionDefinition } from "../../../local/cloud/lambda/functions";
import { imagesOf } from "../../../local/cloud/images";
import { createLambda, type Lambda } from "../../../local/cloud/lambda/lambda";
import { startLocalFunction } from "../../../local/cloud/lambda/local-function";
import { createProcesses, leftoverProcesses, type Processes } from "../../../local/cloud/processes";
import { isNotRunnable } from "../../../local/cloud/properties";
import { graphOf, resource } from "./graphs";
import { ACCOUNT, openLoopback, ROLE, temporaryDirectory, until, type Loopback } from "./loopback";

const directory = temporaryDirectory();
const functionRole = `arn:aws:iam::${ACCOUNT}:role/function`;
const logDirectory = join(directory, "logs");
const CONCURRENCY = 2;

const HANDLER = `
let calls = 0;
exports.handler = async (event) => {
  calls += 1;
  console.log("called with " + event.do);
  switch (event.do) {
    case "throw": throw new RangeError("too far");
    case "hang": return new Promise(() => { setTimeout(() => {}, 60_000); });
    case "sleep": await new Promise((resolve) => { setTimeout(resolve, 150); }); break;
    case "big": return "x".repeat(7 * 1024 * 1024);
  }
  return { calls, pid: process.pid, environment: process.env, directory: process.cwd() };
};`;

const sent: { readonly destination: string; readonly message: unknown }[] = [];
const warnings: string[] = [];
const lines: string[] = [];
let loopback: Loopback;
let local: Lambda;
let client: LambdaClient;
let processes: Processes;

beforeAll(async () => {
  processes = createProcesses(`lambda-test-${String(process.pid)}`);
  loopback = await openLoopback((access) => {
    const send = (destination: string, message: string): void => {
      sent.push({ destination, message: JSON.parse(message) as unknown });
    };
    const warn = (message: string): void => {
      warnings.push(message);
    };
    // A minute of 0.3 s: retries that take one and two of them on AWS come soon.
    local = createLambda({ access, clock: systemClock, minuteSeconds: 0.3, send, warn });
    return [local.service];
  });
  client = new LambdaClient(loopback.client);
  for (const [name, timeout] of [
    ["echo", 20],
    ["hasty", 1],
  ] as const)
    add(name, timeout);
});

afterAll(async () => {
  client.destroy();
  await local.close();
  await loopback.close();
  await processes.close();
});

function declare(name: string, timeout: number, more: Record<string, string | number> = {}) {
  const inputs = {
    name,
    role: functionRole,
    runtime: "nodejs24.x",
    handler: "index.handler",
    timeout,
    code: { kind: "archive", assets: { "index.js": { kind: "text", text: HANDLER } } },
    environment: {
      variables: { GREETING: "hello", LOVELESS_AUTOSCALER_SETTINGS: '{"minuteSeconds":60,"pools":[]}' },
    },
    ...more,
  };
  const declared = resource("aws:lambda/function:Function", name, inputs, { arn: arnOf(name) });
  return functionDefinition(declared, imagesOf(graphOf(), directory), join(directory, "code"));
}

function add(name: string, timeout: number, more: Record<string, number> = {}): void {
  const definition = declare(name, timeout, more);
  if (isNotRunnable(definition)) throw new Error(definition.why);
  const options = {
    access: loopback.access,
    clock: systemClock,
    processes,
    minuteSeconds: 5,
    concurrency: CONCURRENCY,
    logDirectory,
    logLine: ({ group }: { readonly group: string }, line: string) => lines.push(`${group} ${line}`),
    homeDirectory: join(directory, "tmp"),
    cloudEnvironment: environmentOfRoles(loopback.access, loopback.client.endpoint, "eu-west-1"),
  };
  local.addFunction(definition, startLocalFunction(definition, options));
}

function arnOf(name: string): string {
  return `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:${name}`;
}

function invoke(
  FunctionName: string,
  what: string,
  InvocationType?: "Event" | "DryRun",
): Promise<InvokeCommandOutput> {
  return client.send(
    new InvokeCommand({ FunctionName, InvocationType, Payload: JSON.stringify({ do: what }) }),
  );
}

function payloadOf({ Payload }: InvokeCommandOutput): Record<string, unknown> {
  return JSON.parse(Payload?.transformToString() ?? "null") as Record<string, unknown>;
}

test("a function answers, and its process is kept warm for the next call", async () => {
  const first = await invoke("echo", "answer");
  const second = payloadOf(await invoke(arnOf("echo"), "answer"));
  expect(first).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
  expect(first.FunctionError).toBeUndefined();
  expect(second["pid"]).toBe(payloadOf(first)["pid"]);
  expect(Number(second["calls"])).toBe(Number(payloadOf(first)["calls"]) + 1);
});

test("it finds its own variables, this cloud, its role's credentials, and nothing of the shell that started us", async () => {
  const { environment } = payloadOf(await invoke("echo", "answer")) as {
    environment: Record<string, string>;
  };
  expect(environment).toMatchObject({
    GREETING: "hello",
    AWS_ENDPOINT_URL: loopback.client.endpoint,
    AWS_REGION: "eu-west-1",
    AWS_LAMBDA_FUNCTION_NAME: "echo",
  });
  expect(loopback.access.principalOf(environment["AWS_ACCESS_KEY_ID"] ?? "")).toMatchObject({
    arn: functionRole,
  });
  expect(environment["HOME"]?.startsWith(directory)).toBe(true);
  expect(Object.keys(environment).filter((name) => /^(npm_|NODE_|JEST_|PWD$|USER$)/.test(name))).toEqual([]);
});

test("the autoscaler's minute becomes the local one, and its other settings stay", async () => {
  const { environment } = payloadOf(await invoke("echo", "answer")) as {
    environment: Record<string, string>;
  };
  expect(JSON.parse(environment["LOVELESS_AUTOSCALER_SETTINGS"] ?? "")).toEqual({
    minuteSeconds: 5,
    pools: [],
  });
});

test("calls at the same time have a process each, up to the cap, and those beyond it wait their turn", async () => {
  const answers = await Promise.all(Array.from({ length: 5 }, () => invoke("echo", "sleep")));
  const pids = new Set(answers.map((answer) => payloadOf(answer)["pid"]));
  expect(answers.map(({ FunctionError }) => FunctionError)).toEqual(
    Array.from({ length: 5 }, () => undefined),
  );
  expect(pids.size).toBe(CONCURRENCY);
});

test("an error of the function is told as Lambda tells it", async () => {
  const answer = await invoke("echo", "throw");
  expect(answer).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled" });
  expect(payloadOf(answer)).toMatchObject({ errorType: "RangeError", errorMessage: "too far" });
});

test("a call past its time-out fails, and the next one has a fresh process", async () => {
  const before = payloadOf(await invoke("hasty", "answer"));
  const late = await invoke("hasty", "hang");
  expect(late.FunctionError).toBe("Unhandled");
  expect(String(payloadOf(late)["errorMessage"])).toContain("timed out after 1.00 seconds");
  expect(payloadOf(await invoke("hasty", "answer"))).toMatchObject({ calls: 1 });
  expect(payloadOf(await invoke("hasty", "answer"))["pid"]).not.toBe(before["pid"]);
});

test("an event is accepted at once and runs; a dry run does not", async () => {
  const lines = (): number =>
    readFileSync(join(logDirectory, "lambda-echo.log"), "utf8").split("called with event").length - 1;
  expect((await invoke("echo", "event-dry", "DryRun")).StatusCode).toBe(204);
  expect((await invoke("echo", "event", "Event")).StatusCode).toBe(202);
  await until("the event has run", () => lines() === 1);
});

test("what the function writes are events of its log group", async () => {
  await invoke("echo", "to the group");
  await until("the line has come", () => lines.includes("/aws/lambda/echo called with to the group"));
});

test("an event that fails is tried again, and told where its function says", async () => {
  const destination = `arn:aws:sqs:eu-west-1:${ACCOUNT}:failed`;
  expect(local.configureAsync(arnOf("echo"), { maximumRetryAttempts: 1, onFailure: destination })).toBe(true);
  await invoke("echo", "throw", "Event");
  await until("it is told", () => sent.length === 1);
  expect(sent[0]).toMatchObject({
    destination,
    message: {
      requestContext: {
        functionArn: `${arnOf("echo")}:$LATEST`,
        condition: "RetriesExhausted",
        approximateInvokeCount: 2,
      },
      requestPayload: { do: "throw" },
      responsePayload: { errorType: "RangeError", errorMessage: "too far" },
    },
  });
});

test("a function with reserved concurrency is throttled beyond it, by Lambda's name and status", async () => {
  add("reserved", 20, { reservedConcurrentExecutions: 0 });
  await expect(invoke("reserved", "answer")).rejects.toMatchObject({
    name: "TooManyRequestsException",
    $metadata: { httpStatusCode: 429 },
  });
});

test("what the invoker runs for Step Functions is the same function, and a caller that goes away is an outcome", async () => {
  const gone = new AbortController();
  const caller = { arn: ROLE };
  const outcome = await local.invoker.invoke(arnOf("echo"), '{"do":"answer"}', caller, gone.signal);
  expect(outcome.kind).toBe("success");
  const hanging = local.invoker.invoke(arnOf("echo"), '{"do":"hang"}', caller, gone.signal);
  gone.abort();
  expect(await hanging).toMatchObject({ kind: "failure", error: "Lambda.ServiceException" });
  const missing = local.invoker.invoke(arnOf("nobody"), "{}", caller, new AbortController().signal);
  expect(await missing).toMatchObject({ kind: "failure", error: "Lambda.ResourceNotFoundException" });
});

test("a function that there is not is not found, by Lambda's name and status", async () => {
  await expect(invoke("nobody", "answer")).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    $metadata: { httpStatusCode: 404 },
  });
});

test("a function that this machine can't run says why", () => {
  expect(declare("snake", 3, { runtime: "python3.13" })).toMatchObject({
    why: expect.stringContaining("python3.13"),
  });
  expect(declare("image", 3, { packageType: "Image", imageUri: "elsewhere@sha256:1" })).toMatchObject({
    why: expect.stringContaining("elsewhere@sha256:1"),
  });
});

test("every call is recorded with its role, action and function", () => {
  const used = loopback.access.records().filter(({ principal }) => principal === ROLE);
  expect(used.map(({ action, resource: arn }) => `${action} ${arn}`)).toEqual(
    expect.arrayContaining([
      `lambda:InvokeFunction ${arnOf("echo")}`,
      `lambda:InvokeFunction ${arnOf("hasty")}`,
    ]),
  );
});

test("after the end no process is left", async () => {
  expect((await leftoverProcesses(processes.runId)).length).toBeGreaterThan(0);
  await local.close();
  expect(await leftoverProcesses(processes.runId)).toEqual([]);
});
