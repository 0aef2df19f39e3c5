/** The environment that a function finds on Lambda, made for a function process. */
import { randomBytes } from "node:crypto";
import type { FunctionProcessOptions } from "./function-process";

/** Where Lambda's base images keep the code and the runtime. */
const TASK_ROOT = "/var/task";
const RUNTIME_DIR = "/var/runtime";

/**
 * What a function may see of its worker's environment: all but what is the worker's own, its settings (LOVELESS_*) and
 * the agent that protects it.
 */
export function environmentForFunctions(
  workerEnvironment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(workerEnvironment)) {
    if (value !== undefined && !name.startsWith("LOVELESS_") && name !== "ECS_AGENT_URI") kept[name] = value;
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
