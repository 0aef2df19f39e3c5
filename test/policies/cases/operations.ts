/** Logs, alarms, storage and tags: one valid stack per rule, and its breaks. */
import * as types from "../../../policies/types";
import { arn, type Case, resource, set, unset, without } from "./case";

const logs = resource(types.LOG_GROUP, "logs", {
  retentionInDays: 365,
  kmsKeyId: arn("kms", "key"),
  tags: { Owner: "me" },
});
const alarm = resource(types.ALARM, "alarm", { alarmActions: [arn("sns", "on-call")] });
const key = resource(types.KMS_KEY, "key", {
  enableKeyRotation: true,
  policy: {
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::123456789012:root" },
        Action: "kms:*",
        Resource: "*",
      },
    ],
  },
});
const tlsOnly = (service: string, resources: string[], action = "*") => ({
  Statement: [
    {
      Effect: "Deny",
      Principal: "*",
      Action: `${service}:${action}`,
      Resource: resources,
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ],
});
const bucket = resource(types.BUCKETS[0], "bucket");
const bucketPolicy = resource(types.BUCKET_POLICY, "policy", {
  bucket: "bucket",
  policy: tlsOnly("s3", ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]),
});
const block = resource(types.PUBLIC_ACCESS_BLOCK, "block", {
  bucket: "bucket",
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
});
const encryption = resource(types.BUCKET_ENCRYPTIONS[0], "encryption", {
  bucket: "bucket",
  rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
});
const queue = resource(types.QUEUE, "queue", { sqsManagedSseEnabled: true });
const queuePolicy = resource(types.QUEUE_POLICY, "queuePolicy", {
  queueUrl: "queue",
  policy: tlsOnly("sqs", [arn("sqs", "queue")]),
});
const topic = resource(types.TOPIC, "topic", { kmsMasterKeyId: "key" });
const topicPolicy = resource(types.TOPIC_POLICY, "topicPolicy", {
  arn: arn("sns", "topic"),
  policy: tlsOnly("sns", [arn("sns", "topic")], "Publish"),
});

