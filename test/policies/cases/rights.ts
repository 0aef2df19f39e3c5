/** IAM: one valid stack per rule, and its breaks. */
import * as types from "../../../policies/types";
import { type Case, resource, set, unset } from "./case";

const ROLE_ARN = "arn:aws:iam::123456789012:role/task";
const KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/1";
const policy = resource(types.ROLE_POLICY, "rights", {
  role: "role",
  policy: {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Queue",
        Effect: "Allow",
        Action: ["sqs:SendMessage"],
        Resource: ["arn:aws:sqs:eu-west-1:123456789012:q"],
      },
      { Effect: "Deny", NotAction: "*", Resource: "*" },
    ],
  },
});
const S = "rights.policy.Statement.0";
const onAll = (action: string) => (all: Parameters<ReturnType<typeof set>>[0]) =>
  set(`${S}.Resource`, "*")(set(`${S}.Action`, action)(all));
const trust = (principal: Record<string, string>, condition?: Record<string, Record<string, string>>) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: principal,
      Action: "sts:AssumeRole",
      ...(condition === undefined ? {} : { Condition: condition }),
    },
  ],
});
const role = resource(types.ROLE, "role", {
  assumeRolePolicy: trust(
    { Service: "lambda.amazonaws.com" },
    { StringEquals: { "aws:SourceAccount": "123456789012" } },
  ),
});
const T = "role.assumeRolePolicy.Statement.0";
const GITHUB = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";

