/** A pool on ECS Managed Instances: EC2 types and GPUs, with AWS to pick, patch and replace the instances. */
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ManagedInstances } from "./managed-instances";
import { WorkerService, type WorkersArgs } from "./worker-service";

export interface ManagedInstancesPoolArgs extends WorkersArgs {
  readonly instances: ManagedInstances;
}

export class ManagedInstancesPool extends pulumi.ComponentResource {
  readonly service: aws.ecs.Service;

  constructor(name: string, args: ManagedInstancesPoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:ManagedInstancesPool", name, {}, opts);
    const { instances, ...rest } = args;
    const strategies = [{ capacityProvider: instances.capacityProvider.name, weight: 1 }];
    const capacity = { placement: "managed-instances", strategies } as const;
    const workers = new WorkerService(name, { ...rest, capacity }, { parent: this });
    this.service = workers.service;
    this.registerOutputs({ serviceArn: this.service.arn });
  }
}
