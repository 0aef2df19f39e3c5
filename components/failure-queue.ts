/** Where an asynchronous invocation goes that failed: what was lost, and why, for 14 days. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { EncryptionKey } from "./encryption-key";
import { policyDocument } from "./iam/document";
import { sendMessages } from "./iam/grants";
import { useKey } from "./iam/key";
import { denyPlainHttp } from "./iam/plain-http";
import type { Grant } from "./role";

/** As long as SQS keeps a message. */
const RETENTION_SECONDS = 1_209_600;

export interface FailureQueue {
  readonly queue: aws.sqs.Queue;
  /** For the role of the function that fails. */
  readonly grants: readonly Grant[];
}

/** Declares `${name}-failures`. */
export function failureQueue(
  name: string,
  key: EncryptionKey,
  opts: pulumi.CustomResourceOptions,
): FailureQueue {
  const queue = new aws.sqs.Queue(
    `${name}-failures`,
    { kmsMasterKeyId: key.arn, messageRetentionSeconds: RETENTION_SECONDS },
    opts,
  );
  new aws.sqs.QueuePolicy(
    `${name}-failures-policy`,
    {
      queueUrl: queue.url,
      policy: pulumi.jsonStringify(queue.arn.apply((arn) => policyDocument(denyPlainHttp("sqs:*", [arn])))),
    },
    opts,
  );
  const region = aws.config.requireRegion();
  return {
    queue,
    grants: [queue.arn.apply(sendMessages), key.arn.apply((arn) => useKey(arn, "sqs", region))],
  };
}
