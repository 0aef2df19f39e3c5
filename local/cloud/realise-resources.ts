/** Gives each resource of the graph to the service that can run it: the one place that maps resource types to services. */
import { z } from "zod";
import { resourcesOfType, type Graph, type GraphResource } from "../graph";
import type { Ecs } from "./ecs/ecs";
import { poolDefinition } from "./ecs/pool-definition";
import type { ExecutionEnvironments } from "./execution-environments";
import { functionDefinition, type FunctionDefinition } from "./functions";
import type { Images } from "./images";
import { inventoryOf, type RealisedResource } from "./inventory";
import type { Lambda } from "./lambda";
import { byReference, isNotRunnable, propertiesOf, type NotRunnable } from "./properties";
import type { S3 } from "./s3";
import { scheduleDefinition, type Scheduler } from "./scheduler";
import type { States } from "./states/states";

/** The services that take resources. */
export interface Services {
  readonly states: States;
  readonly s3: S3;
  readonly lambda: Lambda;
  readonly ecs: Ecs;
  readonly scheduler: Scheduler;
}

export interface RealiseResourcesOptions {
  readonly images: Images;
  /** Where the code archives of functions are unpacked. */
  readonly codeDirectory: string;
  readonly startFunction: (definition: FunctionDefinition) => ExecutionEnvironments;
}

/** Words for what runs, or why it can't. */
type Result = string | NotRunnable;

/** Schedules begin last, when all that they may call is there. */
export function realiseResources(
  graph: Graph,
  services: Services,
  options: RealiseResourcesOptions,
): readonly RealisedResource[] {
  const resources = byReference(graph.resources);
  const { states, s3, lambda, ecs, scheduler } = services;
  const results = new Map<string, Result>();
  const each = (type: string, realise: (resource: GraphResource) => Result): void => {
    for (const resource of resourcesOfType(graph, type)) results.set(resource.urn, realise(resource));
  };

  each("aws:iam/role:Role", () => "programs call as this role, each with credentials of its own");
  each("aws:s3/bucket:Bucket", (resource) => realiseBucket(resource, s3));
  each("aws:s3/bucketV2:BucketV2", (resource) => realiseBucket(resource, s3));
  each("awsx:ecr:Image", (resource) => realiseImage(resource, options.images));
  each("docker-build:index:Image", (resource) => realiseImage(resource, options.images));
  each("aws:lambda/function:Function", (resource) => realiseFunction(resource, lambda, options));
  each("aws:sfn/activity:Activity", (resource) => realiseActivity(resource, states));
  each("aws:sfn/stateMachine:StateMachine", (resource) => realiseStateMachine(resource, states));
  each("aws:sfn/alias:Alias", (resource) => realiseAlias(resource, states));
  each("aws:ecs/cluster:Cluster", () => "its services' API answers");
  each("aws:ecs/service:Service", (resource) => {
    const definition = poolDefinition(resource, resources, options.images);
    if (isNotRunnable(definition)) return definition;
    ecs.addService(definition);
    const task = resources.get(definition.taskDefinitionArn);
    if (task !== undefined) results.set(task.urn, "workers are started from it");
    return `a pool of worker processes of ${definition.functionName}`;
  });
  each("aws:scheduler/schedule:Schedule", (resource) => {
    const schedule = scheduleDefinition(resource);
    if (isNotRunnable(schedule)) return schedule;
    scheduler.add(schedule);
    return "invokes its target by the local minute";
  });
  return inventoryOf(graph, results);
}

function realiseBucket(resource: GraphResource, s3: S3): Result {
  const bucket = propertiesOf(resource, z.object({ bucket: z.string() }));
  if (isNotRunnable(bucket)) return bucket;
  s3.createBucket(bucket.bucket);
  return "objects are files of the run's directory";
}

function realiseImage({ outputs }: GraphResource, images: Images): Result {
  const image = images.find(String(outputs["imageUri"] ?? outputs["ref"]));
  return isNotRunnable(image) ? image : "runs from its build context";
}

function realiseFunction(resource: GraphResource, lambda: Lambda, options: RealiseResourcesOptions): Result {
  const definition = functionDefinition(resource, options.images, options.codeDirectory);
  if (isNotRunnable(definition)) return definition;
  lambda.addFunction(definition, options.startFunction(definition));
  return "a function process for each concurrent invocation";
}

function realiseActivity(resource: GraphResource, states: States): Result {
  const activity = propertiesOf(resource, z.object({ arn: z.string(), name: z.string() }));
  if (isNotRunnable(activity)) return activity;
  states.createActivity(activity);
  return "workers poll it";
}

const stateMachineSchema = z.object({
  arn: z.string(),
  name: z.string(),
  definition: z.string(),
  roleArn: z.string(),
  type: z.enum(["STANDARD", "EXPRESS"]).default("STANDARD"),
  publish: z.boolean().default(false),
  stateMachineVersionArn: z.string().optional(),
});

function realiseStateMachine(resource: GraphResource, states: States): Result {
  const machine = propertiesOf(resource, stateMachineSchema);
  if (isNotRunnable(machine)) return machine;
  states.createStateMachine(machine);
  if (machine.publish && machine.stateMachineVersionArn !== undefined) {
    states.createVersion({ arn: machine.stateMachineVersionArn });
  }
  return "its executions run here";
}

const aliasSchema = z.object({
  arn: z.string(),
  routingConfigurations: z.array(z.object({ stateMachineVersionArn: z.string(), weight: z.number() })),
});

function realiseAlias(resource: GraphResource, states: States): Result {
  const alias = propertiesOf(resource, aliasSchema);
  if (isNotRunnable(alias)) return alias;
  states.createAlias({ arn: alias.arn, routes: alias.routingConfigurations });
  return "executions start through it";
}
