/**
 * The containers of one worker for an image that can't take an injected one: the worker's own container serves the runtime
 * API on the loopback that both share, and the function's container runs the image's own entry point against it. What is
 * weaker then is in docs/worker.md. Pure, as injected-worker.ts is.
 */
import { workerEnvironment } from "../../worker/settings";
import {
  type ContainersArgs,
  ENTRY_POINT,
  environmentOf,
  gpus,
  gpuVariables,
  HEALTH_COMMAND,
  logging,
  STOP_TIMEOUT_SECONDS,
  TMP_MOUNT,
  UNPRIVILEGED,
  WORKER_COMMAND,
  workerMount,
} from "./container";

/** On the loopback of the ECS task. */
const RUNTIME_API_PORT = 9001;
/** The worker is stopped after the function is gone: it has only to report what it still holds. */
const SIDECAR_STOP_SECONDS = 30;

/** The worker, and the function that waits until it is well. */
export function sidecarContainers(args: ContainersArgs): readonly object[] {
  return [workerContainer(args), functionContainer(args)];
}

function workerContainer(args: ContainersArgs): object {
  return {
    name: "worker",
    image: args.workerImageUri,
    essential: true,
    entryPoint: ENTRY_POINT,
    command: WORKER_COMMAND,
    // Often, since the function's container starts no sooner than this says so.
    healthCheck: {
      command: HEALTH_COMMAND,
      interval: 5,
      timeout: 5,
      retries: 10,
      startPeriod: 60,
    },
    environment: environmentOf({
      ...workerEnvironment({
        ...args.settings,
        stopTimeoutSeconds: SIDECAR_STOP_SECONDS,
        sidecarPort: RUNTIME_API_PORT,
      }),
      AWS_REGION: args.region,
    }),
    ...UNPRIVILEGED,
    linuxParameters: { initProcessEnabled: true },
    mountPoints: [workerMount("write"), TMP_MOUNT],
    stopTimeout: SIDECAR_STOP_SECONDS,
    logConfiguration: logging(args, "worker"),
  };
}

function functionContainer(args: ContainersArgs): object {
  const { entryPoint, command, workingDirectory } = args.settings;
  return {
    name: "function",
    image: args.functionImageUri,
    essential: true,
    // Clients end when they find no runtime API.
    dependsOn: [{ containerName: "worker", condition: "HEALTHY" }],
    entryPoint,
    command,
    ...(workingDirectory === undefined ? {} : { workingDirectory }),
    environment: environmentOf({ ...args.environment, ...lambdaVariables(args), ...gpuVariables(args.gpu) }),
    ...UNPRIVILEGED,
    // As process 1 most runtimes ignore SIGTERM, and so finish their task; an init would end them at once.
    linuxParameters: { initProcessEnabled: false },
    mountPoints: [TMP_MOUNT],
    stopTimeout: STOP_TIMEOUT_SECONDS,
    ...gpus(args.gpu),
    logConfiguration: logging(args, "function"),
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
function lambdaVariables({ settings, region, logGroup }: ContainersArgs): Record<string, string> {
  const { functionName, memoryMib, command } = settings;
  return {
    TZ: ":UTC",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${String(RUNTIME_API_PORT)}`,
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMib),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: "function",
    LAMBDA_TASK_ROOT: "/var/task",
    LAMBDA_RUNTIME_DIR: "/var/runtime",
    _HANDLER: command.at(-1) ?? "",
  };
}
