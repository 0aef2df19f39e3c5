/** What the containers of a worker have in common, whoever starts whom: its files, its user, its mounts and its logs. */

/** The volume's place in every container; the worker image declares it as a VOLUME, so ECS copies the worker into it. */
export const WORKER_PATH = "/opt/loveless";
/** Not root, and nobody in particular: the volumes of the worker image belong to it, or to all. */
export const USER = "1000:1000";
/** Node's own loader, so that the function image's libc does not matter; given the library path and no environment. */
export const ENTRY_POINT = [
  `${WORKER_PATH}/loader`,
  "--library-path",
  `${WORKER_PATH}/lib`,
  `${WORKER_PATH}/node`,
];
export const WORKER = `${WORKER_PATH}/worker.js`;
/** From SIGTERM to SIGKILL. @default 120 seconds, the most that Fargate allows. */
export const STOP_TIMEOUT_SECONDS = 120;

/** On the worker's own loopback: every ECS task has one. */
export const HEALTH_PORT = 8181;

export const VOLUMES = [{ name: "worker" }, { name: "tmp" }];

export function mount(sourceVolume: string, containerPath: string, readOnly: boolean): object {
  return { sourceVolume, containerPath, readOnly };
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
