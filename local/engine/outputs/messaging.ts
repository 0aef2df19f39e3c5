/** What Amazon SQS, Amazon SNS, AWS Systems Manager and AWS Secrets Manager answer when their resources are created. */
import { hex, uuid } from "../identity";
import { arn, type ModelTable, named, text } from "./model";

export const messaging: ModelTable = {
  "aws:sqs/queue:Queue": {
    autoname: {
      property: "name",
      maxLength: 80,
      suffix: (inputs) => (inputs.fifoQueue === true ? ".fifo" : ""),
    },
    computed: (queue) => {
      const url = `https://sqs.${queue.region}.amazonaws.com/${queue.accountId}/${text(queue, "name")}`;
      return {
        id: url,
        url,
        arn: arn(queue, "sqs", text(queue, "name")),
        messageRetentionSeconds: 345_600,
        visibilityTimeoutSeconds: 30,
      };
    },
  },
  "aws:sqs/queuePolicy:QueuePolicy": { computed: (policy) => ({ id: text(policy, "queueUrl") }) },
  "aws:sns/topic:Topic": {
    autoname: {
      property: "name",
      maxLength: 256,
      suffix: (inputs) => (inputs.fifoTopic === true ? ".fifo" : ""),
    },
    computed: (topic) => {
      const topicArn = arn(topic, "sns", text(topic, "name"));
      return { id: topicArn, arn: topicArn, owner: topic.accountId };
    },
  },
  "aws:sns/topicPolicy:TopicPolicy": {
    computed: (policy) => ({ id: text(policy, "arn"), owner: policy.accountId }),
  },
  "aws:sns/topicSubscription:TopicSubscription": {
    computed: (subscription) => {
      const subscriptionArn = `${text(subscription, "topic")}:${uuid(subscription.urn)}`;
      return {
        id: subscriptionArn,
        arn: subscriptionArn,
        ownerId: subscription.accountId,
        pendingConfirmation: false,
      };
    },
  },
  "aws:ssm/parameter:Parameter": {
    autoname: named(1011),
    secretOutputs: ["value"],
    computed: (parameter) => ({
      id: text(parameter, "name"),
      arn: arn(parameter, "ssm", `parameter/${text(parameter, "name").replace(/^\//, "")}`),
      dataType: "text",
      tier: "Standard",
      version: 1,
    }),
  },
  "aws:secretsmanager/secret:Secret": {
    autoname: named(512),
    computed: (secret) => {
      const secretArn = arn(secret, "secretsmanager", `secret:${text(secret, "name")}-${hex(secret.urn, 6)}`);
      return { id: secretArn, arn: secretArn };
    },
  },
};
