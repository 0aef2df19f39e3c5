/** The room that the workers of a service find here, as its placement and its instances have it. */
import type { Clock } from "../clock";
import { createFargateCapacity, createInstanceCapacity, type Capacity, type LaunchRate } from "./capacity";
import type { InstanceFacts } from "./capacity-facts";
import { workersPerInstance, type WorkerNeeds } from "./instance-types";
import type { Placement } from "./placement";

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
    warmInstances: instances.warmInstances,
    firstInstances: FIRST_INSTANCES[placement],
    lingerSeconds: LINGER_MINUTES[placement] * minuteSeconds,
    onFull: () => {
      warn(
        `Workers of ${serviceName} wait for room: its group may have ${String(instances.maxInstances)} instances, and all are full.`,
      );
    },
  });
}
