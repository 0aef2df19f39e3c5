/** Gives each resource of the graph to the service that can run it: the one place that maps resource types to services. */
import { z } from "zod";
import { resourcesOfType, type Graph, type GraphResource } from "../graph";
import type { Access } from "./access";
import type { Ecs } from "./ecs/ecs";
import { poolDefinition, type PoolDefinition } from "./ecs/pool-definition";
import type { ExecutionEnvironments } from "./lambda/execution-environments";
import { functionDefinition, type FunctionDefinition } from "./lambda/functions";
import type { Images } from "./images";
import { inventoryOf, type RealisedResource } from "./inventory";
import type { Lambda } from "./lambda/lambda";
import { executionLogSettings } from "./logs/execution-log";
import type { LogSources } from "./logs/log-sources";
import type { Deliver, Logs } from "./logs/logs";
import { byReference, isNotRunnable, propertiesOf, type NotRunnable } from "./properties";
import {
  logsPrincipal,
  realiseAsyncSettings,
  realiseLogGroup,
  realiseLogStream,
  realiseParameter,
  realiseQueue,
  realiseSubscription,
} from "./realise-messaging";
import type { S3 } from "./s3/s3";
import { scheduleDefinition, type Scheduler } from "./scheduler";
import { takeOnScheduleRole, takeOnStateMachineRole } from "./service-roles";
import type { Sqs } from "./sqs/sqs";
import type { Ssm } from "./ssm";
import type { States } from "./states/states";

/** The services that take resources. */
export interface Services {
  readonly states: States;
  readonly s3: S3;
  readonly lambda: Lambda;
  readonly ecs: Ecs;
  readonly scheduler: Scheduler;
  readonly sqs: Sqs;
  readonly ssm: Ssm;
  readonly logs: Logs;
  readonly logSources: LogSources;
}

export interface RealiseResourcesOptions {
  readonly access: Access;
  readonly images: Images;
  /** Where the code archives of functions are unpacked. */
  readonly codeDirectory: string;
  /** Brings log events to the functions that subscribed to them. */
  readonly deliver: Deliver;
  readonly startFunction: (definition: FunctionDefinition) => ExecutionEnvironments;
}

const RUNS_FROM_CONTEXT = "runs from its build context";

/** Words for what runs, or why it can't; null leaves the words to the inventory. */
type Result = string | NotRunnable | null;

/** What the running resources use: roles and images run when something runs as them or from them. */
interface Uses {
  readonly roles: Set<string>;
  /** Image references, and what runs from them. */
  readonly images: Map<string, string>;
}

