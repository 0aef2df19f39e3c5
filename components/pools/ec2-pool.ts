/** A pool on EC2 instances of its own, which the cluster holds for it: any type, GPUs, Spot, warm instances. */
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Instances } from "./instances";
import { WorkerService, type WorkersArgs } from "./worker-service";

export interface Ec2PoolArgs extends WorkersArgs {
  readonly instances: Instances;
}

export class Ec2Pool extends pulumi.ComponentResource {
  readonly service: aws.ecs.Service;

  constructor(name: string, args: Ec2PoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:Ec2Pool", name, {}, opts);
    const { instances, ...rest } = args;
    const strategies = [{ capacityProvider: instances.capacityProvider.name, weight: 1 }];
    const workers = new WorkerService(
      name,
      { ...rest, capacity: { placement: "ec2", strategies } },
      { parent: this },
    );
    this.service = workers.service;
    this.registerOutputs({ serviceArn: this.service.arn });
  }
}
