/** From an ECS task definition to the arguments of `docker run`, container by container. Pure. */
import { z } from "zod";
import { isDockersOwn } from "./engine";
import type { BuiltImage } from "./images";
import { RUN_LABEL } from "./labels";

const strings = z.array(z.string()).default([]);
const container = z.object({
  name: z.string(),
  image: z.string(),
  essential: z.boolean().default(true),
  entryPoint: strings,
  command: strings,
  workingDirectory: z.string().optional(),
  environment: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
  user: z.string().optional(),
  readonlyRootFilesystem: z.boolean().default(false),
  mountPoints: z
    .array(
      z.object({ sourceVolume: z.string(), containerPath: z.string(), readOnly: z.boolean().default(false) }),
    )
    .default([]),
  stopTimeout: z.number().optional(),
  resourceRequirements: z.array(z.object({ type: z.string(), value: z.string().default("1") })).default([]),
  dependsOn: z.array(z.object({ containerName: z.string(), condition: z.string() })).default([]),
  linuxParameters: z
    .object({
      initProcessEnabled: z.boolean().default(false),
      sharedMemorySize: z.number().optional(),
      tmpfs: z
        .array(z.object({ containerPath: z.string(), size: z.number(), mountOptions: strings }))
        .default([]),
      capabilities: z.object({ add: strings, drop: strings }).optional(),
    })
    .default({ initProcessEnabled: false, tmpfs: [] }),
  ulimits: z.array(z.object({ name: z.string(), softLimit: z.number(), hardLimit: z.number() })).default([]),
});

export type TaskContainer = z.infer<typeof container>;

/** What runs one after the other: the last goes on until the worker ends. */
export interface Task {
  /** Each must end well before the next one starts. */
  readonly first: readonly TaskContainer[];
  readonly worker: TaskContainer;
  /** Containers that would run beside: not run here. */
  readonly beside: readonly string[];
  readonly memoryMib: number;
  /** As ECS has them: 1,024 are one vCPU. */
  readonly cpu: number;
}

const taskDefinition = z.object({
  containerDefinitions: z.string(),
  cpu: z.coerce.number().default(1024),
  memory: z.coerce.number().default(1024),
});

/** Of what was registered and answered; the pool's own reading has refused what has not one essential container. */
export function readTask(outputs: unknown): Task {
  const { containerDefinitions, cpu, memory } = taskDefinition.parse(outputs);
  const containers = z.array(container).parse(JSON.parse(containerDefinitions));
  const worker = containers.find(({ essential }) => essential);
  if (worker === undefined) throw new Error("A task definition without an essential container made a pool.");
  const isFirst = ({ name }: TaskContainer): boolean =>
    worker.dependsOn.some(
      ({ containerName, condition }) => containerName === name && /^(SUCCESS|COMPLETE)$/.test(condition),
    );
  const others = containers.filter((each) => each !== worker);
  return {
    first: others.filter(isFirst),
    worker,
    beside: others.filter((each) => !isFirst(each)).map(({ name }) => name),
    memoryMib: memory,
    cpu,
  };
}

/** What a container's arguments depend on besides its definition. */
export interface Surroundings {
  readonly run: string;
  readonly workerId: string;
  readonly images: ReadonlyMap<string, BuiltImage>;
  readonly gpus: boolean;
  /** What the cloud tells it; names alone, or what docker takes for its own. */
  readonly environment: Readonly<Record<string, string>>;
}

export function containerName(workerId: string, name: string): string {
  return `loveless-${workerId.slice(0, 12)}-${name}`;
}

/** Labelled with the run, made when the first container that mounts them starts. */
export function volumesOf(task: Task, workerId: string): readonly string[] {
  const names = [...task.first, task.worker].flatMap(({ mountPoints }) =>
    mountPoints.map(({ sourceVolume }) => sourceVolume),
  );
  return [...new Set(names)].map((name) => containerName(workerId, name));
}

