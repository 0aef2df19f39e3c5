/** The topic that every alarm goes to, and whoever gets its mail. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { EncryptionKey } from "../encryption-key";
import { policyDocument } from "../iam/document";
import { denyPlainHttp } from "../iam/plain-http";
import { publishAlarms } from "../iam/topic";

export interface AlarmTopicArgs {
  readonly key: EncryptionKey;
  /** Confirms a mail of SNS before the first alarm comes. */
  readonly email?: string | undefined;
}

export class AlarmTopic extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: AlarmTopicArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:AlarmTopic", name, {}, opts);
    const child = { parent: this };
    const topic = new aws.sns.Topic(name, { kmsMasterKeyId: args.key.arn }, child);
    this.arn = topic.arn;
    const accountId = aws.getCallerIdentityOutput({}, { parent: this }).accountId;
    const policy = pulumi
      .all([topic.arn, accountId])
      .apply(([arn, account]) =>
        policyDocument([...publishAlarms(arn, account), ...denyPlainHttp("sns:Publish", [arn])]),
      );
    new aws.sns.TopicPolicy(
      `${name}-policy`,
      { arn: topic.arn, policy: pulumi.jsonStringify(policy) },
      child,
    );
    if (args.email !== undefined) {
      new aws.sns.TopicSubscription(
        `${name}-email`,
        { topic: topic.arn, protocol: "email", endpoint: args.email },
        child,
      );
    }
    this.registerOutputs({ topicArn: this.arn });
  }
}
