/** The environment that a function finds on Lambda, made for a function process. */
import { randomBytes } from "node:crypto";
import type { FunctionProcessOptions } from "./function-process";

/** Where Lambda's base images keep the code and the runtime. */
const TASK_ROOT = "/var/task";
const RUNTIME_DIR = "/var/runtime";

/** What ECS tells the worker about itself, and the agent that protects it. */
const WORKERS_OWN: readonly string[] = [
  "ECS_AGENT_URI",
  "ECS_CONTAINER_METADATA_URI",
  "ECS_CONTAINER_METADATA_URI_V4",
];

/** Tells clients of Lambda's to ask for several invocations at once: a process here has one. */
const CONCURRENCY = "AWS_LAMBDA_MAX_CONCURRENCY";

/** Where SDKs look for credentials: the worker's, when the function has a role of its own. */
const CREDENTIALS: readonly string[] = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_ROLE_ARN",
  "AWS_PROFILE",
  "AWS_CONFIG_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
];

/**
 * What a function may see of its worker's environment: all but what is the worker's own (its settings, LOVELESS_*, its
 * ECS agent and, with `ownRole`, its credentials), and what would mislead its client.
 */
export function environmentForFunctions(
  workerEnvironment: Readonly<Record<string, string | undefined>>,
  { ownRole }: { readonly ownRole: boolean },
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(workerEnvironment)) {
    const own = name.startsWith("LOVELESS_") || WORKERS_OWN.includes(name) || name === CONCURRENCY;
    if (value !== undefined && !own && !(ownRole && CREDENTIALS.includes(name))) kept[name] = value;
  }
  return kept;
}

/**
 * `options.environment` with the variables of the Lambda runtime. `address` is the runtime API's HOST:PORT.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export function lambdaEnvironment(
  options: FunctionProcessOptions,
  address: string,
  now: number,
): Record<string, string> {
  const { environment, functionName } = options;
  const region = environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"];
  const execution = environment["AWS_EXECUTION_ENV"] ?? "";
  const day = new Date(now).toISOString().slice(0, 10).replaceAll("-", "/");
  return {
    TZ: ":UTC",
    LAMBDA_TASK_ROOT: TASK_ROOT,
    LAMBDA_RUNTIME_DIR: RUNTIME_DIR,
    ...environment,
    ...(region === undefined ? {} : { AWS_REGION: region, AWS_DEFAULT_REGION: region }),
    // ECS sets AWS_ECS_FARGATE and the like; functions look here to learn that they are on Lambda.
    AWS_EXECUTION_ENV: execution.startsWith("AWS_Lambda_") ? execution : "AWS_Lambda_Image",
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(options.memoryMib),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${day}/[$LATEST]${randomBytes(16).toString("hex")}`,
    AWS_LAMBDA_RUNTIME_API: address,
    _HANDLER: options.handler,
  };
}