/** Schedules begin last, when all that they may call is there. */
export function realiseResources(
  graph: Graph,
  services: Services,
  options: RealiseResourcesOptions,
): readonly RealisedResource[] {
  const { states, s3, lambda, ecs, scheduler, sqs, ssm, logs, logSources } = services;
  const { access, deliver } = options;
  const resources = byReference(graph.resources);
  const uses: Uses = { roles: new Set(), images: new Map() };
  const results = new Map<string, string | NotRunnable>();
  const each = (type: string, realise: (resource: GraphResource) => Result): void => {
    for (const resource of resourcesOfType(graph, type)) {
      const result = realise(resource);
      if (result !== null) results.set(resource.urn, result);
    }
  };

  each("aws:s3/bucket:Bucket", (resource) => realiseBucket(resource, s3));
  each("aws:s3/bucketV2:BucketV2", (resource) => realiseBucket(resource, s3));
  each("aws:sqs/queue:Queue", (resource) => realiseQueue(resource, sqs));
  each("aws:ssm/parameter:Parameter", (resource) => realiseParameter(resource, ssm));
  each("aws:cloudwatch/logGroup:LogGroup", (resource) => realiseLogGroup(resource, logs));
  each("aws:cloudwatch/logStream:LogStream", (resource) => realiseLogStream(resource, logs));
  each("aws:lambda/function:Function", (resource) => realiseFunction(resource, lambda, options, uses));
  each("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", (resource) =>
    realiseAsyncSettings(resource, lambda),
  );
  const principal = logsPrincipal(graph);
  each("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter", (resource) =>
    realiseSubscription(resource, { logs, access, deliver }, principal),
  );
  each("aws:sfn/activity:Activity", (resource) => realiseActivity(resource, states));
  each("aws:sfn/stateMachine:StateMachine", (resource) =>
    realiseStateMachine(resource, states, logSources, access, uses),
  );
  each("aws:sfn/alias:Alias", (resource) => realiseAlias(resource, states));
  each("aws:ecs/cluster:Cluster", () => "its services' API answers");
  const taskDefinitions = new Set<string>();
  each("aws:ecs/service:Service", (resource) => {
    const definition = poolDefinition(resource, resources, options.images);
    if (isNotRunnable(definition)) return definition;
    ecs.addService(definition);
    taskDefinitions.add(definition.taskDefinitionArn);
    notePool(definition, uses);
    return `a pool of worker processes of ${definition.functionName}`;
  });
  each("aws:ecs/taskDefinition:TaskDefinition", ({ outputs }) =>
    taskDefinitions.has(String(outputs["arn"]))
      ? "workers are started from it"
      : { why: "no service that runs here uses it" },
  );
  each("aws:scheduler/schedule:Schedule", (resource) => {
    const schedule = scheduleDefinition(resource);
    if (isNotRunnable(schedule)) return schedule;
    takeOnScheduleRole(access, schedule);
    scheduler.add(schedule);
    uses.roles.add(schedule.roleArn);
    return "invokes its target by the local minute";
  });
  each("awsx:ecr:Image", (resource) => imageResult(resource, uses));
  each("docker-build:index:Image", (resource) => imageResult(resource, uses));
  each("aws:iam/role:Role", ({ outputs }) =>
    uses.roles.has(String(outputs["arn"]))
      ? "programs call as this role, each with credentials of its own"
      : { why: "nothing on this machine calls as this role" },
  );
  return inventoryOf(graph, results);
}

function notePool(definition: PoolDefinition, uses: Uses): void {
  if (definition.roleArn !== null) uses.roles.add(definition.roleArn);
  for (const imageUri of definition.otherImageUris)
    uses.images.set(imageUri, "the worker runs from its sources, bundled");
  uses.images.set(definition.imageUri, RUNS_FROM_CONTEXT);
}

function realiseBucket(resource: GraphResource, s3: S3): Result {
  const bucket = propertiesOf(resource, z.object({ bucket: z.string() }));
  if (isNotRunnable(bucket)) return bucket;
  s3.createBucket(bucket.bucket);
  return "objects are files of the run's directory";
}

function imageResult({ outputs }: GraphResource, uses: Uses): Result {
  return uses.images.get(String(outputs["imageUri"] ?? outputs["ref"])) ?? null;
}

function realiseFunction(
  resource: GraphResource,
  lambda: Lambda,
  options: RealiseResourcesOptions,
  uses: Uses,
): Result {
  const definition = functionDefinition(resource, options.images, options.codeDirectory);
  if (isNotRunnable(definition)) return definition;
  lambda.addFunction(definition, options.startFunction(definition));
  uses.roles.add(definition.roleArn);
  if (definition.imageUri !== null) uses.images.set(definition.imageUri, RUNS_FROM_CONTEXT);
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

function realiseStateMachine(
  resource: GraphResource,
  states: States,
  logSources: LogSources,
  access: Access,
  uses: Uses,
): Result {
  const machine = propertiesOf(resource, stateMachineSchema);
  if (isNotRunnable(machine)) return machine;
  takeOnStateMachineRole(access, resource);
  states.createStateMachine(machine);
  const logging = executionLogSettings(resource);
  if (logging !== null) logSources.followExecutions(machine.name, logging);
  uses.roles.add(machine.roleArn);
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
