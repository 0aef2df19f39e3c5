/** How an instance of an ec2 pool starts: image, disk, network and what it may ask its metadata service. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Network } from "../network/network";
import type { Architecture } from "../settings/function-entry";
import { agentUserData } from "./ecs-agent";

/** For the system and the images, in GiB; what workers write comes on top. */
const SYSTEM_VOLUME_GIB = 50;

export interface LaunchTemplateArgs {
  readonly cluster: aws.ecs.Cluster;
  readonly network: Network;
  readonly architecture: Architecture;
  /** Several, since capacity of one type runs out, GPUs first. */
  readonly instanceTypes: readonly string[];
  /** Starts the ECS-optimised image with NVIDIA's driver. */
  readonly gpu: boolean;
  /** In place of the newest ECS-optimised image. */
  readonly imageId?: string | undefined;
  /** Stopped instances that wait; not with Spot, nor with several types. */
  readonly warmInstances: number;
  /** What workers write to /tmp, in MiB. */
  readonly ephemeralStorageMib: number;
  /** Of groups, instances and disks, whose tags Pulumi's stack-wide ones don't reach. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Public parameters of the ECS-optimised images: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html */
function newestImage({ gpu, architecture }: LaunchTemplateArgs): string {
  const variant = gpu ? "/gpu" : architecture === "arm64" ? "/arm64" : "";
  // Resolved whenever an instance starts: new instances are patched, and no deployment replaces old ones for it.
  // https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html
  return `resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023${variant}/recommended/image_id`;
}

/** Declares `${name}-template`. */
export function launchTemplate(
  name: string,
  args: LaunchTemplateArgs,
  profile: aws.iam.InstanceProfile,
  opts: pulumi.CustomResourceOptions,
): aws.ec2.LaunchTemplate {
  const [onlyType] = args.instanceTypes;
  return new aws.ec2.LaunchTemplate(
    `${name}-template`,
    {
      imageId: args.imageId ?? newestImage(args),
      // A group with a warm pool has one type, and takes it from here.
      ...(args.warmInstances > 0 && onlyType !== undefined ? { instanceType: onlyType } : {}),
      iamInstanceProfile: { arn: profile.arn },
      vpcSecurityGroupIds: [args.network.workerSecurityGroup.id],
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        {
          deviceName: "/dev/xvda",
          ebs: {
            volumeSize: SYSTEM_VOLUME_GIB + Math.ceil(args.ephemeralStorageMib / 1024),
            volumeType: "gp3",
            // Under the account's own key for disks, which needs no grant to the Auto Scaling role; nothing stays on them.
            encrypted: "true",
            deleteOnTermination: "true",
          },
        },
      ],
      tagSpecifications: [{ resourceType: "volume", tags: args.tags }],
      userData: args.cluster.name.apply((cluster) =>
        Buffer.from(agentUserData({ cluster, gpu: args.gpu, warm: args.warmInstances > 0 })).toString(
          "base64",
        ),
      ),
    },
    opts,
  );
}
