/** From an ECS service and its task definition in the graph to a pool of workers that this machine can start. */
import { z } from "zod";
import { parseWorkerSettings, workerEnvironment, type WorkerSettings } from "../../../worker/settings";
import type { GraphResource } from "../../graph";
import type { Images, LocalImage } from "../images";
import { localEntryPoint, programOf } from "../program";
import { isNotRunnable, propertiesOf, type NotRunnable } from "../properties";
import { instanceFactsOf, spotFactsOf, type InstanceFacts, type SpotFacts } from "./capacity-facts";
import type { ExecutionRole } from "./execution-role";
import type { WorkerNeeds } from "./instance-types";
import { placementOf, type Placement } from "./placement";
import type { SidecarFunction } from "./sidecar";

export interface PoolDefinition {
  readonly serviceArn: string;
  readonly serviceName: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly taskDefinitionArn: string;
  /** The function's. */
  readonly imageUri: string;
  /** Of the containers beside it, which fill the volume with the worker on AWS. */
  readonly otherImageUris: readonly string[];
  /** Null: the task has no role, and its calls no credentials. */
  readonly roleArn: string | null;
  /** Null: ECS calls nothing on the task's behalf. */
  readonly executionRole: ExecutionRole | null;
  readonly activityArn: string;
  readonly functionName: string;
  readonly placement: Placement;
  readonly gpu: boolean;
  /** Null on Fargate. */
  readonly instances: InstanceFacts | null;
  readonly needs: WorkerNeeds;
  readonly spot: SpotFacts;
  readonly desiredCount: number;
  /** How many tasks one worker runs at once. */
  readonly slots: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutSeconds: number;
  /** Where the function's code lies on this machine. */
  readonly taskRoot: string;
  /** Of a worker that serves the runtime API to a container beside it; absent where the worker starts the function. */
  readonly sidecar?: SidecarFunction | undefined;
  /** The worker's settings and the container's own variables, with what only exists in a container replaced. */
  readonly environment: Readonly<Record<string, string>>;
}

/** ECS's own default. */
const STOP_TIMEOUT_SECONDS = 30;

const serviceSchema = z.object({
  /** Older versions of the provider give a service's ARN as its id alone. */
  arn: z.string().optional(),
  name: z.string(),
  cluster: z.string(),
  taskDefinition: z.string(),
  desiredCount: z.number().default(0),
  launchType: z.string().optional(),
  capacityProviderStrategies: z
    .array(
      z.object({ capacityProvider: z.string(), base: z.number().optional(), weight: z.number().optional() }),
    )
    .default([]),
});

const taskDefinitionSchema = z.object({
  arn: z.string(),
  taskRoleArn: z.string().optional(),
  cpu: z.coerce.number().default(1024),
  memory: z.coerce.number().default(1024),
  executionRoleArn: z.string().optional(),
  containerDefinitions: z.string(),
});

const container = z.object({
  name: z.string(),
  image: z.string(),
  essential: z.boolean().default(true),
  environment: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
  entryPoint: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
  resourceRequirements: z.array(z.object({ type: z.string(), value: z.string().default("1") })).default([]),
  stopTimeout: z.number().default(STOP_TIMEOUT_SECONDS),
  logConfiguration: z
    .object({ logDriver: z.string(), options: z.record(z.string(), z.string()).default({}) })
    .optional(),
});

type Container = z.infer<typeof container>;

/** `resources` of the whole graph, by name, id and ARN. */
export function poolDefinition(
  resource: GraphResource,
  resources: ReadonlyMap<string, GraphResource>,
  images: Images,
): PoolDefinition | NotRunnable {
  const service = propertiesOf(resource, serviceSchema);
  if (isNotRunnable(service)) return service;
  const taskResource = resources.get(service.taskDefinition);
  if (taskResource === undefined)
    return { why: `its task definition ${service.taskDefinition} is not declared by this program` };
  const task = propertiesOf(taskResource, taskDefinitionSchema);
  if (isNotRunnable(task)) return task;
  const containers = containersOf(task.containerDefinitions);
  if (isNotRunnable(containers)) return containers;
  const { essential, beside, others } = containers;
  const settings = settingsOf(essential);
  if (isNotRunnable(settings)) return settings;
  const functionContainer = beside ?? essential;
  const image = images.find(functionContainer.image);
  if (isNotRunnable(image)) return image;
  const placement = placementOf(service, resources);
  const gpus = gpusOf(functionContainer);
  const clusterArn = String(resources.get(service.cluster)?.outputs["arn"] ?? service.cluster);
  return {
    serviceArn: service.arn ?? resource.id ?? service.name,
    serviceName: service.name,
    clusterArn,
    clusterName: clusterArn.slice(clusterArn.lastIndexOf("/") + 1),
    taskDefinitionArn: task.arn,
    imageUri: functionContainer.image,
    otherImageUris: others.map((other) => other.image),
    roleArn: task.taskRoleArn ?? null,
    executionRole:
      task.executionRoleArn === undefined
        ? null
        : executionRole(task.executionRoleArn, [functionContainer, ...others]),
    activityArn: settings.activityArn,
    functionName: settings.functionName,
    placement,
    gpu: gpus > 0,
    instances: instanceFactsOf(service.capacityProviderStrategies, placement, resources),
    needs: { cpu: task.cpu, memoryMib: task.memory, gpus },
    spot: spotFactsOf(service.capacityProviderStrategies, placement, resources),
    desiredCount: service.desiredCount,
    slots: settings.slots,
    stopTimeoutSeconds: essential.stopTimeout,
    taskRoot: image.context,
    ...(beside === null ? {} : { sidecar: sidecarOf(beside, image) }),
    environment: localEnvironment(essential, settings, image),
  };
}

