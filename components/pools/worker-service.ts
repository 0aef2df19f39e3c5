/** The workers of one function on one placement: an ECS service whose count belongs to the autoscaler. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster";
import { pullImages } from "../iam/cluster";
import { writeLogs } from "../iam/logs";
import type { FunctionImage } from "../images/function-image";
import type { WorkerImage } from "../images/worker-image";
import { logGroup, type LogSettings } from "../log-group";
import { logGroupName, stackName } from "../naming";
import type { FunctionRole } from "../function-roles";
import { serviceRole, type Role } from "../role";
import type { Architecture, PoolPlacement } from "../settings/function-entry";
import { HEALTH_PORT, STOP_TIMEOUT_SECONDS, VOLUMES } from "./container";
import { injectedContainers } from "./injected-worker";
import { sidecarContainers } from "./sidecar-worker";

/** Fargate's own, in GiB; it takes 21 to 200 beside. */
const FARGATE_STORAGE_GIB = 20;

/** What the workers of one function are, wherever they run. */
export interface WorkersArgs {
  readonly functionName: string;
  readonly activity: aws.sfn.Activity;
  readonly cluster: Cluster;
  readonly image: FunctionImage;
  readonly workerImage: WorkerImage;
  /** What the worker may do. */
  readonly workerRole: Role;
  /** What the function may do, where it has a role of its own; else it has the worker's. */
  readonly functionRole?: FunctionRole | undefined;
  /** Narrow each task's rights to those granted ARNs that stand in its input; needs a function role and isolation "task". */
  readonly sessionScope: boolean;
  readonly securityGroupIds: readonly pulumi.Input<string>[];
  readonly architecture: Architecture;
  readonly memoryMib: number;
  /** CPU units; 1,024 are one vCPU. */
  readonly cpu: number;
  /** GPUs that one worker needs; 0 for none. */
  readonly gpu: number;
  readonly ephemeralStorageMib: number;
  readonly isolation: "worker" | "task";
  /** Where the worker runs: in the function's own container, or in one beside it. */
  readonly worker: "injected" | "sidecar";
  /** `s3://BUCKET/PREFIX` for payloads that are too large for Step Functions; the worker's role may use it. @default none */
  readonly spillTo?: pulumi.Input<string> | undefined;
  readonly slots: number;
  readonly minWorkers: number;
  readonly maxWorkers: number;
  readonly timeoutSeconds: number;
  readonly heartbeatSeconds: number;
  /** The function's own variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logs: LogSettings;
}

/** Where they run. */
export interface Capacity {
  readonly placement: PoolPlacement;
  readonly strategies: aws.types.input.ecs.ServiceCapacityProviderStrategy[];
}

export interface WorkerServiceArgs extends WorkersArgs {
  readonly capacity: Capacity;
}

const COMPATIBILITY: Readonly<Record<PoolPlacement, string>> = {
  fargate: "FARGATE",
  ec2: "EC2",
  "managed-instances": "MANAGED_INSTANCES",
};

export class WorkerService extends pulumi.ComponentResource {
  readonly service: aws.ecs.Service;
  readonly taskDefinition: aws.ecs.TaskDefinition;

