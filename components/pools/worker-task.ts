/**
 * The containers of one worker (D2): the worker image fills a volume and exits; then the function's own image, untouched,
 * starts the worker from that volume. Pure: what it is made of arrives as values.
 */
import { workerEnvironment, type WorkerSettings } from "../../worker/settings";
import {
  ENTRY_POINT,
  environmentOf,
  gpus,
  gpuVariables,
  logging,
  mount,
  STOP_TIMEOUT_SECONDS,
  USER,
  WORKER,
  WORKER_PATH,
} from "./container";

export interface WorkerTaskArgs {
  readonly workerImageUri: string;
  readonly functionImageUri: string;
  readonly settings: WorkerSettings;
  /** The function's own variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly region: string;
  readonly logGroup: string;
  /** GPUs that one worker needs; 0 for none. */
  readonly gpu: number;
}

/** The task definition's containerDefinitions; keys in one order, since ECS sees any change as a new revision. */
export function workerContainers(args: WorkerTaskArgs): readonly object[] {
  return [workerFiles(args), functionContainer(args)];
}

function workerFiles(args: WorkerTaskArgs): object {
  return {
    name: "worker-files",
    image: args.workerImageUri,
    essential: false,
    // Runs `node --eval 0`: proves that the copied Node starts before the function's container relies on it.
    user: USER,
    readonlyRootFilesystem: true,
    mountPoints: [mount("worker", WORKER_PATH, false), mount("tmp", "/tmp", false)],
    logConfiguration: logging(args, "worker-files"),
  };
}

function functionContainer(args: WorkerTaskArgs): object {
  // ECS's init has the container's whole environment, and the function, of the same user, could read there the way to
  // the worker's credentials. Ours can't be read; it reaps what functions leave behind just as well.
  const ownInit = args.settings.functionRoleArn !== undefined;
  return {
    name: "function",
    image: args.functionImageUri,
    essential: true,
    dependsOn: [{ containerName: "worker-files", condition: "SUCCESS" }],
    entryPoint: ownInit ? [`${WORKER_PATH}/init`, "--", ...ENTRY_POINT] : ENTRY_POINT,
    command: [WORKER],
    healthCheck: {
      command: ["CMD", ...ENTRY_POINT, WORKER, "health"],
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
    user: USER,
    readonlyRootFilesystem: true,
    linuxParameters: { initProcessEnabled: !ownInit },
    mountPoints: [mount("worker", WORKER_PATH, true), mount("tmp", "/tmp", false)],
    stopTimeout: STOP_TIMEOUT_SECONDS,
    ...gpus(args.gpu),
    logConfiguration: logging(args, "function"),
  };
}
