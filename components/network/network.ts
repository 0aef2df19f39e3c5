/** The network that workers live in: private subnets, a way out to AWS, and no way in. One of its own, or one that exists. */
import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";
import { writeFlowLogs } from "../iam/logs";
import { logGroup, type LogSettings } from "../log-group";
import { logGroupName } from "../naming";
import { serviceRole } from "../role";
import type { FunctionSettings } from "../settings/function-entry";
import { NAT_GATEWAYS, type CreatedNetwork, type NetworkSettings } from "../settings/network-settings";
import { endpointServices, interfaceEndpoints } from "./endpoints";

/** How long flow logs gather before they are written: ten minutes cost a fraction of one. */
const FLOW_LOG_SECONDS = 600;

export interface NetworkArgs {
  readonly settings: NetworkSettings;
  /** Those that live in it: where there is no NAT, they decide which endpoints there are. */
  readonly functions: readonly FunctionSettings[];
  readonly logs: LogSettings;
}

export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly privateSubnetIds: pulumi.Output<string[]>;
  /** Of every worker: TLS out, nothing in. */
  readonly workerSecurityGroup: aws.ec2.SecurityGroup;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:Network", name, {}, opts);
    const child = { parent: this };
    const { settings } = args;
    if ("vpcId" in settings) {
      this.vpcId = pulumi.output(settings.vpcId);
      this.privateSubnetIds = pulumi.output([...settings.privateSubnetIds]);
    } else {
      const vpc = new awsx.ec2.Vpc(`${name}-vpc`, vpcArgs(settings), {
        ...child,
        transforms: [noPublicAddresses],
      });
      // By the VPC itself, so that a preview knows what belongs to it; the component's vpcId names only the component.
      this.vpcId = vpc.vpc.apply(({ id }) => id);
      this.privateSubnetIds = vpc.privateSubnetIds;
      watch(name, this.vpcId, args.logs, child);
      closeDefaultGroup(name, this.vpcId, child);
      if (settings.natGateways === "none") {
        const services = endpointServices(args.functions, settings.endpointServices);
        const { cidrBlock } = settings;
        interfaceEndpoints(
          name,
          { services, vpcId: this.vpcId, subnetIds: this.privateSubnetIds, cidrBlock },
          child,
        );
      }
    }
    this.workerSecurityGroup = new aws.ec2.SecurityGroup(
      `${name}-workers`,
      {
        vpcId: this.vpcId,
        description: "Workers of Loveless: TLS out, nothing in",
        ingress: [],
        egress: [tlsOut],
      },
      child,
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

function vpcArgs(args: CreatedNetwork): awsx.ec2.VpcArgs {
  return {
    cidrBlock: args.cidrBlock,
    numberOfAvailabilityZones: args.zones,
    enableDnsHostnames: true,
    // awsx makes a gateway for each zone unless told: https://github.com/pulumi/pulumi-awsx/issues/884
    natGateways: { strategy: NAT_GATEWAYS[args.natGateways] },
    subnetStrategy: "Auto",
    // Public ones hold NAT gateways alone. They stay without NAT too, so that a change of mind moves no subnet.
    subnetSpecs: [{ type: "Private" }, { type: "Public" }],
    // S3 through a gateway is free, and NAT is not; images come from S3 as well.
    vpcEndpointStrategy: "Auto",
    vpcEndpointSpecs: [
      { serviceName: `com.amazonaws.${aws.config.requireRegion()}.s3`, vpcEndpointType: "Gateway" },
    ],
  };
}

/** awsx gives what starts in a public subnet a public address. NAT gateways bring their own, and nothing else starts there. */
const noPublicAddresses: pulumi.ResourceTransform = ({ type, props, opts }) =>
  type === "aws:ec2/subnet:Subnet" ? { props: { ...props, mapPublicIpOnLaunch: false }, opts } : undefined;

function watch(
  name: string,
  vpcId: pulumi.Output<string>,
  logs: LogSettings,
  opts: pulumi.CustomResourceOptions,
): void {
  const group = logGroup(`${name}-flow`, logGroupName("", `network/${name}`), logs, opts);
  const { role, policy } = serviceRole(
    `${name}-flow`,
    { service: "vpc-flow-logs.amazonaws.com", grants: [group.arn.apply(writeFlowLogs)] },
    opts,
  );
  new aws.ec2.FlowLog(
    `${name}-flow`,
    {
      vpcId,
      trafficType: "ALL",
      logDestination: group.arn,
      iamRoleArn: role.arn,
      maxAggregationInterval: FLOW_LOG_SECONDS,
    },
    { ...opts, dependsOn: [policy] },
  );
}

/** Whatever is started without a group of its own reaches nothing. */
function closeDefaultGroup(
  name: string,
  vpcId: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): void {
  new aws.ec2.DefaultSecurityGroup(`${name}-default`, { vpcId, ingress: [], egress: [] }, opts);
}
