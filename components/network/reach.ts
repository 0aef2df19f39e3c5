/** What a function may reach in its network beside AWS: a security group of its own, the same on every placement. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Reach } from "../settings/function-entry";
import type { Network } from "./network";

/** Declares `${name}-reach`. */
export function reachGroup(
  name: string,
  args: { readonly network: Network; readonly reach: readonly Reach[] },
  opts: pulumi.CustomResourceOptions,
): aws.ec2.SecurityGroup {
  return new aws.ec2.SecurityGroup(
    `${name}-reach`,
    {
      vpcId: args.network.vpcId,
      description: `What the function ${name} may reach beside AWS; nothing in`,
      ingress: [],
      egress: args.reach.map(({ cidrBlock, port, description }) => ({
        description,
        protocol: "tcp",
        fromPort: port,
        toPort: port,
        cidrBlocks: [cidrBlock],
      })),
    },
    opts,
  );
}
