/** The own policy of a queue or topic: which service may send to it on behalf of this account, and nobody in the clear. */
import type { Statement } from "./document";

/** Refuse whoever comes without TLS. */
export function denyPlainMessages(queueArn: string): readonly Statement[] {
  return [
    {
      Sid: "DenyPlainHttp",
      Effect: "Deny",
      Principal: "*", // Everybody: a denial is safest when nobody escapes it.
      Action: ["sqs:*"], // Everything, for the same reason.
      Resource: [queueArn],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ];
}

/** Let these services publish to a topic, for this account alone. */
export function publishAlarms(topicArn: string, accountId: string): readonly Statement[] {
  return ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"].map((service) => ({
    Sid: `PublishAs${service.slice(0, 1).toUpperCase()}${service.slice(1).split(".")[0] ?? ""}`,
    Effect: "Allow",
    Principal: { Service: service },
    Action: ["sns:Publish"],
    Resource: [topicArn],
    Condition: { StringEquals: { "aws:SourceAccount": accountId } },
  }));
}

/** Refuse whoever publishes without TLS. */
export function denyPlainPublishing(topicArn: string): readonly Statement[] {
  return [
    {
      Sid: "DenyPlainHttp",
      Effect: "Deny",
      Principal: "*", // Everybody: a denial is safest when nobody escapes it.
      Action: ["sns:Publish"],
      Resource: [topicArn],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ];
}
