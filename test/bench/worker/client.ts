/** The Runtime API client that floor and worker both run: the official one where it is installed, else our own. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** A client by name, and how it is started: `[...command, handler]`. */
export interface Client {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const OURS = resolve(__dirname, "../../../local/runtime-client/main.mjs");
/** Lambda's own client for Node, which base images run: `npm ci --prefix test/clients` installs it. */
const OFFICIAL = join(__dirname, "../../clients/node_modules/aws-lambda-ric");

/** The client of the local cloud: plain node:http, lighter than any that users run, and so the harder floor. */
export const localClient: Client = { name: "local/runtime-client", command: [process.execPath, OURS] };

/** Null where it is not installed, or without the native half that `npm ci` builds. */
export function officialClient(): Client | null {
  if (!existsSync(join(OFFICIAL, "rapid-client.node"))) return null;
  return { name: "aws-lambda-ric", command: [process.execPath, join(OFFICIAL, "index.mjs")] };
}

/** What clients read of Lambda's environment; the official one ends at its first event without the log's names. */
export function clientEnvironment(port: number, taskRoot: string): Record<string, string> {
  return {
    AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${String(port)}`,
    AWS_LAMBDA_FUNCTION_NAME: "echo",
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
    AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/echo",
    AWS_LAMBDA_LOG_STREAM_NAME: "stream",
    LAMBDA_TASK_ROOT: taskRoot,
    _HANDLER: "echo.handler",
  };
}
