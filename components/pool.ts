/** The pool of one function on one placement: a service of workers whose count belongs to the autoscaler. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "./cluster";
import type { FunctionImage } from "./function-image";
import type { PoolPlacement } from "./function-settings";
import { protectWorkers, pullImages, serveActivity } from "./iam/cluster";
import { writeLogs } from "./iam/logs";
import { logGroupName, stackName } from "./naming";
import { serviceRole, type Grant, type ServiceRole } from "./role";
import { STOP_TIMEOUT_SECONDS, VOLUMES, workerContainers } from "./worker-task";
import type { WorkerImage } from "./worker-image";

export interface PoolArgs {
  readonly functionName: string;
  readonly placement: PoolPlacement;
  readonly activity: aws.sfn.Activity;
  readonly cluster: Cluster;
  readonly image: FunctionImage;
  readonly workerImage: WorkerImage;
  readonly grants: readonly Grant[];
  readonly memoryMib: number;
  /** CPU units; 1,024 are one vCPU. */
  readonly cpu: number;
  /** GPUs that one worker needs; 0 for none. */
  readonly gpu: number;
  readonly slots: number;
  readonly minWorkers: number;
  readonly maxWorkers: number;
  readonly timeoutSeconds: number;
  readonly heartbeatSeconds: number;
  readonly logRetentionDays: number;
}

export class Pool extends pulumi.ComponentResource {
  readonly service: aws.ecs.Service;
  readonly activity: aws.sfn.Activity;
  readonly functionName: string;
  readonly slots: number;
  readonly minWorkers: number;
  readonly maxWorkers: number;

  constructor(name: string, args: PoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:Pool", name, {}, opts);
    this.activity = args.activity;
    this.functionName = args.functionName;
    this.slots = args.slots;
    this.minWorkers = args.minWorkers;
    this.maxWorkers = args.maxWorkers;

    const child = { parent: this };
    const logs = new aws.cloudwatch.LogGroup(
      `${name}-logs`,
      { name: logGroupName("", `workers/${name}`), retentionInDays: args.logRetentionDays },
      child,
    );
    const worker = workerRole(name, args, child);
    const execution = executionRole(name, args, logs, child);
    const task = taskDefinition(name, args, logs, worker.role, execution.role, child);
    this.service = service(name, args, task, {
      ...child,
      dependsOn: [args.cluster.capacityProviders, worker.policy, execution.policy],
    });
    this.registerOutputs({ serviceArn: this.service.arn });
  }
}

/** What the worker and the function within it may do. */
function workerRole(name: string, args: PoolArgs, opts: pulumi.CustomResourceOptions): ServiceRole {
  const own = [args.activity.arn.apply(serveActivity), args.cluster.cluster.arn.apply(protectWorkers)];
  return serviceRole(
    `${name}-worker`,
    { service: "ecs-tasks.amazonaws.com", grants: [...own, ...args.grants] },
    opts,
  );
}

/** What ECS may do to start a worker. */
function executionRole(
  name: string,
  args: PoolArgs,
  logs: aws.cloudwatch.LogGroup,
  opts: pulumi.CustomResourceOptions,
): ServiceRole {
  const repositories = pulumi.all([args.image, args.workerImage].map((each) => each.image.repository.arn));
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
  args: PoolArgs,
  logs: aws.cloudwatch.LogGroup,
  taskRole: aws.iam.Role,
  execution: aws.iam.Role,
  opts: pulumi.CustomResourceOptions,
): aws.ecs.TaskDefinition {
  const containers = pulumi
    .all([args.activity.arn, args.workerImage.image.imageUri, args.image.image.imageUri, logs.name])
    .apply(([activityArn, workerImageUri, functionImageUri, logGroup]) =>
      workerContainers({
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
        },
        region: aws.config.requireRegion(),
        logGroup,
        gpu: args.gpu,
      }),
    );
  return new aws.ecs.TaskDefinition(
    `${name}-task`,
    {
      family: stackName(name),
      requiresCompatibilities: [args.placement === "fargate" ? "FARGATE" : "EC2"],
      networkMode: "awsvpc",
      cpu: String(args.cpu),
      memory: String(args.memoryMib),
      runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: "X86_64" },
      taskRoleArn: taskRole.arn,
      executionRoleArn: execution.arn,
      volumes: VOLUMES,
      containerDefinitions: pulumi.jsonStringify(containers),
    },
    opts,
  );
}

function service(
  name: string,
  args: PoolArgs,
  task: aws.ecs.TaskDefinition,
  opts: pulumi.CustomResourceOptions,
): aws.ecs.Service {
  const { cluster } = args;
  return new aws.ecs.Service(
    name,
    {
      cluster: cluster.cluster.arn,
      taskDefinition: task.arn,
      desiredCount: args.minWorkers,
      capacityProviderStrategies: [{ capacityProvider: capacityProviderName(args), weight: 1 }],
      ...(args.placement === "fargate" ? { platformVersion: "LATEST" } : {}),
      // ECS changes a strategy with a new deployment alone: https://github.com/hashicorp/terraform-provider-aws/issues/22823
      forceNewDeployment: true,
      networkConfiguration: {
        subnets: cluster.network.privateSubnetIds,
        securityGroups: [cluster.network.workerSecurityGroup.id],
        assignPublicIp: false,
      },
      deploymentCircuitBreaker: { enable: true, rollback: true },
      // A GPU pool at its maximum has no second GPU to start the new worker on before the old one ends.
      deploymentMinimumHealthyPercent: args.gpu > 0 ? 0 : 100,
      deploymentMaximumPercent: 200,
      // Rebalancing stops workers to start others elsewhere; the next change of the count spreads them as well.
      availabilityZoneRebalancing: "DISABLED",
      enableEcsManagedTags: true,
      propagateTags: "SERVICE",
    },
    { ...opts, ignoreChanges: ["desiredCount"] },
  );
}

function capacityProviderName(args: PoolArgs): pulumi.Input<string> {
  return args.placement === "fargate"
    ? "FARGATE"
    : args.cluster.instancesOf(args.functionName).capacityProvider.name;
}