export const operationsCases: readonly Case[] = [
  {
    rule: "logs-retention",
    valid: [logs],
    breaks: {
      "nobody chose a time": unset("logs.retentionInDays"),
      "they are kept for ever": set("logs.retentionInDays", 0),
    },
    alsoValid: {
      "AWS's delivery class has a time of its own": (all) =>
        set("logs.logGroupClass", "DELIVERY")(unset("logs.retentionInDays")(all)),
    },
  },
  { rule: "logs-retention-year", valid: [logs], breaks: { "half a year": set("logs.retentionInDays", 180) } },
  { rule: "logs-customer-key", valid: [logs], breaks: { "AWS's key encrypts": unset("logs.kmsKeyId") } },
  {
    rule: "alarm-actions",
    valid: [alarm],
    breaks: {
      "it rings nowhere": set("alarm.alarmActions", []),
      "nothing is said of actions": unset("alarm.alarmActions"),
      "it is silenced": set("alarm.actionsEnabled", false),
    },
    alsoValid: {
      "a composite alarm rings for it": (all) => [
        ...unset("alarm.alarmActions")(all),
        resource(types.COMPOSITE_ALARM, "all", {
          alarmRule: 'ALARM("alarm")',
          alarmActions: [arn("sns", "on-call")],
        }),
      ],
    },
  },
  {
    rule: "kms-rotation",
    valid: [key],
    breaks: {
      "it never rotates": set("key.enableKeyRotation", false),
      "nothing is said of it": unset("key.enableKeyRotation"),
    },
    alsoValid: {
      "it can't": (all) => set("key.customerMasterKeySpec", "RSA_4096")(unset("key.enableKeyRotation")(all)),
    },
  },
  {
    rule: "kms-no-public-key",
    valid: [key],
    breaks: {
      "everybody may use it": set("key.policy.Statement.0.Principal", "*"),
      "everybody may use it, as AWS": set("key.policy.Statement.0.Principal.AWS", "*"),
    },
    alsoValid: {
      "everybody of the account": (all) =>
        set("key.policy.Statement.0.Condition", { StringEquals: { "kms:CallerAccount": "123456789012" } })(
          set("key.policy.Statement.0.Principal", "*")(all),
        ),
    },
  },
  {
    rule: "s3-public-access-block",
    valid: [bucket, block],
    breaks: {
      "it is not said": without("block"),
      "lists may be public": set("block.blockPublicAcls", false),
      "policies may be public": set("block.blockPublicPolicy", false),
      "public lists count": set("block.ignorePublicAcls", false),
      "public policies count": unset("block.restrictPublicBuckets"),
    },
  },
  {
    rule: "s3-tls",
    valid: [bucket, bucketPolicy],
    breaks: {
      "no policy is there": without("policy"),
      "only reading needs TLS": set("policy.policy.Statement.0.Action", "s3:GetObject"),
      "only the bucket needs TLS": set("policy.policy.Statement.0.Resource", ["arn:aws:s3:::bucket"]),
      "only somebody needs TLS": set("policy.policy.Statement.0.Principal", {
        AWS: "arn:aws:iam::123456789012:role/x",
      }),
      "TLS is what is denied": set("policy.policy.Statement.0.Condition.Bool", {
        "aws:SecureTransport": "true",
      }),
      "a further condition lets others off": set("policy.policy.Statement.0.Condition.StringEquals", {
        "aws:PrincipalAccount": "123456789012",
      }),
      "it allows": set("policy.policy.Statement.0.Effect", "Allow"),
    },
    alsoValid: {
      "a boolean": set("policy.policy.Statement.0.Condition.Bool", { "aws:SecureTransport": false }),
    },
  },
  {
    rule: "s3-encryption",
    valid: [bucket, encryption],
    breaks: {
      "it is not said": without("encryption"),
      "it is another bucket's": set("encryption.bucket", "other"),
    },
  },
  {
    rule: "sqs-encryption",
    valid: [queue],
    breaks: {
      "it is off": set("queue.sqsManagedSseEnabled", false),
      "it is not said": unset("queue.sqsManagedSseEnabled"),
    },
    alsoValid: {
      "a key of one's own": (all) =>
        set("queue.kmsMasterKeyId", "key")(unset("queue.sqsManagedSseEnabled")(all)),
    },
  },
  {
    rule: "sqs-tls",
    valid: [queue, queuePolicy],
    breaks: {
      "no policy is there": without("queuePolicy"),
      "only sending needs TLS": set("queuePolicy.policy.Statement.0.Action", "sqs:SendMessage"),
    },
  },
  {
    rule: "sns-encryption",
    valid: [topic],
    breaks: { "no key is named": unset("topic.kmsMasterKeyId") },
  },
  {
    rule: "sns-tls",
    valid: [topic, topicPolicy],
    breaks: {
      "no policy is there": without("topicPolicy"),
      "only subscribing needs TLS": set("topicPolicy.policy.Statement.0.Action", "sns:Subscribe"),
      "another topic's policy has it": set("topicPolicy.arn", arn("sns", "other")),
    },
    alsoValid: { "all of it needs TLS": set("topicPolicy.policy.Statement.0.Action", "*") },
  },
  {
    rule: "scheduler-customer-key",
    valid: [resource(types.SCHEDULE, "schedule", { kmsKeyArn: arn("kms", "key") })],
    breaks: { "AWS's key encrypts": unset("schedule.kmsKeyArn") },
  },
  {
    rule: "tags",
    valid: [logs, resource(types.ROLE, "role", { tags: { Owner: "me" } })],
    breaks: { "a log group has none": unset("logs.tags"), "a role's are empty": set("role.tags", {}) },
    alsoValid: {
      "the provider adds them": (all) => set("logs.tagsAll", { Owner: "me" })(unset("logs.tags")(all)),
    },
  },
];
