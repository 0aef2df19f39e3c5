/** A function that is started apart from its worker, as another container of the ECS task, by a real client. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Invocation, ProcessEvent } from "../../worker/function-process";
import { openSidecar, RETURN_SECONDS, type Sidecar } from "../../worker/sidecar";
import { createFakeClock, type FakeClock } from "./fake-clock";
import { stageWorkers } from "./stage";

const CLIENT = join(__dirname, "../../local/runtime-client/main.mjs");

describe("beside a worker", () => {
  const stage = stageWorkers();
  let client: ChildProcess | undefined;
  afterEach(stopClient);

  async function stopClient(): Promise<void> {
    if (client === undefined) return;
    const ended = client.exitCode === null && client.signalCode === null ? once(client, "exit") : null;
    client.kill("SIGKILL");
    await ended;
    client = undefined;
  }

  async function start(
    handler = "index.act",
    settings: Parameters<typeof stage.start>[0] = {},
  ): Promise<void> {
    stage.start({ sidecarPort: 0, entryPoint: [], command: [], ...settings });
    const { address } = await stage.worker.line("RuntimeApiServed");
    startClient(String(address), handler);
  }

  function startClient(address: string, handler: string): void {
    client = spawn(process.execPath, [CLIENT, handler], {
      stdio: "ignore",
      env: {
        PATH: process.env["PATH"],
        AWS_LAMBDA_RUNTIME_API: address,
        AWS_LAMBDA_FUNCTION_NAME: "detect",
        LAMBDA_TASK_ROOT: join(__dirname, "functions"),
      },
    });
  }

  test("runs tasks one after the other, and tells errors by their names", async () => {
    await start();
    expect(await stage.states.report(stage.states.give({ does: "echo", value: 1 }))).toMatchObject({
      kind: "success",
    });
    expect(await stage.states.report(stage.states.give({ does: "throw" }))).toMatchObject({
      error: "RangeError",
    });
    const { output = "" } = await stage.states.report(stage.states.give({ does: "echo", value: 2 }));
    expect(JSON.parse(output)).toMatchObject({ did: "echo", value: 2, pid: client?.pid });
  });

  test("polls for nothing before the function has come", async () => {
    stage.start({ sidecarPort: 0, entryPoint: [], command: [] });
    const { address } = await stage.worker.line("RuntimeApiServed");
    await stage.worker.line("WorkerStateChanged", ({ to }) => to === "running");
    expect(stage.states.polls.opened).toBe(0);
    startClient(String(address), "index.act");
    await stage.states.until(() => stage.states.polls.opened === 1);
  });

  test("fails a task at its deadline, keeps the next one back until the function is free, and hears no late answer", async () => {
    await start("index.act", { timeoutSeconds: 1 });
    const late = stage.states.give({ does: "wait", value: 1_800 });
    expect(await stage.states.report(late)).toMatchObject({ error: "Sandbox.Timedout" });
    const opened = stage.states.polls.opened;
    expect(stage.states.polls.open).toBe(0);
    await stage.states.until(() => stage.states.polls.opened > opened);
    expect(await stage.states.report(stage.states.give({ does: "echo" }))).toMatchObject({ kind: "success" });
    expect(stage.states.reports.filter(({ token }) => token === late)).toHaveLength(1);
  });

  test("gives up when the function's init fails: ECS then starts both afresh", async () => {
    await start("throws.handler");
    expect(await stage.worker.exited).toBe(3);
    expect(await stage.worker.line("WorkerGaveUp")).toMatchObject({
      reason: expect.stringContaining("init failed: RangeError") as string,
    });
    expect(stage.states.polls.opened).toBe(0);
  });

  test("finishes what it holds when it is told to stop", async () => {
    await start();
    const token = stage.states.give({ does: "wait", value: 500 });
    await stage.worker.line("TaskStarted");
    stage.worker.signal("SIGTERM");
    expect(await stage.states.report(token)).toMatchObject({ kind: "success" });
    expect(await stage.worker.exited).toBe(0);
  });

  test("is refused more than one slot, isolation and a role, none of which it could keep", async () => {
    stage.start({
      sidecarPort: 0,
      slots: 2,
      isolation: "task",
      functionRoleArn: "arn:aws:iam::123456789012:role/f",
    });
    expect(await stage.worker.exited).toBe(2);
    for (const name of ["LOVELESS_SLOTS", "LOVELESS_ISOLATION", "LOVELESS_FUNCTION_ROLE_ARN"])
      expect(stage.worker.standardError()).toContain(`${name}: must be`);
  });
});

/** Looks again with each turn of the event loop; the test's own time limit is its end. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe("alone with a clock", () => {
  let clock: FakeClock;
  let sidecar: Sidecar;
  let events: ProcessEvent[];
  beforeEach(() => {
    clock = createFakeClock(0);
    events = [];
  });
  afterEach(async () => {
    await sidecar.close();
  });

  async function open(initSeconds?: number): Promise<void> {
    sidecar = await openSidecar({
      port: 0,
      functionName: "detect",
      handler: "index.act",
      initSeconds,
      onProcess: (event) => events.push(event),
      clock,
    });
  }

  function call(path: string, body?: string): Promise<Response> {
    const url = `http://${sidecar.address}/2018-06-01/runtime/${path}`;
    return fetch(url, body === undefined ? {} : { method: "POST", body });
  }

  const invocation = (requestId: string): Invocation => ({
    requestId,
    input: "{}",
    deadlineMs: clock.now() + 1_000,
    functionArn: "arn:aws:lambda:eu-central-1:123456789012:function:detect",
  });
  const never = new AbortController().signal;

  test("a function that does not come within its init's limit is lost", async () => {
    await open(5);
    await clock.advance(4_999);
    expect(events).toEqual([]);
    await clock.advance(1);
    expect(events).toEqual([{ kind: "lost", why: "the function has not come within 5 s" }]);
  });

  test("a function that does not come back from a task that is over is lost, and its answer is refused", async () => {
    await open();
    const next = call("invocation/next");
    await sidecar.ready(never);
    const outcome = sidecar.invoke(invocation("a"), never);
    expect((await next).headers.get("lambda-runtime-aws-request-id")).toBe("a");
    await clock.advance(1_000);
    expect(await outcome).toMatchObject({ error: "Sandbox.Timedout" });
    expect((await call("invocation/a/response", "1")).status).toBe(403);
    expect(sidecar.ready(never)).not.toBeNull();
    await clock.advance(RETURN_SECONDS * 1000);
    expect(events).toEqual([
      { kind: "connected" },
      { kind: "lost", why: `the function has not come back from a task within ${String(RETURN_SECONDS)} s` },
    ]);
  });

  test("a task that is aborted before it is handed out never reaches the function", async () => {
    await open();
    const next = call("invocation/next");
    await sidecar.ready(never);
    const outcome = await sidecar.invoke(invocation("a"), AbortSignal.abort(new Error("no time left")));
    expect(outcome).toMatchObject({ error: "Lambda.ServiceException" });
    void sidecar.invoke(invocation("b"), never);
    expect((await next).headers.get("lambda-runtime-aws-request-id")).toBe("b");
    await call("invocation/b/response", "1");
  });

  test("a function that went away while it waited can take no task until it is back", async () => {
    await open();
    const gone = new AbortController();
    const next = fetch(`http://${sidecar.address}/2018-06-01/runtime/invocation/next`, {
      signal: gone.signal,
    });
    await sidecar.ready(never);
    expect(sidecar.ready(never)).toBeNull();
    gone.abort();
    await expect(next).rejects.toThrow();
    await until(() => sidecar.ready(never) !== null);
    void call("invocation/next").catch(() => undefined);
    await until(() => sidecar.ready(never) === null);
  });

  test("who waits for the function is let go when the worker drains", async () => {
    await open();
    const draining = new AbortController();
    const ready = sidecar.ready(draining.signal);
    draining.abort();
    await expect(ready).resolves.toBeUndefined();
  });
});
