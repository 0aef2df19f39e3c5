/**
 * The containers of one injected worker (D2): the worker image fills a volume and exits; then the function's own image,
 * untouched, starts the worker from that volume. Pure: what it is made of arrives as values.
 */
import { workerEnvironment } from "../../worker/settings";
import {
  type ContainersArgs,
  ENTRY_POINT,
  ENTRY_POINT_BELOW_INIT,
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

/** The task definition's containerDefinitions; keys in one order, since ECS sees any change as a new revision. */
export function injectedContainers(args: ContainersArgs): readonly object[] {
  return [workerFiles(args), functionContainer(args)];
}

/** Runs `node --eval 0`, which proves that the copied Node starts before the function's container relies on it. */
function workerFiles(args: ContainersArgs): object {
  return {
    name: "worker-files",
    image: args.workerImageUri,
    essential: false,
    ...UNPRIVILEGED,
    mountPoints: [workerMount("write"), TMP_MOUNT],
    logConfiguration: logging(args, "worker-files"),
  };
}

function functionContainer(args: ContainersArgs): object {
  // ECS's init has the container's whole environment, and the function, of the same user, could read there the way to
  // the worker's credentials. Ours can't be read; it reaps what functions leave behind just as well.
  const ownInit = args.settings.functionRoleArn !== undefined;
  return {
    name: "function",
    image: args.functionImageUri,
    essential: true,
    dependsOn: [{ containerName: "worker-files", condition: "SUCCESS" }],
    entryPoint: ownInit ? ENTRY_POINT_BELOW_INIT : ENTRY_POINT,
    command: WORKER_COMMAND,
    healthCheck: {
      command: HEALTH_COMMAND,
      interval: 30,
      timeout: 10,
      retries: 3,
      startPeriod: 60,
    },
    environment: environmentOf({
      ...args.environment,
      ...workerEnvironment(args.settings),
      AWS_REGION: args.region,
      ...gpuVariables(args.gpu),
    }),
    ...UNPRIVILEGED,
    linuxParameters: { initProcessEnabled: !ownInit },
    mountPoints: [workerMount("read"), TMP_MOUNT],
    stopTimeout: STOP_TIMEOUT_SECONDS,
    ...gpus(args.gpu),
    logConfiguration: logging(args, "function"),
  };
}