  constructor(name: string, args: WorkerServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:WorkerService", name, {}, opts);
    const child = { parent: this };
    const logs = logGroup(name, logGroupName("", `workers/${name}`), args.logs, child);
    const execution = executionRole(name, args, logs, child);
    this.taskDefinition = taskDefinition(name, args, logs, execution.role, child);
    this.service = service(name, args, this.taskDefinition, {
      ...child,
      dependsOn: [args.cluster.capacityProviders, args.workerRole.policy, execution.policy],
    });
    this.registerOutputs({ serviceArn: this.service.arn });
  }
}

/** What ECS may do to start a worker. */
function executionRole(
  name: string,
  args: WorkersArgs,
  logs: aws.cloudwatch.LogGroup,
  opts: pulumi.CustomResourceOptions,
): Role {
  const images = [args.image.image, args.workerImage.of(args.architecture)];
  const repositories = pulumi.all(images.map((each) => each.repositoryArn));
  return serviceRole(
    `${name}-execution`,
    {
      service: "ecs-tasks.amazonaws.com",
      grants: [repositories.apply(pullImages), logs.arn.apply(writeLogs)],
    },
    opts,
  );
}

function taskDefinition(
  name: string,
  args: WorkerServiceArgs,
  logs: aws.cloudwatch.LogGroup,
  execution: aws.iam.Role,
  opts: pulumi.CustomResourceOptions,
): aws.ecs.TaskDefinition {
  const storageGib = Math.ceil(args.ephemeralStorageMib / 1024);
  const { placement } = args.capacity;
  return new aws.ecs.TaskDefinition(
    `${name}-task`,
    {
      family: stackName(name),
      requiresCompatibilities: [COMPATIBILITY[placement]],
      networkMode: "awsvpc",
      cpu: String(args.cpu),
      memory: String(args.memoryMib),
      ...(placement === "fargate" && storageGib > FARGATE_STORAGE_GIB
        ? { ephemeralStorage: { sizeInGib: storageGib } }
        : {}),
      runtimePlatform: {
        operatingSystemFamily: "LINUX",
        cpuArchitecture: args.architecture === "arm64" ? "ARM64" : "X86_64",
      },
      taskRoleArn: args.workerRole.role.arn,
      executionRoleArn: execution.arn,
      volumes: VOLUMES,
      // Text of one form, since ECS takes any other for a new revision: https://github.com/pulumi/pulumi-aws/issues/4576
      containerDefinitions: pulumi.jsonStringify(containers(args, logs)),
    },
    opts,
  );
}

function containers(args: WorkersArgs, logs: aws.cloudwatch.LogGroup): pulumi.Output<readonly object[]> {
  const workerImage = args.workerImage.of(args.architecture);
  const { functionRole, sessionScope } = args;
  const own = pulumi.all({
    functionRoleArn: functionRole?.role.arn,
    spillTo: args.spillTo,
    sessionGrants: sessionScope ? functionRole?.statements.apply((each) => JSON.stringify(each)) : undefined,
  });
  return pulumi
    .all([args.activity.arn, workerImage.imageUri, args.image.image.imageUri, logs.name, own])
    .apply(([activityArn, workerImageUri, functionImageUri, group, ownRole]) =>
      (args.worker === "sidecar" ? sidecarContainers : injectedContainers)({
        workerImageUri,
        functionImageUri,
        settings: {
          ...args.image.config,
          activityArn,
          functionName: args.functionName,
          slots: args.slots,
          memoryMib: args.memoryMib,
          timeoutSeconds: args.timeoutSeconds,
          heartbeatSeconds: args.heartbeatSeconds,
          stopTimeoutSeconds: STOP_TIMEOUT_SECONDS,
          healthPort: HEALTH_PORT,
          isolation: args.isolation,
          ...ownRole,
        },
        environment: args.environment,
        region: aws.config.requireRegion(),
        logGroup: group,
        gpu: args.gpu,
      }),
    );
}

function service(
  name: string,
  args: WorkerServiceArgs,
  task: aws.ecs.TaskDefinition,
  opts: pulumi.CustomResourceOptions,
): aws.ecs.Service {
  const { cluster, capacity } = args;
  return new aws.ecs.Service(
    name,
    {
      cluster: cluster.cluster.arn,
      taskDefinition: task.arn,
      desiredCount: args.minWorkers,
      capacityProviderStrategies: capacity.strategies,
      ...(capacity.placement === "fargate" ? { platformVersion: "LATEST" } : {}),
      // ECS changes a strategy with a new deployment alone: https://github.com/hashicorp/terraform-provider-aws/issues/22823
      forceNewDeployment: true,
      networkConfiguration: {
        subnets: cluster.network.privateSubnetIds,
        securityGroups: [...args.securityGroupIds],
        assignPublicIp: false,
      },
      deploymentCircuitBreaker: { enable: true, rollback: true },
      // A GPU pool at its maximum has no second GPU to start the new worker on before the old one ends.
      deploymentMinimumHealthyPercent: args.gpu > 0 ? 0 : 100,
      deploymentMaximumPercent: 200,
      // Rebalancing stops workers to start others elsewhere; the next change of the count spreads them as well.
      availabilityZoneRebalancing: "DISABLED",
      enableExecuteCommand: false,
      enableEcsManagedTags: true,
      propagateTags: "SERVICE",
    },
    { ...opts, ignoreChanges: ["desiredCount"] },
  );
}