function executionRole(arn: string, containers: readonly Container[]): ExecutionRole {
  const logs = containers.flatMap(({ name, logConfiguration }) => {
    const { "awslogs-group": group, "awslogs-region": region, ...more } = logConfiguration?.options ?? {};
    if (logConfiguration?.logDriver !== "awslogs" || group === undefined || region === undefined) return [];
    return [{ group, region, stream: `${more["awslogs-stream-prefix"] ?? "ecs"}/${name}` }];
  });
  return { arn, imageUris: containers.map(({ image }) => image), logs };
}

/** The worker's settings with AWS's entry point and directories replaced by this machine's. */
function localEnvironment(
  essential: Container,
  settings: WorkerSettings,
  image: LocalImage,
): Record<string, string> {
  const entryPoint = localEntryPoint(settings.entryPoint);
  return {
    ...image.environment,
    ...Object.fromEntries(
      Object.entries(variablesOf(essential)).filter(([name]) => !name.startsWith("LOVELESS_")),
    ),
    // The image's file system is the build context here: /var/task and what lies below it. What a worker has to itself in
    // a container it shares here: its health's port, its scratch directory (it then makes one), the instance's metadata.
    ...workerEnvironment({
      ...settings,
      entryPoint,
      workingDirectory: image.context,
      healthPort: undefined,
      scratchDirectory: undefined,
      spotNotice: false,
    }),
    LAMBDA_TASK_ROOT: image.context,
  };
}

/** The function's container beside the worker's, as this machine can run it. */
function sidecarOf(beside: Container, image: LocalImage): SidecarFunction {
  const { entryPoint, command } = programOf(image, beside);
  return {
    command: [...entryPoint, ...command],
    environment: { ...image.environment, ...variablesOf(beside), LAMBDA_TASK_ROOT: image.context },
  };
}

interface Containers {
  /** The one that has the worker. */
  readonly essential: Container;
  /** The function's own, where the worker is not in it. */
  readonly beside: Container | null;
  /** All but the function's. */
  readonly others: readonly Container[];
}

function containersOf(containerDefinitions: string): Containers | NotRunnable {
  const parsed = z.array(container).safeParse(safeJson(containerDefinitions));
  if (!parsed.success) return { why: "its containerDefinitions are not the JSON that ECS takes" };
  const essentials = parsed.data.filter((each) => each.essential);
  const sidecar = essentials.find((each) => "LOVELESS_SIDECAR_PORT" in variablesOf(each));
  const [functionContainer, ...more] = essentials.filter((each) => each !== sidecar);
  if (functionContainer === undefined || more.length > 0) {
    const count = String(essentials.length);
    return { why: `it has ${count} essential containers: one can be run, or two with a sidecar's worker` };
  }
  return {
    essential: sidecar ?? functionContainer,
    beside: sidecar === undefined ? null : functionContainer,
    others: parsed.data.filter((each) => each !== functionContainer),
  };
}

function settingsOf(essential: Container): WorkerSettings | NotRunnable {
  try {
    return parseWorkerSettings(variablesOf(essential));
  } catch (error) {
    return { why: `its container ${essential.name} is not a worker: ${(error as Error).message}` };
  }
}

function gpusOf({ resourceRequirements }: Container): number {
  return Number(resourceRequirements.find(({ type }) => type === "GPU")?.value ?? 0);
}

function variablesOf(essential: Container): Record<string, string> {
  return Object.fromEntries(essential.environment.map(({ name, value }) => [name, value]));
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
