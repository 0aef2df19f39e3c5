/** From what a service says of its capacity providers to the room that its workers find here. */
import { z } from "zod";
import type { GraphResource } from "../../graph";
import type { Clock } from "../clock";
import { isNotRunnable, propertiesOf } from "../properties";
import { createFargateCapacity, createInstanceCapacity, type Capacity, type LaunchRate } from "./capacity";
import type { WorkerNeeds } from "./instance-types";
import { workersPerInstance } from "./instance-types";
import type { Placement, PlacementClues } from "./placement";

/** The instances behind a service. */
export interface InstanceFacts {
  /** Its workers share the instances with those of every other service that names it. */
  readonly provider: string;
  /** The first that the group would start; null where the program does not say. */
  readonly instanceType: string | null;
  readonly maxInstances: number;
}

const capacityProvider = z.object({
  autoScalingGroupProvider: z.object({ autoScalingGroupArn: z.string().optional() }).optional(),
});
const group = z.object({
  maxSize: z.number().optional(),
  mixedInstancesPolicy: z
    .object({
      launchTemplate: z.object({
        overrides: z.array(z.object({ instanceType: z.string().optional() })).optional(),
      }),
    })
    .optional(),
});

/** Null on Fargate, whose workers share nothing. */
export function instanceFactsOf(
  service: PlacementClues,
  placement: Placement,
  resources: ReadonlyMap<string, GraphResource>,
): InstanceFacts | null {
  if (placement === "fargate") return null;
  const provider = service.capacityProviderStrategies?.[0]?.capacityProvider ?? "";
  const groupArn = read(resources.get(provider), capacityProvider)?.autoScalingGroupProvider
    ?.autoScalingGroupArn;
  const found = read(resources.get(groupArn ?? ""), group);
  return {
    provider,
    instanceType: found?.mixedInstancesPolicy?.launchTemplate.overrides?.[0]?.instanceType ?? null,
    maxInstances: found?.maxSize ?? Number.POSITIVE_INFINITY,
  };
}

function read<T>(resource: GraphResource | undefined, schema: z.ZodType<T>): T | null {
  const found = resource === undefined ? null : propertiesOf(resource, schema);
  return found === null || isNotRunnable(found as object) ? null : (found as T);
}

/** A group that grows from nothing starts two instances: https://github.com/aws/containers-roadmap/issues/1716 */
const FIRST_INSTANCES: Readonly<Record<Placement, number>> = { ec2: 2, "managed-instances": 1, fargate: 1 };
/**
 * How long an empty instance stays. ECS's managed scaling takes one back after 15 minutes below its target; of Managed
 * Instances no time is documented, so one minute is our assumption.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-scaling-behavior.html
 */
const LINGER_MINUTES: Readonly<Record<Placement, number>> = { ec2: 15, "managed-instances": 1, fargate: 0 };

export interface CapacityOptions {
  readonly clock: Clock;
  readonly launchRate: LaunchRate;
  readonly startDelaySeconds: Readonly<Record<Placement, number>>;
  /** The length of the local cloud's minute. */
  readonly minuteSeconds: number;
  readonly warn: (message: string) => void;
}

export function capacityOf(
  pool: {
    readonly serviceName: string;
    readonly placement: Placement;
    readonly instances: InstanceFacts | null;
    readonly needs: WorkerNeeds;
  },
  options: CapacityOptions,
): Capacity {
  const { clock, launchRate, minuteSeconds, warn } = options;
  const { placement, instances, needs, serviceName } = pool;
  const startDelaySeconds = options.startDelaySeconds[placement];
  if (instances === null) return createFargateCapacity(clock, launchRate, startDelaySeconds);
  return createInstanceCapacity({
    clock,
    startDelaySeconds,
    workersPerInstance: workersPerInstance(instances.instanceType, needs),
    maxInstances: instances.maxInstances,
    firstInstances: FIRST_INSTANCES[placement],
    lingerSeconds: LINGER_MINUTES[placement] * minuteSeconds,
    onFull: () => {
      warn(
        `Workers of ${serviceName} wait for room: its group may have ${String(instances.maxInstances)} instances, and all are full.`,
      );
    },
  });
}
