/** The ECS cluster, and the capacity that its services may ask for: Fargate, and a set of instances for each pool on instances. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { logGroup, type LogSettings } from "./log-group";
import { stackName } from "./naming";
import type { Network } from "./network/network";
import { Instances, type InstancesArgs } from "./pools/instances";
import { ManagedInstances, type ManagedInstancesArgs } from "./pools/managed-instances";
import { poolPlacements, type FunctionSettings, type PoolPlacement } from "./settings/function-entry";
import { tagged } from "./stack-wide";

export interface ClusterArgs {
  readonly network: Network;
  readonly logs: LogSettings;
  /** Those that may have a pool here, by name. */
  readonly functions: Readonly<Record<string, FunctionSettings>>;
  /** Of groups, instances and disks. */
  readonly tags: Readonly<Record<string, string>>;
  /** Stop at running instances when the stack is destroyed. */
  readonly retain: boolean;
}

export class Cluster extends pulumi.ComponentResource {
  readonly network: Network;
  readonly cluster: aws.ecs.Cluster;
  /** A service depends on this: its strategy may only name providers that the cluster has. */
  readonly capacityProviders: aws.ecs.ClusterCapacityProviders;
  readonly #instances: ReadonlyMap<string, Instances>;
  readonly #managed: ReadonlyMap<string, ManagedInstances>;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:Cluster", name, {}, opts);
    const child = { parent: this };
    this.network = args.network;
    this.cluster = clusterWithInsights(name, args.logs, child);
    this.#instances = this.#forEach(args, "ec2", (pool, settings) => {
      const instances = { ...instancesArgs(settings, args, pool), cluster: this.cluster };
      return new Instances(`${pool}-instances`, instances, {
        ...child,
        transformations: [tagged({ Function: pool })],
      });
    });
    this.#managed = this.#forEach(args, "managed-instances", (pool, settings) => {
      const managed = { ...managedArgs(settings, args), cluster: this.cluster };
      return new ManagedInstances(`${pool}-managed`, managed, {
        ...child,
        transformations: [tagged({ Function: pool })],
      });
    });
    const own = [...this.#instances.values(), ...this.#managed.values()].map(
      (each) => each.capacityProvider.name,
    );
    // Apart from the cluster: otherwise cluster, provider and group can't be destroyed in any order.
    // https://github.com/hashicorp/terraform-provider-aws/issues/18849
    this.capacityProviders = new aws.ecs.ClusterCapacityProviders(
      `${name}-capacity-providers`,
      { clusterName: this.cluster.name, capacityProviders: ["FARGATE", "FARGATE_SPOT", ...own] },
      child,
    );
    this.registerOutputs({ clusterArn: this.cluster.arn });
  }

  /** The instances of a function's ec2 pool. */
  instancesOf(functionName: string): Instances {
    return this.#known(this.#instances, functionName, "ec2");
  }

  /** The instances of a function's managed-instances pool. */
  managedInstancesOf(functionName: string): ManagedInstances {
    return this.#known(this.#managed, functionName, "managed-instances");
  }

  #forEach<T>(
    { functions }: ClusterArgs,
    placement: PoolPlacement,
    build: (name: string, settings: FunctionSettings) => T,
  ): ReadonlyMap<string, T> {
    const placed = Object.entries(functions).filter(([, each]) => poolPlacements(each).includes(placement));
    return new Map(placed.map(([name, settings]) => [name, build(name, settings)]));
  }

  #known<T>(found: ReadonlyMap<string, T>, functionName: string, placement: PoolPlacement): T {
    const instances = found.get(functionName);
    if (instances !== undefined) return instances;
    throw new pulumi.ResourceError(
      `The cluster has no ${placement} instances for ${functionName}, got ${[...found.keys()].join(", ") || "none"}; give the cluster the function with that placement.`,
      this,
      true,
    );
  }
}

/** Container Insights would make its log group without end and without our key; the name is known, so it is there first. */
function clusterWithInsights(
  name: string,
  logs: LogSettings,
  opts: pulumi.CustomResourceOptions,
): aws.ecs.Cluster {
  const clusterName = stackName(name);
  const group = logGroup(
    `${name}-insights`,
    `/aws/ecs/containerinsights/${clusterName}/performance`,
    logs,
    opts,
  );
  const settings = [{ name: "containerInsights", value: "enabled" }];
  return new aws.ecs.Cluster(name, { name: clusterName, settings }, { ...opts, dependsOn: [group] });
}

function instancesArgs(
  settings: FunctionSettings,
  args: ClusterArgs,
  functionName: string,
): Omit<InstancesArgs, "cluster"> {
  const { instanceTypes, architecture, imageId, spotPercent, warmInstances, ephemeralStorageMib } = settings;
  return {
    network: args.network,
    retain: args.retain,
    tags: { ...args.tags, Function: functionName },
    instanceTypes,
    architecture,
    imageId,
    spotPercent,
    warmInstances,
    ephemeralStorageMib,
    gpu: settings.gpu > 0,
    maxInstances: settings.maxWorkers,
    onDemandInstances: settings.onDemandWorkers,
  };
}

function managedArgs(settings: FunctionSettings, args: ClusterArgs): Omit<ManagedInstancesArgs, "cluster"> {
  const { instanceTypes, architecture, gpu, cpu, memoryMib, ephemeralStorageMib, spotPercent } = settings;
  return {
    network: args.network,
    instanceTypes,
    architecture,
    gpu,
    cpu,
    memoryMib,
    ephemeralStorageMib,
    spot: spotPercent === 100,
  };
}
