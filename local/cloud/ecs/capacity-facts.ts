/** What the graph says of the capacity behind a service: its instances, and how much of it is Spot. */
import { z } from "zod";
import type { GraphResource } from "../../graph";
import { isNotRunnable, propertiesOf } from "../properties";
import type { Placement } from "./placement";

/** The instances behind a service. */
export interface InstanceFacts {
  /** Its workers share the instances with those of every other service that names it. */
  readonly provider: string;
  /** The first that the group would start; null where the program does not say. */
  readonly instanceType: string | null;
  readonly maxInstances: number;
  /** How many wait, stopped, to be started faster. */
  readonly warmInstances: number;
}

/** Which of a service's workers may be taken back at two minutes' notice. */
export interface SpotFacts {
  /** So many never are. */
  readonly onDemandWorkers: number;
  /** The share of the others that is on Spot, from 0 to 1. */
  readonly share: number;
}

export interface CapacityStrategy {
  readonly capacityProvider: string;
  readonly base?: number | undefined;
  readonly weight?: number | undefined;
}

type Resources = ReadonlyMap<string, GraphResource>;

const capacityProvider = z.object({
  autoScalingGroupProvider: z.object({ autoScalingGroupArn: z.string().optional() }).optional(),
  managedInstancesProvider: z
    .object({ instanceLaunchTemplate: z.object({ capacityOptionType: z.string().optional() }).optional() })
    .optional(),
});
const template = z.object({ instanceType: z.string().optional() });
const group = z.object({
  maxSize: z.number().optional(),
  launchTemplate: z.object({ id: z.string().optional() }).optional(),
  warmPool: z.object({ minSize: z.number().default(0) }).optional(),
  mixedInstancesPolicy: z
    .object({
      instancesDistribution: z
        .object({
          onDemandBaseCapacity: z.number().default(0),
          onDemandPercentageAboveBaseCapacity: z.number().default(100),
        })
        .optional(),
      launchTemplate: z.object({ overrides: z.array(template).optional() }),
    })
    .optional(),
});

/** Null on Fargate, whose workers share nothing. */
export function instanceFactsOf(
  strategies: readonly CapacityStrategy[],
  placement: Placement,
  resources: Resources,
): InstanceFacts | null {
  if (placement === "fargate") return null;
  const provider = strategies[0]?.capacityProvider ?? "";
  const found = groupOf(provider, resources);
  const only = read(resources.get(found?.launchTemplate?.id ?? ""), template)?.instanceType;
  const [first] = found?.mixedInstancesPolicy?.launchTemplate.overrides ?? [];
  return {
    provider,
    instanceType: first?.instanceType ?? only ?? null,
    maxInstances: found?.maxSize ?? Number.POSITIVE_INFINITY,
    warmInstances: found?.warmPool?.minSize ?? 0,
  };
}

export function spotFactsOf(
  strategies: readonly CapacityStrategy[],
  placement: Placement,
  resources: Resources,
): SpotFacts {
  if (placement === "fargate") {
    const weights = strategies.reduce((sum, { weight = 0 }) => sum + weight, 0);
    const spot = strategies.find((each) => each.capacityProvider === "FARGATE_SPOT");
    const base = strategies.find((each) => each.capacityProvider === "FARGATE")?.base ?? 0;
    const share = spot === undefined ? 0 : weights === 0 ? 1 : (spot.weight ?? 0) / weights;
    return { onDemandWorkers: base, share };
  }
  const provider = strategies[0]?.capacityProvider ?? "";
  const managed = read(resources.get(provider), capacityProvider)?.managedInstancesProvider;
  if (managed !== undefined) {
    const isSpot = managed.instanceLaunchTemplate?.capacityOptionType === "SPOT";
    return { onDemandWorkers: 0, share: isSpot ? 1 : 0 };
  }
  const distribution = groupOf(provider, resources)?.mixedInstancesPolicy?.instancesDistribution;
  return {
    onDemandWorkers: distribution?.onDemandBaseCapacity ?? 0,
    share: 1 - (distribution?.onDemandPercentageAboveBaseCapacity ?? 100) / 100,
  };
}

function groupOf(provider: string, resources: Resources): z.infer<typeof group> | null {
  const found = read(resources.get(provider), capacityProvider)?.autoScalingGroupProvider;
  return read(resources.get(found?.autoScalingGroupArn ?? ""), group);
}

function read<T extends object>(resource: GraphResource | undefined, schema: z.ZodType<T>): T | null {
  if (resource === undefined) return null;
  const found = propertiesOf(resource, schema);
  return isNotRunnable(found) ? null : found;
}
