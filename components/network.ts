/** The network that workers live in: private subnets, a way out to AWS, and no way in. */
import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";
import type { NetworkSettings } from "./settings";

export type NetworkArgs = NetworkSettings;

export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly privateSubnetIds: pulumi.Output<string[]>;
  /** Of every worker: TLS out, nothing in. */
  readonly workerSecurityGroup: aws.ec2.SecurityGroup;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:Network", name, {}, opts);
    const vpc = new awsx.ec2.Vpc(`${name}-vpc`, vpcArgs(args), { parent: this });
    this.vpcId = vpc.vpcId;
    this.privateSubnetIds = vpc.privateSubnetIds;
    this.workerSecurityGroup = new aws.ec2.SecurityGroup(
      `${name}-workers`,
      {
        vpcId: vpc.vpcId,
        description: "Workers of Loveless: TLS out, nothing in",
        ingress: [],
        egress: [tlsOut],
      },
      { parent: this },
    );
    this.registerOutputs({ vpcId: this.vpcId, privateSubnetIds: this.privateSubnetIds });
  }
}

/** AWS's own services and container registries; names are resolved by the VPC, which needs no rule. */
const tlsOut = {
  description: "TLS to AWS",
  protocol: "tcp",
  fromPort: 443,
  toPort: 443,
  cidrBlocks: ["0.0.0.0/0"],
};

function vpcArgs(args: NetworkArgs): awsx.ec2.VpcArgs {
  return {
    cidrBlock: args.cidrBlock,
    numberOfAvailabilityZones: args.zones,
    enableDnsHostnames: true,
    // awsx makes a gateway for each zone unless told: https://github.com/pulumi/pulumi-awsx/issues/884
    natGateways: { strategy: args.natGateways === "single" ? "Single" : "OnePerAz" },
    subnetStrategy: "Auto",
    subnetSpecs: [{ type: "Private" }, { type: "Public" }],
  };
}
