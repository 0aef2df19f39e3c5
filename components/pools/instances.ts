/** The EC2 instances of one ec2 pool: a group that ECS grows and shrinks to fit the workers that the autoscaler wants. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { joinCluster } from "../iam/cluster";
import { serviceRole } from "../role";
import { launchTemplate, type LaunchTemplateArgs } from "./launch-template";

export interface InstancesArgs extends LaunchTemplateArgs {
  /** At worst every worker has an instance of its own. */
  readonly maxInstances: number;
  /** Instances that are never on Spot. */
  readonly onDemandInstances: number;
  /** Share of those above `onDemandInstances` on Spot. */
  readonly spotPercent: number;
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
      ...(args.warmInstances > 0 ? waiting(args, template) : mixed(args, template)),
      // ECS lifts the protection of an instance that has no worker left.
      protectFromScaleIn: true,
      instanceRefresh: { strategy: "Rolling", preferences: { scaleInProtectedInstances: "Refresh" } },
      forceDelete: !args.retain,
      tags: Object.entries({ ...args.tags, AmazonECSManaged: "true", Name: name }).map(([key, value]) => ({
        key,
        value,
        propagateAtLaunch: true,
      })),
    },
    // ECS's managed scaling owns the count.
    { ...opts, ignoreChanges: ["desiredCapacity"] },
  );
}

/** Never $Latest, which refreshes nothing: https://github.com/pulumi/pulumi-aws/issues/1577 */
function newest(template: aws.ec2.LaunchTemplate): pulumi.Output<string> {
  return pulumi.interpolate`${template.latestVersion}`;
}

function mixed(args: InstancesArgs, template: aws.ec2.LaunchTemplate): Partial<aws.autoscaling.GroupArgs> {
  return {
    // Spot instances that are likely to go are replaced before they do.
    capacityRebalance: args.spotPercent > 0,
    mixedInstancesPolicy: {
      instancesDistribution: {
        onDemandBaseCapacity: args.onDemandInstances,
        onDemandPercentageAboveBaseCapacity: 100 - args.spotPercent,
        spotAllocationStrategy: "price-capacity-optimized",
      },
      launchTemplate: {
        launchTemplateSpecification: { launchTemplateId: template.id, version: newest(template) },
        overrides: args.instanceTypes.map((instanceType) => ({ instanceType })),
      },
    },
  };
}

/** Stopped instances cost their disks alone, and start in about half the time. None goes back to waiting: that would keep its disk's content. */
function waiting(args: InstancesArgs, template: aws.ec2.LaunchTemplate): Partial<aws.autoscaling.GroupArgs> {
  return {
    launchTemplate: { id: template.id, version: newest(template) },
    warmPool: {
      poolState: "Stopped",
      minSize: args.warmInstances,
      maxGroupPreparedCapacity: args.warmInstances,
      instanceReusePolicy: { reuseOnScaleIn: false },
    },
  };
}
