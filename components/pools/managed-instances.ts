/**
 * The instances of one managed-instances pool: AWS picks, patches and replaces them, each within 14 days.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ManagedInstances.html
 */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { passRole } from "../iam/cluster";
import { trustDocument } from "../iam/document";
import type { Network } from "../network/network";
import { bareRole, serviceRole } from "../role";
import type { Architecture } from "../settings/function-entry";

/** For images, in GiB; what workers write comes on top. */
const IMAGES_GIB = 50;
/** AWS's own, which follows the service; it lets ECS pass roles named ecsInstanceRole* alone, so ours is granted beside it. */
const INFRASTRUCTURE_POLICY = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForManagedInstances";
const INSTANCE_POLICY = "arn:aws:iam::aws:policy/AmazonECSInstanceRolePolicyForManagedInstances";

export interface ManagedInstancesArgs {
  readonly cluster: aws.ecs.Cluster;
  readonly network: Network;
  readonly architecture: Architecture;
  /** Empty: any current type that is large enough. */
  readonly instanceTypes: readonly string[];
  /** GPUs that one worker needs; 0 for none. */
  readonly gpu: number;
  /** CPU units that one worker needs; 1,024 are one vCPU. */
  readonly cpu: number;
  readonly memoryMib: number;
  readonly ephemeralStorageMib: number;
  /** All on Spot, or all on demand. */
  readonly spot: boolean;
}

export class ManagedInstances extends pulumi.ComponentResource {
  readonly capacityProvider: aws.ecs.CapacityProvider;

  constructor(name: string, args: ManagedInstancesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:ManagedInstances", name, {}, opts);
    const child = { parent: this };
    const accountId = aws.getCallerIdentityOutput({}, { parent: this }).accountId;
    const instance = bareRole(
      `${name}-instance`,
      accountId.apply((id) => trustDocument("ec2.amazonaws.com", id)),
      child,
    );
    const attached = attach(`${name}-instance`, instance, INSTANCE_POLICY, child);
    const profile = new aws.iam.InstanceProfile(`${name}-profile`, { role: instance.name }, child);
    const infrastructure = serviceRole(
      `${name}-infra`,
      {
        service: "ecs.amazonaws.com",
        grants: [instance.arn.apply((arn) => passRole(arn, "ec2.amazonaws.com"))],
      },
      child,
    );
    const managing = attach(`${name}-infra`, infrastructure.role, INFRASTRUCTURE_POLICY, child);
    this.capacityProvider = new aws.ecs.CapacityProvider(
      `${name}-provider`,
      {
        cluster: args.cluster.name,
        managedInstancesProvider: {
          infrastructureRoleArn: infrastructure.role.arn,
          propagateTags: "CAPACITY_PROVIDER",
          instanceLaunchTemplate: {
            ec2InstanceProfileArn: profile.arn,
            capacityOptionType: args.spot ? "SPOT" : "ON_DEMAND",
            monitoring: "BASIC",
            networkConfiguration: {
              subnets: args.network.privateSubnetIds,
              securityGroups: [args.network.workerSecurityGroup.id],
            },
            storageConfiguration: {
              storageSizeGib: IMAGES_GIB + Math.ceil(args.ephemeralStorageMib / 1024),
            },
            instanceRequirements: requirements(args),
          },
        },
      },
      { ...child, dependsOn: [attached, managing, infrastructure.policy] },
    );
    this.registerOutputs({ capacityProviderName: this.capacityProvider.name });
  }
}

function attach(
  name: string,
  role: aws.iam.Role,
  policyArn: string,
  opts: pulumi.CustomResourceOptions,
): aws.iam.RolePolicyAttachment {
  return new aws.iam.RolePolicyAttachment(`${name}-managed-policy`, { role: role.name, policyArn }, opts);
}

type Requirements =
  aws.types.input.ecs.CapacityProviderManagedInstancesProviderInstanceLaunchTemplateInstanceRequirements;

function requirements(args: ManagedInstancesArgs): Requirements {
  return {
    vcpuCount: { min: Math.max(1, Math.ceil(args.cpu / 1024)) },
    memoryMib: { min: args.memoryMib },
    ...(args.gpu === 0
      ? {}
      : {
          acceleratorTypes: ["gpu"],
          acceleratorManufacturers: ["nvidia"],
          acceleratorCount: { min: args.gpu },
        }),
    ...(args.instanceTypes.length > 0
      ? {
          allowedInstanceTypes: [...args.instanceTypes],
          // T types are left out unless they are asked for.
          burstablePerformance: args.instanceTypes.some((type) => type.startsWith("t"))
            ? "included"
            : "excluded",
        }
      : {
          instanceGenerations: ["current"],
          cpuManufacturers: args.architecture === "arm64" ? ["amazon-web-services"] : ["intel", "amd"],
        }),
  };
}