/** The workers share the network of this machine: there is one port for the health of all, and no instance metadata. */
const NOT_HERE: readonly string[] = ["LOVELESS_HEALTH_PORT", "LOVELESS_SPOT_NOTICE"];

/** The whole environment of a container. */
export function variablesOf(
  definition: TaskContainer,
  { environment }: Surroundings,
): Record<string, string> {
  const own = definition.environment.filter(({ name }) => !NOT_HERE.includes(name));
  return { ...Object.fromEntries(own.map(({ name, value }) => [name, value])), ...environment };
}

/** The arguments of `docker run`. Variables are given by name, so that no secret stands on a command line. */
export function runArguments(
  definition: TaskContainer,
  task: Task,
  surroundings: Surroundings,
): readonly string[] {
  const { run, workerId, images } = surroundings;
  const { linuxParameters: linux } = definition;
  const image = images.get(definition.image) ?? { tag: definition.image, platform: null };
  const [entryPoint, ...moreOfIt] = definition.entryPoint;
  const option = (name: string, value: string | number | undefined): readonly string[] =>
    value === undefined ? [] : [name, String(value)];
  return [
    ...["run", "--rm", "--name", containerName(workerId, definition.name)],
    ...["--label", `${RUN_LABEL}=${run}`, "--network", "host"],
    ...option("--platform", image.platform ?? undefined),
    ...option("--user", definition.user),
    ...(definition.readonlyRootFilesystem ? ["--read-only"] : []),
    ...(linux.initProcessEnabled ? ["--init"] : []),
    ...option("--stop-timeout", definition.stopTimeout),
    ...option("--workdir", definition.workingDirectory),
    ...["--memory", `${String(task.memoryMib)}m`, "--cpu-shares", String(task.cpu)],
    ...option(
      "--shm-size",
      linux.sharedMemorySize === undefined ? undefined : `${String(linux.sharedMemorySize)}m`,
    ),
    ...linux.tmpfs.flatMap(({ containerPath, size, mountOptions }) => [
      "--tmpfs",
      `${containerPath}:${[`size=${String(size)}m`, ...mountOptions].join(",")}`,
    ]),
    ...(linux.capabilities?.drop ?? []).flatMap((name) => ["--cap-drop", name]),
    ...(linux.capabilities?.add ?? []).flatMap((name) => ["--cap-add", name]),
    ...definition.ulimits.flatMap(({ name, softLimit, hardLimit }) => [
      "--ulimit",
      `${name}=${String(softLimit)}:${String(hardLimit)}`,
    ]),
    ...(surroundings.gpus && gpusOf(definition) > 0 ? ["--gpus", "all"] : []),
    ...definition.mountPoints.flatMap((mount) => ["--mount", mountOf(mount, surroundings)]),
    ...environmentArguments(variablesOf(definition, surroundings)),
    ...option("--entrypoint", entryPoint),
    image.tag,
    ...moreOfIt,
    ...definition.command,
  ];
}

export function gpusOf({ resourceRequirements }: TaskContainer): number {
  return Number(resourceRequirements.find(({ type }) => type === "GPU")?.value ?? 0);
}

/** Docker fills an empty volume with what the image has at its place, owners and modes included, as ECS does. */
function mountOf(
  { sourceVolume, containerPath, readOnly }: TaskContainer["mountPoints"][number],
  { run, workerId }: Surroundings,
): string {
  const fields = [
    ...["type=volume", `source=${containerName(workerId, sourceVolume)}`, `destination=${containerPath}`],
    ...(readOnly ? ["readonly"] : []),
    `volume-label=${RUN_LABEL}=${run}`,
  ];
  return fields.join(",");
}

/** `--env NAME` takes the value from docker's own environment; what docker itself goes by is said outright. */
export function environmentArguments(variables: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(variables).flatMap(([name, value]) => [
    "--env",
    isDockersOwn(name) ? `${name}=${value}` : name,
  ]);
}
