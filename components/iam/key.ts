/** Rights on the stack's key: what a role may do with it through one service, and the key's own policy. */
import type { Condition, Statement } from "./document";

/** Who the key works for, and where. */
export interface KeyScope {
  readonly accountId: string;
  readonly region: string;
}

/**
 * Read and write what a service keeps under the key, and nothing else: the service calls KMS with the caller's rights.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
 */
export function useKey(
  keyArn: string,
  service: "s3" | "sqs" | "secretsmanager" | "dynamodb",
  region: string,
): readonly Statement[] {
  return [
    {
      Sid: `UseKeyOf${service.slice(0, 1).toUpperCase()}${service.slice(1)}`,
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: [keyArn],
      Condition: { StringEquals: { "kms:ViaService": `${service}.${region}.amazonaws.com` } },
    },
  ];
}

/** Read and write what is in these activities: their workers, and the state machine that schedules them. */
export function useKeyOfActivities(keyArn: string, activityArns: readonly string[]): readonly Statement[] {
  if (activityArns.length === 0) return [];
  return [
    contextual("UseKeyOfActivities", keyArn, {
      StringEquals: { "kms:EncryptionContext:aws:states:activityArn": activityArns },
    }),
  ];
}

/** Read and write executions of the state machines whose ARN is like this. */
export function useKeyOfStateMachine(keyArn: string, stateMachineArnLike: string): readonly Statement[] {
  return [
    contextual("UseKeyOfStateMachine", keyArn, {
      StringLike: { "kms:EncryptionContext:aws:states:stateMachineArn": stateMachineArnLike },
    }),
  ];
}

/** Encrypt the log of a state machine on its way to CloudWatch: https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html */
export function useKeyOfLogDelivery(keyArn: string, { accountId, region }: KeyScope): readonly Statement[] {
  return [
    {
      Sid: "UseKeyOfLogDelivery",
      Effect: "Allow",
      Action: ["kms:GenerateDataKey"],
      Resource: [keyArn],
      Condition: {
        StringLike: { "kms:EncryptionContext:SourceArn": `arn:aws:logs:${region}:${accountId}:*` },
      },
    },
  ];
}

function contextual(Sid: string, keyArn: string, condition: Condition): Statement {
  return {
    Sid,
    Effect: "Allow",
    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
    Resource: [keyArn],
    Condition: condition,
  };
}

/**
 * The key's own policy: the account's IAM decides (with ViaService and contexts above), and services that come without a
 * role may use it for this account's resources alone. In a key policy the resource `*` is the key itself.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
 */
export function keyPolicy({ accountId, region }: KeyScope): readonly Statement[] {
  const key = { Effect: "Allow", Resource: ["*"] } as const;
  const ours: Condition = { StringEquals: { "aws:SourceAccount": accountId } };
  return [
    {
      ...key,
      Sid: "AccountDecides",
      Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      Action: ["kms:*"], // Without it nobody could ever change this policy.
    },
    {
      ...key,
      Sid: "LogGroups",
      Principal: { Service: `logs.${region}.amazonaws.com` },
      Action: ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
      Condition: {
        ArnLike: { "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${region}:${accountId}:log-group:*` },
      },
    },
    {
      ...key,
      Sid: "LogDelivery",
      Principal: { Service: "delivery.logs.amazonaws.com" },
      Action: ["kms:Decrypt*"],
      Condition: ours,
    },
    {
      ...key,
      Sid: "Alarms",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Condition: ours,
    },
    {
      ...key,
      Sid: "Budgets",
      Principal: { Service: "budgets.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Condition: ours,
    },
  ];
}
