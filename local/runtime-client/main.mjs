/**
 * A small Lambda Runtime API client for functions in JavaScript and TypeScript: what a Lambda base image has under
 * /var/runtime, for a machine without one. Plain Node, no dependencies: `node main.mjs index.handler`, with
 * LAMBDA_TASK_ROOT and AWS_LAMBDA_RUNTIME_API set. Reports errors in the shapes of Lambda's own Node client.
 */
import { Agent, request } from "node:http";
import { loadHandler } from "./handler.mjs";
import { errorBody } from "./error-body.mjs";

const [host, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? "").split(":");
const agent = new Agent({ keepAlive: true });

/** Resolves with status, headers and text; no time-out: /next is held until there is work. */
function call(method, path, headers = {}, body = undefined) {
  return new Promise((resolve, reject) => {
    const options = { host, port, agent, method, path: `/2018-06-01/runtime/${path}`, headers };
    const outgoing = request(options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({
          status: response.statusCode,
          headers: response.headers,
          text: Buffer.concat(chunks).toString("utf8"),
        });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** A POST that fails is not the function's end: the answer to the next /next says how things stand. */
async function post(path, body, errorType) {
  const headers = {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    ...(errorType === undefined ? {} : { "Lambda-Runtime-Function-Error-Type": errorType }),
  };
  try {
    const { status, text } = await call("POST", path, headers, body);
    if (status !== 202) console.error(`The runtime API answered ${status} to ${path}: ${text}`);
  } catch (error) {
    console.error(`The runtime API did not answer to ${path}: ${error.message}`);
  }
}

function contextOf(headers) {
  const deadlineMs = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}

/** A handler answers by its promise, by a value, or, when it takes three parameters, by its callback. */
function invoke(handler, event, context) {
  if (handler.length < 3) return handler(event, context);
  return new Promise((resolve, reject) => {
    const callback = (error, result) => (error ? reject(error) : resolve(result));
    const returned = handler(event, context, callback);
    if (typeof returned?.then === "function") returned.then(resolve, reject);
  });
}

function stringify(result) {
  try {
    return JSON.stringify(result === undefined ? null : result);
  } catch (error) {
    throw Object.assign(new Error("Unable to stringify response body"), {
      name: "Runtime.JSONStringifyError",
      cause: error,
    });
  }
}

async function serve(handler) {
  for (;;) {
    const next = await call("GET", "invocation/next");
    if (next.status !== 200)
      throw new Error(`The runtime API answered ${next.status} to /next: ${next.text}`);
    const context = contextOf(next.headers);
    process.env._X_AMZN_TRACE_ID = next.headers["lambda-runtime-trace-id"];
    try {
      const body = stringify(await invoke(handler, JSON.parse(next.text), context));
      await post(`invocation/${context.awsRequestId}/response`, body);
    } catch (error) {
      console.error(error);
      await post(`invocation/${context.awsRequestId}/error`, JSON.stringify(errorBody(error)));
    }
  }
}

async function main() {
  let handler;
  try {
    handler = await loadHandler(
      process.env.LAMBDA_TASK_ROOT ?? process.cwd(),
      process.argv[2] ?? process.env._HANDLER ?? "",
    );
  } catch (error) {
    const body = errorBody(error);
    console.error(error);
    await post("init/error", JSON.stringify(body), body.errorType);
    process.exit(1);
  }
  await serve(handler);
}

// Not a top-level await: a function whose promise never settles then ends with status 0, as it does on Lambda.
main().catch((error) => {
  // No runtime API: the worker is gone, or it is done with this process.
  console.error(error.message);
  process.exit(1);
});
