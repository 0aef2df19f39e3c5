/**
 * What CI may do to deploy this stack, and no other stack of the account: whatever has a name is told by the stack's
 * prefix, whatever has none by the stack's tag. Reading names and settings is free; data is out of reach.
 */
import { onEverything, type Statement } from "./document";

export interface DeployScope {
  readonly accountId: string;
  readonly region: string;
  /** `PROJECT-STACK`, with which every name begins. */
  readonly prefix: string;
  /** On every role that is made, so that nobody gets more through one than the boundary allows. */
  readonly permissionsBoundaryArn: string;
}

export function deployStack(scope: DeployScope): readonly Statement[] {
  return [...named(scope), ...tagged(scope), ...roles(scope), images(scope), seeStack()];
}

/**
 * Services whose resources carry the stack's prefix in their ARN. `*Tag*` is to list tags, to set and to remove them, and
 * nothing else of these services: written out, the document would not fit a role.
 */
function named({ accountId, region, prefix }: DeployScope): readonly Statement[] {
  const arn = (service: string, resource: string): string =>
    `arn:aws:${service}:${region}:${accountId}:${resource}`;
  const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]): Statement => ({
    Sid,
    Effect: "Allow",
    Action,
    Resource,
  });
  return [
    allow(
      "DeployStates",
      [
        ...verbs("states", "StateMachine", ["Create", "Delete", "Describe", "Update"]),
        ...verbs("states", "StateMachineAlias", ["Create", "Delete", "Describe", "Update"]),
        ...verbs("states", "Activity", ["Create", "Delete", "Describe"]),
        "states:DeleteStateMachineVersion",
        "states:*Tag*",
        "states:PublishStateMachineVersion",
      ],
      [arn("states", `stateMachine:${prefix}-*`), arn("states", `activity:${prefix}-*`)],
    ),
    allow(
      "DeployFunctions",
      [
        ...verbs("lambda", "Function", ["Create", "Delete", "Get"]),
        ...verbs("lambda", "FunctionEventInvokeConfig", ["Delete", "Get", "Put", "Update"]),
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
      [arn("lambda", `function:${prefix}-*`)],
    ),
    allow(
      "DeployPools",
      [
        ...verbs("ecs", "Cluster", ["Create", "Delete", "Update"]),
        ...verbs("ecs", "Service", ["Create", "Delete", "Update"]),
        ...verbs("ecs", "CapacityProvider", ["Create", "Delete", "Update"]),
        "ecs:DescribeClusters",
        "ecs:DescribeServices",
        "ecs:*Tag*",
        "ecs:PutClusterCapacityProviders",
        "ecs:RegisterTaskDefinition",
      ],
      ["cluster", "service", "capacity-provider", "task-definition"].map((kind) =>
        arn("ecs", `${kind}/${prefix}-*`),
      ),
    ),
    allow(
      "DeployGroups",
      [
        ...verbs("autoscaling", "AutoScalingGroup", ["Create", "Delete", "Update"]),
        "autoscaling:CancelInstanceRefresh",
        "autoscaling:*Tags",
        "autoscaling:DeleteWarmPool",
        "autoscaling:PutWarmPool",
        "autoscaling:SetInstanceProtection",
        "autoscaling:StartInstanceRefresh",
      ],
      [arn("autoscaling", `autoScalingGroup:*:autoScalingGroupName/${prefix}-*`)],
    ),
    allow(
      "DeployRepositories",
      [
        ...verbs("ecr", "Repository", ["Create", "Delete"]),
        ...verbs("ecr", "LifecyclePolicy", ["Delete", "Get", "Put"]),
        ...verbs("ecr", "RepositoryPolicy", ["Delete", "Get", "Set"]),
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:DescribeImages",
        "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload",
        "ecr:*Tag*",
        "ecr:PutImage",
        "ecr:PutImageScanningConfiguration",
        "ecr:UploadLayerPart",
      ],
      [arn("ecr", `repository/${prefix}-*`)],
    ),
    allow(
      "DeployLogGroups",
      [
        ...verbs("logs", "LogGroup", ["Create", "Delete"]),
        ...verbs("logs", "SubscriptionFilter", ["Delete", "Put"]),
        "logs:DescribeSubscriptionFilters",
        "logs:AssociateKmsKey",
        "logs:DeleteRetentionPolicy",
        "logs:ListTagsForResource",
        "logs:TagResource",
        "logs:UntagResource",
        "logs:PutRetentionPolicy",
      ],
      ["", "/aws/vendedlogs/states", "/aws/ecs/containerinsights"].map((path) =>
        arn("logs", `log-group:${path}/${prefix}*`),
      ),
    ),
    allow(
      "DeployAlarms",
      [
        "cloudwatch:DeleteAlarms",
        "cloudwatch:ListTagsForResource",
        "cloudwatch:TagResource",
        "cloudwatch:UntagResource",
        "cloudwatch:PutMetricAlarm",
      ],
      [arn("cloudwatch", `alarm:${prefix}-*`)],
    ),
    allow(
      "DeployDashboard",
      ["cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard", "cloudwatch:PutDashboard"],
      [`arn:aws:cloudwatch::${accountId}:dashboard/${prefix}-*`],
    ),
    allow(
      "DeployMessaging",
      [
        ...verbs("sns", "Topic", ["Create", "Delete"]),
        ...verbs("sns", "TopicAttributes", ["Get", "Set"]),
        "sns:GetSubscriptionAttributes",
        "sns:*Tag*",
        "sns:Subscribe",
        "sns:Unsubscribe",
        ...verbs("sqs", "Queue", ["Create", "Delete"]),
        ...verbs("sqs", "QueueAttributes", ["Get", "Set"]),
        "sqs:GetQueueUrl",
        "sqs:*Tag*",
      ],
      [arn("sns", `${prefix}-*`), arn("sqs", `${prefix}-*`)],
    ),
    allow(
      "DeploySchedule",
      [
        ...verbs("scheduler", "Schedule", ["Create", "Delete", "Get", "Update"]),
        "scheduler:ListTagsForResource",
      ],
      [arn("scheduler", `schedule/default/${prefix}-*`)],
    ),
    allow(
      "DeploySettings",
      [
        ...verbs("ssm", "Parameter", ["Delete", "Get", "Put"]),
        ...verbs("ssm", "Parameters", ["Get"]),
        "ssm:*Tag*",
      ],
      [arn("ssm", `parameter/${prefix}-*`)],
    ),
    allow(
      "DeployBudget",
      ["budgets:*Tag*", "budgets:ModifyBudget", "budgets:ViewBudget"],
      [`arn:aws:budgets::${accountId}:budget/${prefix}-*`],
    ),
    allow("DeployBucket", bucketActions, [`arn:aws:s3:::${prefix}-*`]),
  ];
}