export const rightsCases: readonly Case[] = [
  {
    rule: "iam-no-admin",
    valid: [
      policy,
      resource(types.ROLE_POLICY_ATTACHMENT, "attached", { policyArn: "arn:aws:iam::123456789012:policy/x" }),
    ],
    breaks: {
      "everything is allowed": set(`${S}.Action`, "*"),
      "everything is allowed, in a list": set(`${S}.Action`, ["sqs:SendMessage", "*:*"]),
      "all but something is allowed": (all) => set(`${S}.NotAction`, "iam:*")(unset(`${S}.Action`)(all)),
      "the administrator's policy is attached": set(
        "attached.policyArn",
        "arn:aws:iam::aws:policy/AdministratorAccess",
      ),
    },
  },
  {
    rule: "iam-no-service-wildcard",
    valid: [policy],
    breaks: {
      "all of a service is allowed": set(`${S}.Action`, "sqs:*"),
      "all of a service is allowed among others": set(`${S}.Action`, ["s3:GetObject", "dynamodb:*"]),
    },
    alsoValid: { "a part of a service": set(`${S}.Action`, "sqs:Get*") },
  },
  {
    rule: "iam-actions-exist",
    valid: [policy],
    breaks: {
      "an action is misspelt": set(`${S}.Action`, "sqs:SendMesage"),
      "a service is misspelt": set(`${S}.Action`, "sfn:StartExecution"),
      "a pattern matches nothing": set(`${S}.Action`, "sqs:Fetch*"),
    },
    alsoValid: { "case does not matter": set(`${S}.Action`, "SQS:sendmessage") },
  },
  {
    rule: "iam-no-resource-wildcard",
    valid: [policy],
    breaks: {
      "every queue": set(`${S}.Resource`, "*"),
      "every bucket, by ARN": (all) =>
        set(`${S}.Resource`, ["arn:aws:s3:::*"])(set(`${S}.Action`, "s3:PutObject")(all)),
      "every log group": (all) =>
        set(`${S}.Resource`, "arn:aws:logs:*:*:*")(set(`${S}.Action`, "logs:CreateLogGroup")(all)),
      "all but one": (all) =>
        set(`${S}.NotResource`, "arn:aws:sqs:eu-west-1:123456789012:x")(unset(`${S}.Resource`)(all)),
      "a condition that says nothing of resources": (all) =>
        set(`${S}.Condition`, { Bool: { "aws:SecureTransport": "true" } })(set(`${S}.Resource`, "*")(all)),
      "a condition that everything meets": (all) =>
        set(`${S}.Condition`, { StringLike: { "aws:ResourceTag/Owner": "*" } })(
          set(`${S}.Resource`, "*")(all),
        ),
    },
    alsoValid: {
      "it can't be scoped": onAll("ecr:GetAuthorizationToken"),
      "most of it can't be scoped": onAll("ec2:Describe*"),
      "metrics have no ARN": onAll("cloudwatch:PutMetricData"),
      "a condition names the cluster": (all) =>
        set(`${S}.Condition`, {
          ArnEquals: { "ecs:cluster": "arn:aws:ecs:eu-west-1:123456789012:cluster/c" },
        })(onAll("ecs:UpdateTaskProtection")(all)),
    },
  },
  {
    rule: "iam-pass-role",
    valid: [
      resource(types.ROLE_POLICY, "rights", {
        policy: {
          Statement: [
            {
              Effect: "Allow",
              Action: "iam:PassRole",
              Resource: ROLE_ARN,
              Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
            },
          ],
        },
      }),
    ],
    breaks: {
      "any role": set(`${S}.Resource`, "*"),
      "any role, by ARN": set(`${S}.Resource`, "arn:aws:iam::123456789012:role/*"),
      "to any service": unset(`${S}.Condition`),
      "to any service, by a wildcard": set(`${S}.Condition.StringEquals`, { "iam:PassedToService": "*" }),
      "hidden in a pattern": (all) => unset(`${S}.Condition`)(set(`${S}.Action`, "iam:Pass*")(all)),
    },
  },
  {
    rule: "iam-no-escalation",
    valid: [policy],
    breaks: {
      "any role's rights": onAll("iam:PutRolePolicy"),
      "any role's rights, by ARN": (all) =>
        set(
          `${S}.Resource`,
          "arn:aws:iam::123456789012:role/*",
        )(set(`${S}.Action`, "iam:AttachRolePolicy")(all)),
      "any function's code": onAll("lambda:UpdateFunctionCode"),
      "any key's policy, in a pattern": onAll("kms:Put*"),
    },
    alsoValid: {
      "one role's rights": (all) =>
        set(`${S}.Resource`, ROLE_ARN)(set(`${S}.Action`, "iam:PutRolePolicy")(all)),
    },
  },
  {
    rule: "iam-no-credential-exposure",
    valid: [policy],
    breaks: { "any user's key": onAll("iam:CreateAccessKey"), "any role": onAll("sts:AssumeRole") },
    alsoValid: {
      "one role": (all) => set(`${S}.Resource`, ROLE_ARN)(set(`${S}.Action`, "sts:AssumeRole")(all)),
    },
  },
  {
    rule: "iam-no-exfiltration",
    valid: [policy],
    breaks: {
      "any object": onAll("s3:GetObject"),
      "any secret": onAll("secretsmanager:GetSecretValue"),
      "any parameter, by ARN": (all) =>
        set(
          `${S}.Resource`,
          "arn:aws:ssm:eu-west-1:123456789012:parameter/*",
        )(set(`${S}.Action`, "ssm:GetParameter")(all)),
    },
    alsoValid: {
      "any object of one bucket": (all) =>
        set(`${S}.Resource`, "arn:aws:s3:::bucket/*")(set(`${S}.Action`, "s3:GetObject")(all)),
    },
  },
  {
    rule: "iam-trust-named",
    valid: [role],
    breaks: {
      "everybody is trusted": (all) => unset(`${T}.Condition`)(set(`${T}.Principal`, "*")(all)),
      "everybody is trusted, as AWS": (all) =>
        unset(`${T}.Condition`)(set(`${T}.Principal`, { AWS: "*" })(all)),
      "a whole account is trusted": (all) =>
        unset(`${T}.Condition`)(set(`${T}.Principal`, { AWS: "arn:aws:iam::999999999999:root" })(all)),
      "every role of an account is trusted": (all) =>
        set(`${T}.Condition`, { ArnLike: { "aws:PrincipalArn": ["arn:aws:iam::999999999999:role/*"] } })(
          set(`${T}.Principal`, { AWS: "arn:aws:iam::999999999999:root" })(all),
        ),
      "everybody of GitHub is trusted": set(T, {
        Effect: "Allow",
        Principal: { Federated: GITHUB },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringEquals: { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" } },
      }),
      "any repository of GitHub is trusted": set(T, {
        Effect: "Allow",
        Principal: { Federated: GITHUB },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringLike: { "token.actions.githubusercontent.com:sub": "repo:*" } },
      }),
    },
    alsoValid: {
      "an account with an external id": (all) =>
        set(`${T}.Condition`, { StringEquals: { "sts:ExternalId": "x-1" } })(
          set(`${T}.Principal`, { AWS: "arn:aws:iam::999999999999:root" })(all),
        ),
      "a role of another account": set(`${T}.Principal`, { AWS: "arn:aws:iam::999999999999:role/reader" }),
    },
  },
  {
    rule: "iam-trust-pinned",
    valid: [role],
    breaks: {
      "on anybody's behalf": unset(`${T}.Condition`),
      "on anybody's behalf, in a region": (all) =>
        unset(`${T}.Condition`)(set(`${T}.Principal`, { Service: "states.eu-west-1.amazonaws.com" })(all)),
      "on anybody's behalf, by a wildcard": set(`${T}.Condition.StringEquals`, { "aws:SourceAccount": "*" }),
      "only if somebody is named": set(`${T}.Condition`, {
        StringEqualsIfExists: { "aws:SourceAccount": "123456789012" },
      }),
    },
    alsoValid: {
      "EC2 names no source": (all) =>
        unset(`${T}.Condition`)(set(`${T}.Principal`, { Service: "ec2.amazonaws.com" })(all)),
    },
  },
  {
    rule: "iam-no-managed-policies",
    valid: [resource(types.ROLE, "role", { managedPolicyArns: ["arn:aws:iam::123456789012:policy/own"] })],
    breaks: {
      "AWS's policy is attached": set("role.managedPolicyArns", ["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
    },
  },
  {
    rule: "iam-no-decrypt-on-all-keys",
    valid: [policy],
    breaks: {
      "any key": onAll("kms:Decrypt"),
      "any key, by ARN": (all) =>
        set(`${S}.Resource`, "arn:aws:kms:*:123456789012:key/*")(set(`${S}.Action`, "kms:Decrypt")(all)),
      "any key, in a pattern": onAll("kms:De*"),
    },
    alsoValid: {
      "one key": (all) => set(`${S}.Resource`, KEY_ARN)(set(`${S}.Action`, "kms:Decrypt")(all)),
      "through one service": (all) =>
        set(`${S}.Condition`, { StringEquals: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } })(
          onAll("kms:Decrypt")(all),
        ),
    },
  },
];
