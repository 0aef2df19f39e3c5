/** What the containers of a worker have in common, whoever starts whom: its files, its user, its mounts and its logs. */
import type { WorkerSettings } from "../../worker/settings";

/** What the containers of one worker are made of, as values. */
export interface ContainersArgs {
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

/** The volume's place in every container; the worker image declares it as a VOLUME, so ECS copies the worker into it. */
const WORKER_PATH = "/opt/loveless";
/** Not root, and nobody in particular: the volumes of the worker image belong to it, or to all. Nothing else can be written. */
export const UNPRIVILEGED = { user: "1000:1000", readonlyRootFilesystem: true };
/** Node's own loader, so that the function image's libc does not matter; given the library path and no environment. */
export const ENTRY_POINT = [
  `${WORKER_PATH}/loader`,
  "--library-path",
  `${WORKER_PATH}/lib`,
  `${WORKER_PATH}/node`,
];
/** The same below an init of ours, which no function can read. */
export const ENTRY_POINT_BELOW_INIT = [`${WORKER_PATH}/init`, "--", ...ENTRY_POINT];
const WORKER = `${WORKER_PATH}/worker.js`;
/** What ENTRY_POINT starts: the worker. */
export const WORKER_COMMAND = [WORKER];
/** Asks the worker how it is. */
export const HEALTH_COMMAND = ["CMD", ...ENTRY_POINT, WORKER, "health"];
/** From SIGTERM to SIGKILL: the most that Fargate allows. */
export const STOP_TIMEOUT_SECONDS = 120;

/** On the worker's own loopback: every ECS task has one. */
export const HEALTH_PORT = 8181;

export const VOLUMES = [{ name: "worker" }, { name: "tmp" }];

export const TMP_MOUNT = { sourceVolume: "tmp", containerPath: "/tmp", readOnly: false };

/** Only the worker's own image may write its files. */
export function workerMount(access: "read" | "write"): object {
  return { sourceVolume: "worker", containerPath: WORKER_PATH, readOnly: access === "read" };
}

/** Not blocking: a stuck log driver would stop standard output, and with it the worker. */
export function logging(
  { logGroup, region }: { readonly logGroup: string; readonly region: string },
  prefix: string,
): object {
  return {
    logDriver: "awslogs",
    options: {
      "awslogs-group": logGroup,
      "awslogs-region": region,
      "awslogs-stream-prefix": prefix,
      mode: "non-blocking",
      "max-buffer-size": "4m",
    },
  };
}

/** GPUs that the container needs; 0 for none. */
export function gpus(count: number): object {
  return count === 0 ? {} : { resourceRequirements: [{ type: "GPU", value: String(count) }] };
}

/** Lambda's base images lack it, and NVIDIA's runtime then mounts no driver for computing. */
export function gpuVariables(count: number): Readonly<Record<string, string>> {
  return count === 0 ? {} : { NVIDIA_DRIVER_CAPABILITIES: "compute,utility" };
}

/** In one order, since ECS sees any change as a new revision. */
export function environmentOf(variables: Readonly<Record<string, string>>): readonly object[] {
  return Object.entries(variables)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
}
