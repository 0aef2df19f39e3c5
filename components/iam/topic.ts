/** The own policy of the topic that alarms go to. */
import type { Statement } from "./document";

/** Let alarms and budgets publish to a topic, those of this account alone. */
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
