/** What stands in the own policy of a bucket, a queue and a topic: nobody speaks to it in the clear. */
import type { Statement } from "./document";

/**
 * Refuse whoever comes without TLS. `sns:Publish` is what a topic's policy can refuse of this:
 * https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html#enforce-encryption-data-in-transit
 */
export function denyPlainHttp(
  action: "s3:*" | "sqs:*" | "sns:Publish",
  resources: readonly string[],
): readonly Statement[] {
  return [
    {
      Sid: "DenyPlainHttp",
      Effect: "Deny",
      Principal: "*", // Everybody: a denial is safest when nobody escapes it.
      Action: [action],
      Resource: resources,
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ];
}