/** Settings of a bucket; its objects are out of reach. */
const bucketActions = [
  "s3:CreateBucket",
  "s3:DeleteBucket",
  "s3:DeleteBucketPolicy",
  "s3:GetAccelerateConfiguration",
  "s3:GetBucket*",
  "s3:GetEncryptionConfiguration",
  "s3:GetLifecycleConfiguration",
  "s3:GetReplicationConfiguration",
  "s3:ListBucket",
  "s3:PutBucketOwnershipControls",
  "s3:PutBucketPolicy",
  "s3:PutBucketPublicAccessBlock",
  "s3:PutBucketTagging",
  "s3:PutBucketVersioning",
  "s3:PutEncryptionConfiguration",
  "s3:PutLifecycleConfiguration",
];

/** What has an id in place of a name: made with the stack's tag, changed where it has the tag. */
function tagged({ accountId, region, prefix }: DeployScope): readonly Statement[] {
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
        ...verbs("ec2", "", ["Create"], NETWORK),
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
        ...verbs("ec2", "", ["Create"], NETWORK),
        "ec2:CreateLaunchTemplateVersion",
        "ec2:CreateRoute",
        "ec2:CreateTags",
        "ec2:CreateVpcEndpoint",
        ...verbs("ec2", "", ["Delete"], NETWORK),
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

/** Make the stack's roles, and hand them to the services that take them on. */
function roles({ accountId, prefix, permissionsBoundaryArn }: DeployScope): readonly Statement[] {
  const own = `arn:aws:iam::${accountId}:role/${prefix}-*`;
  return [
    {
      Sid: "DeployRoles",
      Effect: "Allow",
      Action: [
        ...verbs("iam", "Role", ["Delete", "Get", "Tag", "Untag", "Update"]),
        ...verbs("iam", "RolePolicy", ["Delete", "Detach", "Get"]),
        ...verbs("iam", "InstanceProfile", ["Create", "Delete", "Get", "Tag", "Untag"]),
        "iam:AddRoleToInstanceProfile",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
        "iam:ListRolePolicies",
        "iam:RemoveRoleFromInstanceProfile",
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

function images(_scope: DeployScope): Statement {
  return onEverything("LogInToRegistry", ["ecr:GetAuthorizationToken"]);
}

/** Reading that takes no resource. */
function seeStack(): Statement {
  return onEverything("SeeStack", [
    "autoscaling:Describe*",
    "cloudwatch:DescribeAlarms",
    "ec2:Describe*",
    "ecr:DescribeRepositories",
    "ecs:DeregisterTaskDefinition",
    "ecs:DescribeCapacityProviders",
    "ecs:DescribeTaskDefinition",
    "logs:DeleteQueryDefinition",
    "logs:DescribeLogGroups",
    "logs:DescribeQueryDefinitions",
    "logs:PutQueryDefinition",
    "ssm:DescribeParameters",
    "states:ValidateStateMachineDefinition",
    "sts:GetCallerIdentity",
  ]);
}

/** `SERVICE:VERBnoun` for each verb, and each noun where there are several; `Attach` and `Delete` of a policy have a word of their own. */
function verbs(
  service: string,
  noun: string,
  each: readonly string[],
  nouns: readonly string[] = [noun],
): readonly string[] {
  return nouns.flatMap((one) => each.map((verb) => `${service}:${verb}${one}`));
}
