/** The EC2 instances of one ec2 pool: a group that ECS grows and shrinks to fit the workers that the autoscaler wants. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { agentUserData } from "./ecs-agent";
import { poolPlacements, type FunctionSettings } from "./function-settings";
import { joinCluster } from "./iam/cluster";
import type { Network } from "./network";
import { serviceRole } from "./role";

/** For the image, the workers' tmp and logs. */
const ROOT_VOLUME_GIB = 60;

export interface InstancesArgs {
  readonly cluster: aws.ecs.Cluster;
  readonly network: Network;
  /** Several, since capacity of one type runs out, GPUs first. */
  readonly instanceTypes: readonly string[];
  /** Starts the ECS-optimised image with NVIDIA's driver. */
  readonly gpu: boolean;
  /** At worst every worker has an instance of its own. */
  readonly maxInstances: number;
  /** Stop at running instances when the stack is destroyed. */
  readonly retain: boolean;
}

export class Instances extends pulumi.ComponentResource {
  readonly group: aws.autoscaling.Group;
  readonly capacityProvider: aws.ecs.CapacityProvider;

  constructor(name: string, args: InstancesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:Instances", name, {}, opts);
    const child = { parent: this };
    const profile = instanceProfile(name, args, child);
    const template = launchTemplate(name, args, profile, child);
    this.group = autoScalingGroup(name, args, template, child);
    this.capacityProvider = new aws.ecs.CapacityProvider(
      `${name}-provider`,
      {
        autoScalingGroupProvider: {
          autoScalingGroupArn: this.group.arn,
          // From zero it starts two instances, whatever is asked: https://github.com/aws/containers-roadmap/issues/1716
          managedScaling: { status: "ENABLED", targetCapacity: 100, minimumScalingStepSize: 1 },
          managedTerminationProtection: "ENABLED",
          managedDraining: "ENABLED",
        },
      },
      child,
    );
    this.registerOutputs({ capacityProviderName: this.capacityProvider.name });
  }
}

function instanceProfile(
  name: string,
  args: InstancesArgs,
  opts: pulumi.CustomResourceOptions,
): aws.iam.InstanceProfile {
  const { role } = serviceRole(
    name,
    { service: "ec2.amazonaws.com", grants: [args.cluster.arn.apply(joinCluster)] },
    opts,
  );
  return new aws.iam.InstanceProfile(`${name}-profile`, { role: role.name }, opts);
}

function launchTemplate(
  name: string,
  args: InstancesArgs,
  profile: aws.iam.InstanceProfile,
  opts: pulumi.CustomResourceOptions,
): aws.ec2.LaunchTemplate {
  const variant = args.gpu ? "amazon-linux-2023/gpu" : "amazon-linux-2023";
  return new aws.ec2.LaunchTemplate(
    `${name}-template`,
    {
      // Resolved whenever an instance starts: new instances are patched, and no deployment replaces old ones for it.
      // https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html
      imageId: `resolve:ssm:/aws/service/ecs/optimized-ami/${variant}/recommended/image_id`,
      iamInstanceProfile: { arn: profile.arn },
      vpcSecurityGroupIds: [args.network.workerSecurityGroup.id],
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        {
          deviceName: "/dev/xvda",
          ebs: {
            volumeSize: ROOT_VOLUME_GIB,
            volumeType: "gp3",
            encrypted: "true",
            deleteOnTermination: "true",
          },
        },
      ],
      userData: args.cluster.name.apply((cluster) =>
        Buffer.from(agentUserData(cluster, args.gpu)).toString("base64"),
      ),
    },
    opts,
  );
}

function autoScalingGroup(
  name: string,
  args: InstancesArgs,
  template: aws.ec2.LaunchTemplate,
  opts: pulumi.CustomResourceOptions,
): aws.autoscaling.Group {
  return new aws.autoscaling.Group(
    `${name}-group`,
    {
      vpcZoneIdentifiers: args.network.privateSubnetIds,
      minSize: 0,
      maxSize: args.maxInstances,
      mixedInstancesPolicy: {
        instancesDistribution: { onDemandBaseCapacity: 0, onDemandPercentageAboveBaseCapacity: 100 },
        launchTemplate: {
          // Never $Latest, which refreshes nothing: https://github.com/pulumi/pulumi-aws/issues/1577
          launchTemplateSpecification: {
            launchTemplateId: template.id,
            version: pulumi.interpolate`${template.latestVersion}`,
          },
          overrides: args.instanceTypes.map((instanceType) => ({ instanceType })),
        },
      },
      // ECS lifts the protection of an instance that has no worker left.
      protectFromScaleIn: true,
      instanceRefresh: { strategy: "Rolling", preferences: { scaleInProtectedInstances: "Refresh" } },
      forceDelete: !args.retain,
      tags: [
        { key: "AmazonECSManaged", value: "true", propagateAtLaunch: true },
        { key: "Name", value: name, propagateAtLaunch: true },
      ],
    },
    // ECS's managed scaling owns the count.
    { ...opts, ignoreChanges: ["desiredCapacity"] },
  );
}

/** The instances that the stack's ec2 pools need, by function. */
export function instancesOf(
  functions: Readonly<Record<string, FunctionSettings>>,
  retain: boolean,
): Readonly<Record<string, Omit<InstancesArgs, "cluster" | "network">>> {
  const onEc2 = Object.entries(functions).filter(([, each]) => poolPlacements(each).includes("ec2"));
  return Object.fromEntries(
    onEc2.map(([name, { instanceTypes, gpu, maxWorkers }]) => [
      name,
      { instanceTypes, gpu: gpu > 0, maxInstances: maxWorkers, retain },
    ]),
  );
}
