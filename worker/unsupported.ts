/** What an image may hold that only Lambda runs: named, so that nobody waits for it. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Outcome } from "./outcome";

/** https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html */
const EXTENSIONS = "/opt/extensions";

/** The durable execution SDKs, as they lie in a function's directory. https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html */
const DURABLE_SDKS = ["node_modules/@aws/durable-execution-sdk-js", "aws_durable_execution_sdk_python"];

/** What all of these SDKs say when there is no durable execution around them. */
const NOT_DURABLE = /unexpected payload provided to start the durable execution/i;

/** Names of the extensions that Lambda would start beside the function. */
export async function findExtensions(directory = EXTENSIONS): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
}

/** The durable execution SDK in the function's directory, or null. A function that was bundled hides it. */
export async function findDurableSdk(taskRoot: string): Promise<string | null> {
  for (const sdk of DURABLE_SDKS) {
    const files = await readdir(join(taskRoot, sdk)).catch(() => []);
    if (files.length > 0) return sdk;
  }
  return null;
}

/** Whether a function has said that it is a durable one. */
export function needsDurableExecution(outcome: Outcome): boolean {
  return outcome.kind === "failure" && NOT_DURABLE.test(outcome.cause);
}
