/** Rights on what has an id in place of a name: the network and the key. */
import type { Statement } from "../document";
import { verbs, type DeployScope } from "./scope";

/** What is made in a VPC, or a subnet of it. */
const INSIDE = ["FlowLogs", "NatGateway", "RouteTable", "SecurityGroup", "Subnet"];
const NETWORK = [...INSIDE, "InternetGateway", "LaunchTemplate", "Vpc"];

/**
 * Made with the stack's tag, changed where it has the tag.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/tag-permissions.html
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource
 */
export function byTag({ accountId, region, prefix }: DeployScope): readonly Statement[] {
  const network = `arn:aws:ec2:${region}:${accountId}:*`;
  const key = `arn:aws:kms:${region}:${accountId}:key/*`;
  const create = { StringEquals: { "aws:RequestTag/Stack": prefix } };
  const change = { StringEquals: { "aws:ResourceTag/Stack": prefix } };
  return [
    {
      Sid: "CreateNetwork",
      Effect: "Allow",
      Action: ["ec2:AllocateAddress", ...verbs("ec2", ["Create"], ...NETWORK), "ec2:CreateVpcEndpoint"],
      Resource: [network],
      Condition: create,
    },
    {
      // Within those calls alone: else a tag would make anything in the account this stack's own.
      Sid: "TagNetwork",
      Effect: "Allow",
      Action: ["ec2:CreateTags"],
      Resource: [network],
      Condition: {
        StringEquals: {
          ...create.StringEquals,
          "ec2:CreateAction": [
            "AllocateAddress",
            "CreateVpcEndpoint",
            ...NETWORK.map((noun) => `Create${noun}`),
          ],
        },
      },
    },
    {
      // A VPC comes with a group that nobody asked for, and so without a tag.
      Sid: "AdoptDefaultGroup",
      Effect: "Allow",
      Action: ["ec2:CreateTags"],
      Resource: [`arn:aws:ec2:${region}:${accountId}:security-group/*`],
      Condition: { ...create, StringEqualsIfExists: change.StringEquals },
    },
    {
      Sid: "ChangeNetwork",
      Effect: "Allow",
      Action: [
        "ec2:AssociateRouteTable",
        "ec2:AttachInternetGateway",
        "ec2:AuthorizeSecurityGroup*gress",
        ...verbs("ec2", ["Create"], ...INSIDE),
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
        "ec2:RevokeSecurityGroup*gress",
      ],
      Resource: [network],
      Condition: change,
    },
    {
      Sid: "CreateKey",
      Effect: "Allow",
      // KMS has no condition for a tag that comes with a new key, so a key without the tag can be given it: docs/operations.md.
      Action: ["kms:CreateKey", "kms:TagResource"],
      Resource: [key],
      Condition: { ...create, StringEqualsIfExists: change.StringEquals },
    },
    {
      Sid: "GrantKey",
      Effect: "Allow",
      Action: ["kms:CreateGrant"],
      Resource: [key],
      Condition: { ...change, Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
    {
      Sid: "ChangeKey",
      Effect: "Allow",
      Action: [
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
