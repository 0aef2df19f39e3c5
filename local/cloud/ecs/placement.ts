/** Where a service's workers would run on AWS: told from its launch type or its capacity provider strategy. */
import { z } from "zod";
import type { GraphResource } from "../../graph";
import { isNotRunnable, propertiesOf } from "../properties";

export const PLACEMENTS = ["fargate", "ec2", "managed-instances"] as const;
export type Placement = (typeof PLACEMENTS)[number];

export function isPlacement(text: string): text is Placement {
  return PLACEMENTS.some((each) => each === text);
}

const capacityProvider = z.object({ managedInstancesProvider: z.unknown().optional() });

/** What a service says of where it runs. */
export interface PlacementClues {
  readonly launchType?: string | undefined;
  readonly capacityProviderStrategies?: readonly { readonly capacityProvider: string }[] | undefined;
}

/** `resources` by name, id and ARN, to find the capacity providers in. */
export function placementOf(
  service: PlacementClues,
  resources: ReadonlyMap<string, GraphResource>,
): Placement {
  const names = service.capacityProviderStrategies?.map((strategy) => strategy.capacityProvider) ?? [];
  if (names.some((name) => name === "FARGATE" || name === "FARGATE_SPOT") || service.launchType === "FARGATE")
    return "fargate";
  const managed = names.some((name) => {
    const resource = resources.get(name);
    const provider = resource === undefined ? null : propertiesOf(resource, capacityProvider);
    return provider !== null && !isNotRunnable(provider) && provider.managedInstancesProvider != null;
  });
  return managed || service.launchType === "MANAGED_INSTANCES" ? "managed-instances" : "ec2";
}
