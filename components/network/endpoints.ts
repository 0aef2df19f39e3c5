/** Ways to AWS from a network without NAT: an interface endpoint for each service that what runs there calls. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { poolPlacements, type FunctionSettings } from "../settings/function-entry";

/** Pull an image, log, poll, and take on the function's role. */
const EVERY_WORKER = ["ecr.api", "ecr.dkr", "logs", "states", "sts"];
/** The agent of an instance; on Fargate it is AWS's: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html */
const INSTANCES = ["ecs", "ecs-agent", "ecs-telemetry"];
const SECRETS = ["kms", "secretsmanager"];

/** The services, in order, that these functions need an endpoint for; S3 has a gateway, which is free. */
export function endpointServices(
  functions: readonly FunctionSettings[],
  extra: readonly string[],
): readonly string[] {
  const placed = new Set(functions.flatMap(poolPlacements));
  const onInstances = placed.has("ec2") || placed.has("managed-instances");
  const withSecrets = functions.some(({ secrets }) => Object.keys(secrets).length > 0);
  const lambdaInside = functions.some(({ reach }) => reach.length > 0);
  const needed = [
    ...EVERY_WORKER,
    ...(onInstances ? INSTANCES : []),
    ...(withSecrets ? SECRETS : []),
    ...(lambdaInside ? ["xray"] : []),
    ...extra,
  ];
  return [...new Set(needed)].sort();
}

export interface EndpointsArgs {
  readonly services: readonly string[];
  readonly vpcId: pulumi.Input<string>;
  readonly subnetIds: pulumi.Input<string[]>;
  /** Of the VPC: who may call. */
  readonly cidrBlock: string;
}

/** Declares `${name}-endpoints`, and `${name}-SERVICE` for each service. */
export function interfaceEndpoints(
  name: string,
  { services, vpcId, subnetIds, cidrBlock }: EndpointsArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  const group = new aws.ec2.SecurityGroup(
    `${name}-endpoints`,
    {
      vpcId,
      description: "Endpoints of AWS services: TLS from this VPC in, nothing out",
      ingress: [
        {
          description: "TLS from this VPC",
          protocol: "tcp",
          fromPort: 443,
          toPort: 443,
          cidrBlocks: [cidrBlock],
        },
      ],
      egress: [],
    },
    opts,
  );
  for (const service of services) {
    new aws.ec2.VpcEndpoint(
      `${name}-${service}`,
      {
        vpcId,
        serviceName: `com.amazonaws.${aws.config.requireRegion()}.${service}`,
        vpcEndpointType: "Interface",
        privateDnsEnabled: true,
        subnetIds,
        securityGroupIds: [group.id],
      },
      opts,
    );
  }
}
