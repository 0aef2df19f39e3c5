// Functions that behave and functions that don't, for the worker's tests: each is a handler of its own name.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";

let calls = 0;

export const echo = async (event) => event;

export const count = async () => {
  calls += 1;
  return { calls, pid: process.pid };
};

export const context = async (_event, context) => ({
  awsRequestId: context.awsRequestId,
  functionName: context.functionName,
  invokedFunctionArn: context.invokedFunctionArn,
  remainingMs: context.getRemainingTimeInMillis(),
});

export const environment = async () => process.env;

export const callback = (event, _context, callback) => {
  setImmediate(() => {
    if (event.fail) callback(new RangeError("by callback"));
    else callback(null, { called: true });
  });
};

/** Another process's environment, or why it can't be read. */
export const spy = async ({ pid }) => {
  try {
    return { read: readFileSync(`/proc/${pid}/environ`, "utf8").includes("AWS_SECRET_ACCESS_KEY") };
  } catch (error) {
    return { refused: error.code };
  }
};

/** What is in the directory for temporary files. */
export const temporary = async () => readdirSync(tmpdir());

export const nothing = async () => undefined;

export const handlers = { nested: async () => "nested" };

/** Does as the event says, so that one warm process can be good and bad in turn. */
export const act = async ({ does, value }) => {
  if (does === "throw") throw new RangeError("out of range");
  if (does === "throw-string") throw "no error at all";
  if (does === "throw-object") throw { no: "error" };
  if (does === "exit") process.exit(value);
  if (does === "durable") {
    throw new Error("Unexpected payload provided to start the durable execution.");
  }
  if (does === "extension") {
    await fetch(`http://${process.env.AWS_LAMBDA_RUNTIME_API}/2020-01-01/extension/register`, {
      method: "POST",
    });
  }
  if (does === "flood") {
    const untilMs = Date.now() + value;
    while (Date.now() < untilMs) {
      // Six megabytes a second: what nobody has read yet must fit into this process, however slow the machine is.
      process.stdout.write(`${"flood ".repeat(20)}\n`.repeat(50));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  if (does === "uncaught") {
    setImmediate(() => {
      throw new Error("nobody catches");
    });
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  }
  if (does === "bigint") return 10n;
  if (does === "hang") await new Promise((resolve) => setTimeout(resolve, 600_000));
  if (does === "never") await new Promise(() => {});
  if (does === "big") return "x".repeat(value);
  if (does === "print") {
    console.log("to standard output");
    console.error("to standard error");
  }
  if (does === "wait") await new Promise((resolve) => setTimeout(resolve, value));
  if (does === "reject-unhandled") {
    void Promise.reject(new Error("nobody listens"));
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  }
  if (does === "ignore-sigterm") {
    process.on("SIGTERM", () => {});
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  }
  if (does === "grandchild") {
    const child = spawn(
      process.execPath,
      ["-e", "process.on('SIGTERM', () => {}); setTimeout(() => {}, 600000)"],
      {
        stdio: "inherit",
      },
    );
    console.log(`grandchild ${child.pid}`);
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  }
  return { did: does, value, pid: process.pid, calls: (calls += 1) };
};
