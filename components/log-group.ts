/** Log groups: kept as long as the stack says, encrypted under its key. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { EncryptionKey } from "./encryption-key";

/** What all log groups of a stack share. */
export interface LogSettings {
  readonly key: EncryptionKey;
  readonly retentionDays: number;
}

/** Declares `${name}-logs`. `path` is its name in CloudWatch, which no other stack of the account may have: see logGroupName. */
export function logGroup(
  name: string,
  path: `/${string}`,
  logs: LogSettings,
  opts: pulumi.CustomResourceOptions,
): aws.cloudwatch.LogGroup {
  return new aws.cloudwatch.LogGroup(
    `${name}-logs`,
    { name: path, retentionInDays: logs.retentionDays, kmsKeyId: logs.key.arn },
    opts,
  );
}
