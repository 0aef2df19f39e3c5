/** Rights on what has an id in place of a name: the network and the key. */
import type { Statement } from "../document";
import { verbs, type DeployScope } from "./scope";

const NETWORK = [
  "FlowLogs",
  "InternetGateway",
  "LaunchTemplate",
  "NatGateway",
  "RouteTable",
  "SecurityGroup",
  "Subnet",
  "Vpc",
];

/** Made with the stack's tag, changed where it has the tag. */
export function byTag({ accountId, region, prefix }: DeployScope): readonly Statement[] {
  const network = `arn:aws:ec2:${region}:${accountId}:*`;
  const key = `arn:aws:kms:${region}:${accountId}:key/*`;
  const create = { StringEquals: { "aws:RequestTag/Stack": prefix } };
  const change = { StringEquals: { "aws:ResourceTag/Stack": prefix } };
  return [
    {
      Sid: "CreateNetwork",
      Effect: "Allow",
      Action: [
        "ec2:AllocateAddress",
        ...verbs("ec2", ["Create"], ...NETWORK),
        "ec2:CreateTags",
        "ec2:CreateVpcEndpoint",
      ],
      Resource: [network],
      Condition: create,
    },
    {
      Sid: "ChangeNetwork",
      Effect: "Allow",
      Action: [
        "ec2:AssociateRouteTable",
        "ec2:AttachInternetGateway",
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress",
        ...verbs("ec2", ["Create"], ...NETWORK),
        "ec2:CreateLaunchTemplateVersion",
        "ec2:CreateRoute",
        "ec2:CreateTags",
        "ec2:CreateVpcEndpoint",
        ...verbs("ec2", ["Delete"], ...NETWORK),
        "ec2:DeleteRoute",
        "ec2:DeleteTags",
        "ec2:DeleteVpcEndpoints",
        "ec2:DetachInternetGateway",
        "ec2:DisassociateAddress",
        "ec2:DisassociateRouteTable",
        "ec2:ModifyLaunchTemplate",
        "ec2:ModifySubnetAttribute",
        "ec2:ModifyVpcAttribute",
        "ec2:ModifyVpcEndpoint",
        "ec2:ReleaseAddress",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
      ],
      Resource: [network],
      Condition: change,
    },
    {
      Sid: "CreateKey",
      Effect: "Allow",
      Action: ["kms:CreateKey", "kms:TagResource"],
      Resource: [key],
      Condition: create,
    },
    {
      Sid: "ChangeKey",
      Effect: "Allow",
      Action: [
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:EnableKeyRotation",
        "kms:GenerateDataKey",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:ListResourceTags",
        "kms:PutKeyPolicy",
        "kms:ScheduleKeyDeletion",
        "kms:TagResource",
        "kms:UntagResource",
        "kms:UpdateKeyDescription",
      ],
      Resource: [key],
      Condition: change,
    },
  ];
}
