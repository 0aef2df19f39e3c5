/**
 * Rights on what carries the stack's prefix in its ARN: most of what a stack has. A `*` stands for every verb of a noun, as
 * in `*Tag*`: written out, the document would not fit a role.
 */
import type { Statement } from "../document";
import { verbs, type DeployScope } from "./scope";

/** ARNs after `arn:aws:`, in which REGION, ACCOUNT and PREFIX stand for the scope's own. */
const NAMED: readonly Pick<Required<Statement>, "Sid" | "Action" | "Resource">[] = [
  {
    Sid: "DeployStates",
    Action: [
      ...verbs("states", ["Create", "Delete", "Describe", "Update"], "StateMachine"),
      "states:*StateMachineAlias",
      ...verbs("states", ["Create", "Delete", "Describe"], "Activity"),
      "states:DeleteStateMachineVersion",
      "states:*Tag*",
      "states:PublishStateMachineVersion",
    ],
    Resource: ["states:REGION:ACCOUNT:stateMachine:PREFIX-*", "states:REGION:ACCOUNT:activity:PREFIX-*"],
  },
  {
    Sid: "DeployFunctions",
    Action: [
      ...verbs("lambda", ["Create", "Delete", "Get"], "Function"),
      "lambda:*FunctionEventInvokeConfig",
      "lambda:AddPermission",
      "lambda:DeleteFunctionConcurrency",
      "lambda:GetFunctionCodeSigningConfig",
      "lambda:GetPolicy",
      "lambda:*Tag*",
      "lambda:ListVersionsByFunction",
      "lambda:PutFunctionConcurrency",
      "lambda:RemovePermission",
      "lambda:UpdateFunctionCode",
      "lambda:UpdateFunctionConfiguration",
    ],
    Resource: ["lambda:REGION:ACCOUNT:function:PREFIX-*"],
  },
  {
    Sid: "DeployPools",
    Action: [
      ...verbs("ecs", ["Create", "Delete", "Update"], "Cluster", "Service", "CapacityProvider"),
      "ecs:DescribeClusters",
      "ecs:DescribeServices",
      "ecs:*Tag*",
      "ecs:PutClusterCapacityProviders",
      "ecs:RegisterTaskDefinition",
    ],
    Resource: [
      "ecs:REGION:ACCOUNT:cluster/PREFIX-*",
      "ecs:REGION:ACCOUNT:service/PREFIX-*",
      "ecs:REGION:ACCOUNT:capacity-provider/PREFIX-*",
      "ecs:REGION:ACCOUNT:task-definition/PREFIX-*",
    ],
  },
  {
    Sid: "DeployGroups",
    Action: [
      ...verbs("autoscaling", ["Create", "Delete", "Update"], "AutoScalingGroup"),
      "autoscaling:*InstanceRefresh",
      "autoscaling:*Tags",
      "autoscaling:*WarmPool",
      "autoscaling:SetInstanceProtection",
    ],
    Resource: ["autoscaling:REGION:ACCOUNT:autoScalingGroup:*:autoScalingGroupName/PREFIX-*"],
  },
  {
    Sid: "DeployRepositories",
    Action: [
      ...verbs("ecr", ["Create", "Delete"], "Repository"),
      "ecr:*LifecyclePolicy",
      "ecr:*RepositoryPolicy",
      "ecr:*Layer*",
      "ecr:BatchGetImage",
      "ecr:DescribeImages",
      "ecr:*Tag*",
      "ecr:PutImage",
      "ecr:PutImageScanningConfiguration",
    ],
    Resource: ["ecr:REGION:ACCOUNT:repository/PREFIX-*"],
  },
  {
    Sid: "DeployLogGroups",
    Action: [
      ...verbs("logs", ["Create", "Delete"], "LogGroup"),
      ...verbs("logs", ["Delete", "Put"], "SubscriptionFilter"),
      "logs:DescribeSubscriptionFilters",
      "logs:AssociateKmsKey",
      "logs:DeleteRetentionPolicy",
      "logs:ListTagsForResource",
      "logs:*TagResource",
      "logs:PutRetentionPolicy",
    ],
    Resource: [
      "logs:REGION:ACCOUNT:log-group:/PREFIX/*",
      "logs:REGION:ACCOUNT:log-group:/aws/vendedlogs/states/PREFIX/*",
      "logs:REGION:ACCOUNT:log-group:/aws/ecs/containerinsights/PREFIX-*",
    ],
  },
  {
    Sid: "DeployAlarms",
    Action: [
      "cloudwatch:DeleteAlarms",
      "cloudwatch:PutMetricAlarm",
      "cloudwatch:ListTagsForResource",
      "cloudwatch:*TagResource",
    ],
    Resource: ["cloudwatch:REGION:ACCOUNT:alarm:PREFIX-*"],
  },
  {
    Sid: "DeployDashboard",
    Action: ["cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard", "cloudwatch:PutDashboard"],
    Resource: ["cloudwatch::ACCOUNT:dashboard/PREFIX-*"],
  },
  {
    Sid: "DeployMessaging",
    Action: [
      ...verbs("sns", ["Create", "Delete"], "Topic"),
      "sns:*TopicAttributes",
      "sns:GetSubscriptionAttributes",
      "sns:*Tag*",
      "sns:Subscribe",
      "sns:Unsubscribe",
      ...verbs("sqs", ["Create", "Delete"], "Queue"),
      "sqs:*QueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:*Tag*",
    ],
    Resource: ["sns:REGION:ACCOUNT:PREFIX-*", "sqs:REGION:ACCOUNT:PREFIX-*"],
  },
  {
    Sid: "DeploySchedule",
    Action: ["scheduler:*Schedule", "scheduler:ListTagsForResource"],
    Resource: ["scheduler:REGION:ACCOUNT:schedule/default/PREFIX-*"],
  },
  {
    Sid: "DeploySettings",
    Action: ["ssm:*Parameter", "ssm:GetParameters", "ssm:*Tag*"],
    Resource: ["ssm:REGION:ACCOUNT:parameter/PREFIX-*"],
  },
  {
    Sid: "DeployBudget",
    Action: ["budgets:*Tag*", "budgets:ModifyBudget", "budgets:ViewBudget"],
    Resource: ["budgets::ACCOUNT:budget/PREFIX-*"],
  },
  // Its settings; its objects are out of reach.
  {
    Sid: "DeployBucket",
    Action: [
      "s3:CreateBucket",
      "s3:DeleteBucket",
      "s3:DeleteBucketPolicy",
      "s3:GetBucket*",
      "s3:Get*Configuration",
      "s3:ListBucket",
      "s3:PutBucketOwnershipControls",
      "s3:PutBucketPolicy",
      "s3:PutBucketPublicAccessBlock",
      "s3:PutBucketTagging",
      "s3:PutBucketVersioning",
      "s3:PutEncryptionConfiguration",
      "s3:PutLifecycleConfiguration",
    ],
    Resource: ["s3:::PREFIX-*"],
  },
];

export function byName({ accountId, region, prefix }: DeployScope): readonly Statement[] {
  const own: Readonly<Record<string, string>> = { REGION: region, ACCOUNT: accountId, PREFIX: prefix };
  const arnOf = (named: string): string =>
    `arn:aws:${named.replace(/REGION|ACCOUNT|PREFIX/g, (word) => own[word] ?? word)}`;
  return NAMED.map(({ Sid, Action, Resource }) => ({
    Sid,
    Effect: "Allow",
    Action,
    Resource: Resource.map(arnOf),
  }));
}
