/** A pool on Fargate: nothing to look after, half a minute to start, no GPU. */
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { WorkerService, type Capacity, type WorkersArgs } from "./worker-service";

export interface FargatePoolArgs extends WorkersArgs {
  /** Share of the workers above `onDemandWorkers` on Spot: about a third of the price, two minutes' notice. */
  readonly spotPercent: number;
  /** Workers that are never on Spot. */
  readonly onDemandWorkers: number;
}

export class FargatePool extends pulumi.ComponentResource {
  readonly service: aws.ecs.Service;

  constructor(name: string, args: FargatePoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:FargatePool", name, {}, opts);
    // A move from ec2 may leave a GPU in the function's settings; Fargate has none.
    const workers = new WorkerService(
      name,
      { ...args, gpu: 0, capacity: capacityOf(args) },
      { parent: this },
    );
    this.service = workers.service;
    this.registerOutputs({ serviceArn: this.service.arn });
  }
}

function capacityOf({ spotPercent, onDemandWorkers }: FargatePoolArgs): Capacity {
  const onDemand = { capacityProvider: "FARGATE", weight: 100 - spotPercent, base: onDemandWorkers };
  const spot = { capacityProvider: "FARGATE_SPOT", weight: spotPercent };
  const used = [
    ...(spotPercent < 100 || onDemandWorkers > 0 ? [onDemand] : []),
    ...(spotPercent > 0 ? [spot] : []),
  ];
  return { placement: "fargate", strategies: used };
}
