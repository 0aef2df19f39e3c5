import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createFunctionProcess,
  type FunctionProcess,
  type FunctionProcessOptions,
  type ProcessEvent,
  type Provision,
} from "../../worker/function-process";
import type { Outcome } from "../../worker/outcome";
import { isAlive } from "./alive";

const CLIENT = join(__dirname, "../../local/runtime-client/main.mjs");
const FUNCTIONS = join(__dirname, "functions");
const FUNCTION_ARN = "arn:aws:lambda:eu-central-1:123456789012:function:detect";

let open: FunctionProcess[] = [];
let lines: { line: string; stream: string; requestId: string | null }[] = [];
let events: ProcessEvent[] = [];
afterEach(async () => {
  await Promise.all(open.map((each) => each.close()));
  open = [];
  lines = [];
  events = [];
});

async function start(
  handler: string,
  change: {
    command?: string[];
    workingDirectory?: string;
    taskRoot?: string;
    provide?: FunctionProcessOptions["provide"];
  } = {},
): Promise<FunctionProcess> {
  const created = await createFunctionProcess({
    command: change.command ?? [process.execPath, CLIENT, handler],
    handler,
    workingDirectory: change.workingDirectory,
    environment: {
      PATH: process.env["PATH"] ?? "",
      LAMBDA_TASK_ROOT: change.taskRoot ?? FUNCTIONS,
      AWS_REGION: "eu-central-1",
      MINE: "kept",
    },
    provide: change.provide,
    functionName: "detect",
    memoryMib: 512,
    onOutput: (line, stream, requestId) => lines.push({ line, stream, requestId }),
    onProcess: (event) => events.push(event),
  });
  open.push(created);
  return created;
}

let requests = 0;
function invoke(
  target: FunctionProcess,
  input: unknown,
  { timeoutMs = 20_000, signal = new AbortController().signal } = {},
): Promise<Outcome> {
  requests += 1;
  const requestId = `request-${String(requests)}`;
  return target.invoke(
    {
      requestId,
      input: JSON.stringify(input),
      deadlineMs: Date.now() + timeoutMs,
      functionArn: FUNCTION_ARN,
    },
    signal,
  );
}

function parsed(outcome: Outcome): unknown {
  return JSON.parse(outcome.kind === "success" ? outcome.output : outcome.cause);
}

