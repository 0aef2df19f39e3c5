/** Actions that undo every other limit when nothing limits them: on every resource, or on every one of a kind. */

/**
 * Whoever may do these to any identity may become any identity.
 * @see https://github.com/salesforce/cloudsplaining (privilege escalation), as CKV_AWS_286 and CKV_AWS_289 have it
 */
export const ESCALATION: readonly string[] = [
  "iam:AddUserToGroup",
  "iam:AttachGroupPolicy",
  "iam:AttachRolePolicy",
  "iam:AttachUserPolicy",
  "iam:CreatePolicyVersion",
  "iam:DeleteRolePermissionsBoundary",
  "iam:DeleteUserPermissionsBoundary",
  "iam:PutGroupPolicy",
  "iam:PutRolePermissionsBoundary",
  "iam:PutRolePolicy",
  "iam:PutUserPermissionsBoundary",
  "iam:PutUserPolicy",
  "iam:SetDefaultPolicyVersion",
  "iam:UpdateAssumeRolePolicy",
  "cloudformation:SetStackPolicy",
  "ec2:ReplaceIamInstanceProfileAssociation",
  "ecs:ExecuteCommand",
  "glue:UpdateDevEndpoint",
  "kms:CreateGrant",
  "kms:PutKeyPolicy",
  "lambda:AddPermission",
  "lambda:UpdateFunctionCode",
  "s3:PutBucketAcl",
  "s3:PutBucketPolicy",
  "s3:PutBucketPublicAccessBlock",
  "secretsmanager:PutResourcePolicy",
  "sns:AddPermission",
  "sqs:AddPermission",
  "ssm:SendCommand",
  "ssm:StartSession",
];

/** These answer with credentials. ecr:GetAuthorizationToken is left out: IAM offers no narrower scope. */
export const CREDENTIALS: readonly string[] = [
  "cognito-identity:GetCredentialsForIdentity",
  "iam:CreateAccessKey",
  "iam:CreateLoginProfile",
  "iam:CreateServiceSpecificCredential",
  "iam:ResetServiceSpecificCredential",
  "iam:UpdateAccessKey",
  "iam:UpdateLoginProfile",
  "rds-db:connect",
  "redshift:GetClusterCredentials",
  "redshift-serverless:GetCredentials",
  "sso:GetRoleCredentials",
  "sts:AssumeRole",
  "sts:AssumeRoleWithSAML",
  "sts:AssumeRoleWithWebIdentity",
  "sts:GetFederationToken",
];

/** These answer with data that was put away. */
export const EXFILTRATION: readonly string[] = [
  "dynamodb:ExportTableToPointInTime",
  "ec2:ModifySnapshotAttribute",
  "rds:CopyDBSnapshot",
  "rds:CreateDBSnapshot",
  "rds:ModifyDBSnapshotAttribute",
  "s3:GetObject",
  "s3:GetObjectVersion",
  "secretsmanager:BatchGetSecretValue",
  "secretsmanager:GetSecretValue",
  "ssm:GetParameter",
  "ssm:GetParameterHistory",
  "ssm:GetParameters",
  "ssm:GetParametersByPath",
];

/** These answer with what was encrypted. */
export const DECRYPTION: readonly string[] = ["kms:Decrypt", "kms:ReEncryptFrom"];

export const PASS_ROLE: readonly string[] = ["iam:PassRole"];

/** Held by rules of their own, so the rule on "*" passes over them. */
export const DANGEROUS: ReadonlySet<string> = new Set([
  ...ESCALATION,
  ...CREDENTIALS,
  ...EXFILTRATION,
  ...DECRYPTION,
  ...PASS_ROLE,
]);
