/** The ECS operations that an autoscaler and a person need: services and their tasks, over the pools of this machine. */
import { z } from "zod";
import type { Access } from "../access";
import type { Context } from "../../iam/evaluate";
import { jsonService, ServiceError, type Operation, type Service } from "../service";
import type { Pool } from "./pool";
import type { PoolDefinition } from "./pool-definition";

/** A service of the graph, with its workers. */
export interface EcsService {
  readonly definition: PoolDefinition;
  readonly pool: Pool;
  /** When its one deployment is said to have begun. */
  readonly createdMs: number;
  /** Set by TagResource; those of the program are not repeated here. */
  readonly tags: Map<string, string>;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html */
const MAX_SERVICES = 10;

const cluster = z.string().default("default");
const describeServices = z.object({
  cluster,
  services: z.array(z.string()).min(1).max(MAX_SERVICES),
  include: z.array(z.string()).optional(),
});
/** Strict: what it can't do, such as swapping the task definition, is refused and not silently left out. */
const updateService = z.strictObject({
  cluster,
  service: z.string(),
  desiredCount: z.int().min(0).optional(),
  /** Named only so that IAM can judge it before it is refused. */
  taskDefinition: z.string().optional(),
});
const listTasks = z.object({ cluster, serviceName: z.string().optional() });
const describeTasks = z.object({ cluster, tasks: z.array(z.string()) });
const tagResource = z.object({
  resourceArn: z.string(),
  tags: z.array(z.object({ key: z.string(), value: z.string().default("") })),
});
const stopTask = z.object({ cluster, task: z.string(), reason: z.string().optional() });

export function createEcsApi(access: Access, services: () => readonly EcsService[]): Service {
  const inCluster = (reference: string): readonly EcsService[] => {
    const found = services().filter(({ definition }) =>
      [definition.clusterArn, definition.clusterName].includes(reference),
    );
    if (found.length === 0) throw new ServiceError("ClusterNotFoundException", "Cluster not found.");
    return found;
  };
  const findService = (clusterReference: string, reference: string): EcsService | undefined =>
    inCluster(clusterReference).find(({ definition }) =>
      [definition.serviceArn, definition.serviceName].includes(reference),
    );
  const findTask = (clusterReference: string, reference: string): Task | undefined =>
    inCluster(clusterReference)
      .flatMap(tasksOf)
      .find(({ arn, id }) => arn === reference || id === reference);
  const serviceArn = (clusterReference: string, reference: string): string =>
    findService(clusterReference, reference)?.definition.serviceArn ?? reference;

  /** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html */
  const contextOf = (input: { cluster: string; taskDefinition?: string | undefined }): Context => {
    const found = services().find(({ definition }) =>
      [definition.clusterArn, definition.clusterName].includes(input.cluster),
    );
    return {
      "ecs:cluster": found?.definition.clusterArn ?? input.cluster,
      ...(input.taskDefinition === undefined ? {} : { "ecs:task-definition": input.taskDefinition }),
    };
  };

  const operations: Record<string, Operation> = {
    DescribeServices: operation("DescribeServices", describeServices, {
      contextOf,
      resources: (input) => input.services.map((reference) => serviceArn(input.cluster, reference)),
      run: (input) => {
        const found = input.services.map((reference) => findService(input.cluster, reference) ?? reference);
        return {
          services: found
            .filter((each) => typeof each !== "string")
            .map((each) => ({
              ...describe(each),
              ...(input.include?.includes("TAGS") === true ? tagsOf(each) : {}),
            })),
          failures: found
            .filter((each) => typeof each === "string")
            .map((arn) => ({ arn, reason: "MISSING" })),
        };
      },
    }),
    UpdateService: operation("UpdateService", updateService, {
      contextOf,
      resources: (input) => [serviceArn(input.cluster, input.service)],
      run: (input) => {
        const service = findService(input.cluster, input.service);
        if (service === undefined) throw new ServiceError("ServiceNotFoundException", "Service not found.");
        if (input.taskDefinition !== undefined)
          throw new ServiceError("InvalidParameterException", "The local ECS keeps the task definition.");
        if (input.desiredCount !== undefined) service.pool.setDesired(input.desiredCount);
        return { service: describe(service) };
      },
    }),
    TagResource: operation("TagResource", tagResource, {
      contextOf: (input) => ({ "aws:TagKeys": input.tags.map(({ key }) => key) }),
      resources: (input) => [input.resourceArn],
      run: (input) => {
        const service = services().find(({ definition }) => definition.serviceArn === input.resourceArn);
        if (service === undefined)
          throw new ServiceError("InvalidParameterException", "The local ECS tags services only.");
        for (const { key, value } of input.tags) service.tags.set(key, value);
        return {};
      },
    }),
    ListTasks: operation("ListTasks", listTasks, {
      contextOf,
      resources: () => ["*"],
      run: (input) => {
        const all = inCluster(input.cluster).filter(
          ({ definition }) => (input.serviceName ?? definition.serviceName) === definition.serviceName,
        );
        return {
          taskArns: all
            .flatMap(tasksOf)
            .filter(({ state }) => state !== "stopping")
            .map(({ arn }) => arn),
        };
      },
    }),
    DescribeTasks: operation("DescribeTasks", describeTasks, {
      contextOf,
      resources: (input) =>
        input.tasks.map((reference) => findTask(input.cluster, reference)?.arn ?? reference),
      run: (input) => {
        const found = input.tasks.map((reference) => findTask(input.cluster, reference) ?? reference);
        return {
          tasks: found.filter((each) => typeof each !== "string").map(describeTask),
          failures: found
            .filter((each) => typeof each === "string")
            .map((arn) => ({ arn, reason: "MISSING" })),
        };
      },
    }),
    StopTask: operation("StopTask", stopTask, {
      contextOf,
      resources: (input) => [findTask(input.cluster, input.task)?.arn ?? input.task],
      run: (input) => {
        const task = findTask(input.cluster, input.task);
        if (task === undefined)
          throw new ServiceError("InvalidParameterException", "The referenced task was not found.");
        task.service.pool.stopWorker(task.id);
        return { task: describeTask({ ...task, state: "stopping" }) };
      },
    }),
  };
  return jsonService(access, {
    signingName: "ecs",
    targetPrefix: "AmazonEC2ContainerServiceV20141113",
    version: "1.1",
    operations,
  });
}

interface Task {
  readonly id: string;
  readonly arn: string;
  readonly state: "pending" | "running" | "stopping";
  readonly startedMs: number;
  readonly service: EcsService;
}

/** `arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID`. */
export function taskArn({ clusterArn, clusterName }: PoolDefinition, workerId: string): string {
  return `${clusterArn.slice(0, clusterArn.lastIndexOf(":"))}:task/${clusterName}/${workerId}`;
}

function tasksOf(service: EcsService): readonly Task[] {
  return service.pool
    .workers()
    .map((worker) => ({ ...worker, arn: taskArn(service.definition, worker.id), service }));
}

/** A service has one deployment here, which is complete from the start, as on AWS where no worker is desired. */
function describe({ definition, pool, createdMs }: EcsService): object {
  const { desired, running, pending } = pool.counts();
  const counts = { desiredCount: desired, runningCount: running, pendingCount: pending };
  const deployment = {
    id: "ecs-svc/1",
    status: "PRIMARY",
    taskDefinition: definition.taskDefinitionArn,
    ...counts,
    failedTasks: pool.failedStarts(),
    createdAt: createdMs / 1000,
    updatedAt: createdMs / 1000,
    rolloutState: "COMPLETED",
    rolloutStateReason: "ECS deployment ecs-svc/1 completed.",
  };
  return {
    serviceArn: definition.serviceArn,
    serviceName: definition.serviceName,
    clusterArn: definition.clusterArn,
    status: "ACTIVE",
    taskDefinition: definition.taskDefinitionArn,
    ...counts,
    deployments: [deployment],
    events: [],
  };
}

function tagsOf({ tags }: EcsService): object {
  return { tags: [...tags].map(([key, value]) => ({ key, value })) };
}

function describeTask({ arn, state, startedMs, service: { definition } }: Task): object {
  const status = state === "pending" ? "PENDING" : "RUNNING";
  return {
    taskArn: arn,
    clusterArn: definition.clusterArn,
    taskDefinitionArn: definition.taskDefinitionArn,
    group: `service:${definition.serviceName}`,
    lastStatus: state === "stopping" ? "STOPPING" : status,
    desiredStatus: state === "stopping" ? "STOPPED" : "RUNNING",
    ...(state === "pending" ? {} : { startedAt: startedMs / 1000 }),
  };
}

function operation<T>(
  action: string,
  schema: z.ZodType<T>,
  {
    resources,
    contextOf,
    run,
  }: {
    readonly resources: (input: T) => readonly string[];
    readonly contextOf: (input: T) => Context;
    readonly run: (input: T) => object;
  },
): Operation {
  const parse = (input: unknown): T => {
    const parsed = schema.safeParse(input);
    if (parsed.success) return parsed.data;
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
    throw new ServiceError("InvalidParameterException", `The local ECS can't do this: ${wrong}`);
  };
  return {
    needs(input) {
      const parsed = parse(input);
      const context = contextOf(parsed);
      return resources(parsed).map((resource) => ({ action: `ecs:${action}`, resource, context }));
    },
    run: (input) => run(parse(input)),
  };
}
