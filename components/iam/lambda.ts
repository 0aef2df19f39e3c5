/** Rights that Lambda itself needs on behalf of a function. */
import { onEverything, type Statement } from "./document";

/** Attach a function to a VPC: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
export function attachToVpc(): readonly Statement[] {
  return [
    onEverything("AttachToVpc", [
      "ec2:AssignPrivateIpAddresses",
      "ec2:CreateNetworkInterface",
      "ec2:DeleteNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeVpcs",
      "ec2:UnassignPrivateIpAddresses",
    ]),
  ];
}
