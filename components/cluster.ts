/** The ECS cluster, and the capacity that its services may ask for: Fargate, and one set of instances per ec2 pool. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Instances, type InstancesArgs } from "./instances";
import type { Network } from "./network";

export interface ClusterArgs {
  readonly network: Network;
  /** By function: the instances of its ec2 pool. */
  readonly instances: Readonly<Record<string, Omit<InstancesArgs, "cluster" | "network">>>;
}

export class Cluster extends pulumi.ComponentResource {
  readonly network: Network;
  readonly cluster: aws.ecs.Cluster;
  /** A service depends on this: its strategy may only name providers that the cluster has. */
  readonly capacityProviders: aws.ecs.ClusterCapacityProviders;
  readonly #instances: Readonly<Record<string, Instances>>;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:Cluster", name, {}, opts);
    const child = { parent: this };
    const { network } = args;
    this.network = network;
    this.cluster = new aws.ecs.Cluster(
      name,
      { settings: [{ name: "containerInsights", value: "enabled" }] },
      child,
    );
    this.#instances = Object.fromEntries(
      Object.entries(args.instances).map(([pool, instances]) => [
        pool,
        new Instances(`${pool}-instances`, { ...instances, cluster: this.cluster, network }, child),
      ]),
    );
    // Apart from the cluster: otherwise cluster, provider and group can't be destroyed in any order.
    // https://github.com/hashicorp/terraform-provider-aws/issues/18849
    this.capacityProviders = new aws.ecs.ClusterCapacityProviders(
      `${name}-capacity-providers`,
      {
        clusterName: this.cluster.name,
        capacityProviders: [
          "FARGATE",
          ...Object.values(this.#instances).map((each) => each.capacityProvider.name),
        ],
      },
      child,
    );
    this.registerOutputs({ clusterArn: this.cluster.arn });
  }

  /** The capacity provider of a function's ec2 pool. */
  instancesOf(functionName: string): Instances {
    const instances = this.#instances[functionName];
    if (instances !== undefined) return instances;
    throw new pulumi.ResourceError(
      `The cluster has no instances for ${functionName}, got ${Object.keys(this.#instances).join(", ") || "none"}; name the function in the cluster's instances.`,
      this,
      true,
    );
  }
}
