/** Rights on the stack's roles: the ones by which CI could get more than it has, and so within a boundary. */
import type { Statement } from "../document";
import { verbs, type DeployScope } from "./scope";

/** Make the stack's roles, and hand them to the services that take them on. */
export function roles({ accountId, prefix, permissionsBoundaryArn }: DeployScope): readonly Statement[] {
  const own = `arn:aws:iam::${accountId}:role/${prefix}-*`;
  return [
    {
      Sid: "DeployRoles",
      Effect: "Allow",
      Action: [
        ...verbs("iam", ["Delete", "Get", "Tag", "Untag", "Update"], "Role"),
        ...verbs("iam", ["Delete", "Detach", "Get"], "RolePolicy"),
        "iam:*InstanceProfile",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
        "iam:ListRolePolicies",
        "iam:UpdateAssumeRolePolicy",
      ],
      Resource: [own, `arn:aws:iam::${accountId}:instance-profile/${prefix}-*`],
    },
    {
      Sid: "GrantWithinBoundary",
      Effect: "Allow",
      Action: ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy"],
      Resource: [own],
      Condition: { StringEquals: { "iam:PermissionsBoundary": permissionsBoundaryArn } },
    },
    {
      Sid: "PassRoles",
      Effect: "Allow",
      Action: ["iam:PassRole"],
      Resource: [own],
      Condition: {
        StringEquals: {
          "iam:PassedToService": [
            "ec2.amazonaws.com",
            "ecs.amazonaws.com",
            "ecs-tasks.amazonaws.com",
            "lambda.amazonaws.com",
            "scheduler.amazonaws.com",
            "states.amazonaws.com",
            "vpc-flow-logs.amazonaws.com",
          ],
        },
      },
    },
  ];
}
