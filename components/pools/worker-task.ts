/**
 * The containers of one worker (D2): the worker image fills a volume and exits; then the function's own image, untouched,
 * starts the worker from that volume. Pure: what it is made of arrives as values.
 */
import { workerEnvironment, type WorkerSettings } from "../../worker/settings";

/** The volume's place in every container; the worker image declares it as a VOLUME, so ECS copies the worker into it. */
const WORKER_PATH = "/opt/loveless";
/** Not root, and nobody in particular: the volumes of the worker image belong to it, or to all. */
const USER = "1000:1000";
/** Node's own loader, so that the function image's libc does not matter; given the library path and no environment. */
const ENTRY_POINT = [`${WORKER_PATH}/loader`, "--library-path", `${WORKER_PATH}/lib`, `${WORKER_PATH}/node`];
const WORKER = `${WORKER_PATH}/worker.js`;
/** From SIGTERM to SIGKILL. @default 120 seconds, the most that Fargate allows. */
export const STOP_TIMEOUT_SECONDS = 120;

/** On the worker's own loopback: every ECS task has one. */
export const HEALTH_PORT = 8181;

export const VOLUMES = [{ name: "worker" }, { name: "tmp" }];

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
  return {
    name: "function",
    image: args.functionImageUri,
    essential: true,
    dependsOn: [{ containerName: "worker-files", condition: "SUCCESS" }],
    entryPoint: ENTRY_POINT,
    command: [WORKER],
    healthCheck: {
      command: ["CMD", ...ENTRY_POINT, WORKER, "health"],
      interval: 30,
      timeout: 10,
      retries: 3,
      startPeriod: 60,
    },
    environment: environment(args),
    user: USER,
    readonlyRootFilesystem: true,
    linuxParameters: { initProcessEnabled: true },
    mountPoints: [mount("worker", WORKER_PATH, true), mount("tmp", "/tmp", false)],
    stopTimeout: STOP_TIMEOUT_SECONDS,
    ...(args.gpu === 0 ? {} : { resourceRequirements: [{ type: "GPU", value: String(args.gpu) }] }),
    logConfiguration: logging(args, "function"),
  };
}

function environment(args: WorkerTaskArgs): readonly object[] {
  const variables = {
    ...args.environment,
    ...workerEnvironment(args.settings),
    AWS_REGION: args.region,
    // Lambda's base images lack it, and NVIDIA's runtime then mounts no driver for computing.
    ...(args.gpu === 0 ? {} : { NVIDIA_DRIVER_CAPABILITIES: "compute,utility" }),
  };
  return Object.entries(variables)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
}

function mount(sourceVolume: string, containerPath: string, readOnly: boolean): object {
  return { sourceVolume, containerPath, readOnly };
}

/** Not blocking: a stuck log driver would stop standard output, and with it the worker. */
function logging(args: WorkerTaskArgs, prefix: string): object {
  return {
    logDriver: "awslogs",
    options: {
      "awslogs-group": args.logGroup,
      "awslogs-region": args.region,
      "awslogs-stream-prefix": prefix,
      mode: "non-blocking",
      "max-buffer-size": "4m",
    },
  };
}