describe("a function that behaves", () => {
  test("gives its output, stays warm, and its process is the same for the next task", async () => {
    const target = await start("index.count");
    const first = parsed(await invoke(target, {})) as { calls: number; pid: number };
    const second = parsed(await invoke(target, {}));
    expect(first.calls).toBe(1);
    expect(second).toEqual({ calls: 2, pid: first.pid });
  });

  test("gets Lambda's context", async () => {
    const context = parsed(await invoke(await start("index.context"), {}, { timeoutMs: 5_000 })) as {
      remainingMs: number;
    };
    expect(context).toMatchObject({
      awsRequestId: `request-${String(requests)}`,
      functionName: "detect",
      invokedFunctionArn: FUNCTION_ARN,
    });
    expect(context.remainingMs).toBeGreaterThan(0);
    expect(context.remainingMs).toBeLessThanOrEqual(5_000);
  });

  test("finds Lambda's environment, its own variables, and nothing else of ours", async () => {
    const environment = parsed(await invoke(await start("index.environment"), {})) as Record<string, string>;
    expect(environment).toMatchObject({
      _HANDLER: "index.environment",
      LAMBDA_TASK_ROOT: FUNCTIONS,
      LAMBDA_RUNTIME_DIR: "/var/runtime",
      AWS_EXECUTION_ENV: "AWS_Lambda_Image",
      AWS_REGION: "eu-central-1",
      AWS_DEFAULT_REGION: "eu-central-1",
      AWS_LAMBDA_FUNCTION_NAME: "detect",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/detect",
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      TZ: ":UTC",
      MINE: "kept",
    });
    expect(environment["AWS_LAMBDA_LOG_STREAM_NAME"]).toMatch(
      /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/,
    );
    expect(environment["AWS_LAMBDA_RUNTIME_API"]).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test.each([
    ["index.callback", {}, { called: true }],
    ["index.nothing", {}, null],
    ["index.handlers.nested", {}, "nested"],
    ["typed.handler", { name: "types" }, "hello types"],
    ["./index.echo", { a: ["b"] }, { a: ["b"] }],
  ])("%s of %j gives %j", async (handler, input, output) => {
    expect(parsed(await invoke(await start(handler), input))).toEqual(output);
  });

  test("has its lines told with the task that it works for", async () => {
    const target = await start("index.act");
    await invoke(target, { does: "print" });
    await target.close();
    const requestId = `request-${String(requests)}`;
    expect(lines).toContainEqual({ line: "to standard output", stream: "stdout", requestId });
    expect(lines).toContainEqual({ line: "to standard error", stream: "stderr", requestId });
  });
});

describe("a function that fails", () => {
  test("by an exception gives its type, message and trace, and stays warm", async () => {
    const target = await start("index.act");
    const outcome = await invoke(target, { does: "throw" });
    expect(outcome).toMatchObject({ kind: "failure", error: "RangeError" });
    expect(parsed(outcome)).toEqual({
      errorType: "RangeError",
      errorMessage: "out of range",
      trace: expect.arrayContaining([
        "RangeError: out of range",
        expect.stringContaining("index.mjs"),
      ]) as string[],
    });
    await invoke(target, { does: "throw-string" });
    expect(events.filter(({ kind }) => kind === "started")).toHaveLength(1);
  });

  test.each([
    ["index.act", { does: "throw-string" }, "string"],
    ["index.act", { does: "bigint" }, "Runtime.JSONStringifyError"],
    ["index.callback", { fail: true }, "RangeError"],
    ["absent.handler", {}, "Runtime.ImportModuleError"],
    ["index.absent", {}, "Runtime.HandlerNotFound"],
    ["throws.handler", {}, "RangeError"],
    ["malformed", {}, "Runtime.MalformedHandlerName"],
  ])("%s of %j is %s", async (handler, input, error) => {
    const outcome = await invoke(await start(handler), input);
    expect(outcome).toMatchObject({ kind: "failure", error });
    expect(parsed(outcome)).toMatchObject({ errorType: error });
  });

  test("by its syntax is Runtime.UserCodeSyntaxError", async () => {
    const taskRoot = mkdtempSync(join(tmpdir(), "loveless-function-"));
    writeFileSync(join(taskRoot, "index.mjs"), "export const handler = async ( => 1;");
    const outcome = await invoke(await start("index.handler", { taskRoot }), {});
    rmSync(taskRoot, { recursive: true });
    expect(parsed(outcome)).toMatchObject({ errorType: "Runtime.UserCodeSyntaxError" });
  });

  test.each([
    [{ does: "exit", value: 7 }, "Runtime exited with error: exit status 7"],
    [{ does: "exit", value: 0 }, "Runtime exited without providing a reason"],
    [{ does: "never" }, "Runtime exited without providing a reason"],
    [{ does: "reject-unhandled" }, "Runtime exited with error: exit status 1"],
  ])(
    "by ending its process (%j) is Runtime.ExitError, and the next task gets a fresh process",
    async (input, message) => {
      const target = await start("index.act");
      const outcome = await invoke(target, input);
      expect(outcome).toMatchObject({ kind: "failure", error: "Runtime.ExitError" });
      expect((parsed(outcome) as { errorMessage: string }).errorMessage).toContain(message);
      expect(parsed(await invoke(target, {}))).toMatchObject({ calls: 1 });
    },
  );

  test("by a signal from outside is Runtime.ExitError in under a second", async () => {
    const target = await start("index.act");
    const { pid } = parsed(await invoke(target, {})) as { pid: number };
    const outcome = invoke(target, { does: "hang" });
    const killedMs = Date.now();
    setTimeout(() => process.kill(pid, "SIGKILL"), 20);
    expect(parsed(await outcome)).toMatchObject({
      errorType: "Runtime.ExitError",
      errorMessage: expect.stringContaining("signal: killed") as string,
    });
    expect(Date.now() - killedMs).toBeLessThan(1_000);
  });

  test("by reporting it and then ending, as a panic in Go does, is told once and costs the next task nothing", async () => {
    const target = await start("index.echo", { command: [process.execPath, join(FUNCTIONS, "panics.mjs")] });
    // The second is offered to a process that is about to end and never asks for it.
    for (let task = 0; task < 3; task += 1) {
      expect(await invoke(target, {})).toMatchObject({ kind: "failure", error: "Panic" });
    }
    expect(events.filter(({ kind }) => kind === "started")).toHaveLength(3);
  });

  test.each([
    [{ command: ["/no/such/program"] }, "/no/such/program"],
    [{ command: [FUNCTIONS] }, FUNCTIONS],
    [{ workingDirectory: "/no/such/directory" }, "/no/such/directory"],
  ])("to start (%j) is Runtime.InvalidEntrypoint and says what was tried", async (change, mention) => {
    const outcome = await invoke(await start("index.echo", change), {});
    expect(outcome).toMatchObject({ kind: "failure", error: "Runtime.InvalidEntrypoint" });
    expect((parsed(outcome) as { errorMessage: string }).errorMessage).toContain(mention);
  });

  test("before it asks for work, without a word, is Runtime.ExitError", async () => {
    const outcome = await invoke(
      await start("index.echo", { command: [process.execPath, "-e", "process.exit(9)"] }),
      {},
    );
    expect(parsed(outcome)).toMatchObject({
      errorMessage: expect.stringContaining("exit status 9") as string,
    });
    // It was tried twice, and is one failed start.
    expect(events.map(({ kind }) => kind)).toEqual(["started", "ended", "started", "ended", "init-failed"]);
  });

  test("before it asks for work, and then does, costs nothing but the time: it had no task yet", async () => {
    const directory = mkdtempSync(join(tmpdir(), "loveless-second-start-"));
    const script = 'mkdir "$1/started" && exit 255; shift; exec "$@"';
    const command = ["sh", "-c", script, "sh", directory, process.execPath, CLIENT, "index.act"];
    const target = await start("index.act", { command });
    expect(await invoke(target, {})).toMatchObject({ kind: "success" });
    expect(events.map(({ kind }) => kind)).toEqual(["started", "ended", "started", "initialised"]);
    rmSync(directory, { recursive: true });
  });
});

describe("a task that must end", () => {
  test("at its deadline is Sandbox.Timedout, and its process is replaced", async () => {
    const target = await start("index.act");
    const { pid } = parsed(await invoke(target, {})) as { pid: number };
    const outcome = await invoke(target, { does: "hang" }, { timeoutMs: 250 });
    expect(parsed(outcome)).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: `RequestId: request-${String(requests)} Error: Task timed out after 0.25 seconds`,
    });
    expect(isAlive(pid)).toBe(false);
    expect(parsed(await invoke(target, {}))).toMatchObject({ calls: 1 });
  });

  test("ends within a second of its deadline even if the function ignores SIGTERM", async () => {
    const target = await start("index.act");
    await invoke(target, {});
    const startMs = Date.now();
    await invoke(target, { does: "ignore-sigterm" }, { timeoutMs: 200 });
    expect(Date.now() - startMs).toBeLessThan(1_200);
  });

  test("takes its grandchildren along", async () => {
    const target = await start("index.act");
    const outcome = await invoke(target, { does: "grandchild" }, { timeoutMs: 600 });
    expect(outcome).toMatchObject({ error: "Sandbox.Timedout" });
    const pid = Number(lines.find(({ line }) => line.startsWith("grandchild"))?.line.split(" ")[1]);
    expect(pid).toBeGreaterThan(0);
    await gone(pid);
  });

  test("by an abort is Lambda.ServiceException with the reason, and its process is gone", async () => {
    const target = await start("index.act");
    const { pid } = parsed(await invoke(target, {})) as { pid: number };
    const abort = new AbortController();
    const outcome = invoke(target, { does: "hang" }, { signal: abort.signal });
    setTimeout(() => {
      abort.abort(new Error("TaskTimedOut"));
    }, 50);
    expect(parsed(await outcome)).toEqual({
      errorType: "Lambda.ServiceException",
      errorMessage: "TaskTimedOut",
    });
    expect(isAlive(pid)).toBe(false);
  });

  test("that is aborted before it begins starts nothing", async () => {
    const target = await start("index.act");
    const outcome = await invoke(target, {}, { signal: AbortSignal.abort(new Error("too late")) });
    expect(outcome).toMatchObject({ error: "Lambda.ServiceException" });
    expect(events).toEqual([]);
  });
});

test("a child that moved to a session of its own does not outlive its function process", async () => {
  const target = await start("leaver.handler");
  const nap = process.pid * 1_000 + 7;
  await invoke(target, { nap });
  expect(sleepers(nap)).toHaveLength(1);
  await target.replace();
  expect(sleepers(nap)).toHaveLength(0);
});

/** Processes of `sleep nap`. */
function sleepers(nap: number): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8") === `sleep\0${String(nap)}\0`;
    } catch {
      return false;
    }
  });
}

test("a process takes one invocation at a time", async () => {
  const target = await start("index.act");
  const first = invoke(target, { does: "wait", value: 100 });
  await expect(invoke(target, {})).rejects.toThrow("one invocation at a time");
  expect(await first).toMatchObject({ kind: "success" });
});

test("a process that is being started when the slot closes is gone when it has closed", async () => {
  let proceed = (): void => undefined;
  const asked = new Promise<void>((resolve) => (proceed = resolve));
  const provide = async (): Promise<Provision> => {
    await asked;
    return { environment: {}, release: () => undefined };
  };
  const target = await start("index.act", { provide });
  const outcome = invoke(target, { does: "hang" });
  const closing = target.close();
  proceed();
  await closing;
  const [started] = events.filter((event) => event.kind === "started");
  expect(started?.pid).toBeGreaterThan(0);
  expect(isAlive(started?.pid)).toBe(false);
  expect(await outcome).toMatchObject({ kind: "failure", error: "Lambda.ServiceException" });
});

test("replace starts the next task in a fresh process", async () => {
  const target = await start("index.count");
  const first = parsed(await invoke(target, {})) as { pid: number };
  await target.replace();
  expect(isAlive(first.pid)).toBe(false);
  expect(parsed(await invoke(target, {}))).toMatchObject({ calls: 1 });
});

/** The kernel needs a moment between the signal and the end. */
async function gone(pid: number): Promise<void> {
  const untilMs = Date.now() + 2_000;
  while (isAlive(pid)) {
    if (Date.now() > untilMs) throw new Error(`process ${String(pid)} is still alive`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
