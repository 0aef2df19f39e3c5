/** Logs, alarms, storage, tags and the pools of this project: one valid stack per rule, and its breaks. */
import * as types from "../../../policies/types";
import { arn, type Case, resource, set, unset, without, withoutIgnoreChanges } from "./case";

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
const tlsOnly = (service: string, resources: string[]) => ({
  Statement: [
    {
      Effect: "Deny",
      Principal: "*",
      Action: `${service}:*`,
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

const activity = resource(types.ACTIVITY, "activity");
const pool = [
  activity,
  resource(types.TASK_DEFINITION, "task", {
    taskRoleArn: arn("iam", "worker"),
    containerDefinitions: [
      { name: "files" },
      {
        name: "function",
        environment: [{ name: "LOVELESS_ACTIVITY_ARN", value: arn("sfn", "activity") }],
        resourceRequirements: [{ type: "GPU", value: "1" }],
      },
    ],
  }),
  resource(
    types.SERVICE,
    "service",
    { taskDefinition: arn("ecs", "task") },
    { ignoreChanges: ["desiredCount"] },
  ),
  resource(types.ROLE, "worker"),
  resource(types.ROLE_POLICY, "rights", {
    role: "worker",
    policy: {
      Statement: [{ Effect: "Allow", Action: "states:GetActivityTask", Resource: arn("sfn", "activity") }],
    },
  }),
  resource(types.FUNCTION, "autoscaler", {
    environment: {
      variables: {
        LOVELESS_AUTOSCALER_SETTINGS: JSON.stringify({
          pools: [{ serviceArn: arn("ecs", "service"), maxWorkers: 4 }],
        }),
      },
    },
  }),
  resource("aws:budgets/budget:Budget", "budget", { limitAmount: "100" }),
  resource(types.STATE_MACHINE, "machine", {
    definition: {
      States: { Detect: { Type: "Task", Resource: "arn:aws:states:eu-west-1:123456789012:activity:detect" } },
    },
  }),
].map(
  (each) =>
    // The activity's ARN as AWS writes it, wherever it stands.
    JSON.parse(
      JSON.stringify(each).replaceAll(
        arn("sfn", "activity"),
        "arn:aws:states:eu-west-1:123456789012:activity:detect",
      ),
    ) as typeof activity,
);
const ours = resource("loveless:index:Instances", "instances", {}, { custom: false });
const settings = "autoscaler.environment.variables.LOVELESS_AUTOSCALER_SETTINGS";

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
  {
    rule: "pool-desired-count-ignored",
    valid: [
      ...pool,
      { ...ours, urn: "urn:instances" },
      resource(types.GROUP, "group", {}, { ignoreChanges: ["desiredCapacity"], parent: "urn:instances" }),
      resource(types.CAPACITY_PROVIDER, "provider", {
        autoScalingGroupProvider: {
          autoScalingGroupArn: arn("autoscaling", "group"),
          managedScaling: { status: "ENABLED" },
        },
      }),
    ],
    breaks: {
      "a deployment sets the workers back": withoutIgnoreChanges("service"),
      "a deployment sets the instances back": withoutIgnoreChanges("group"),
    },
    alsoValid: {
      "it is no pool": (all) =>
        withoutIgnoreChanges("service")(set("task.containerDefinitions.1.environment", [])(all)),
    },
  },
  {
    rule: "pool-maximum",
    valid: pool,
    breaks: {
      "no autoscaler knows it": without("autoscaler"),
      "the settings are another pool's": set(
        settings,
        JSON.stringify({ pools: [{ serviceArn: "other", maxWorkers: 4 }] }),
      ),
      "the maximum is missing": set(
        settings,
        JSON.stringify({ pools: [{ serviceArn: arn("ecs", "service") }] }),
      ),
      "GPUs have no spend cap": without("budget"),
    },
    alsoValid: {
      "without GPUs no cap is needed": (all) =>
        without("budget")(set("task.containerDefinitions.1.resourceRequirements", [])(all)),
      "settings in a parameter": (all) => [
        ...without("autoscaler")(all),
        resource("aws:ssm/parameter:Parameter", "settings", {
          value: JSON.stringify({ pools: [{ serviceArn: arn("ecs", "service"), maxWorkers: 1 }] }),
        }),
      ],
    },
  },
  {
    rule: "pool-activity-pairs",
    valid: pool,
    breaks: {
      "the state machine calls what nobody serves": set(
        "machine.definition.States.Detect.Resource",
        "arn:aws:states:eu-west-1:123456789012:activity:other",
      ),
      "the pool serves what is not there": without("activity"),
    },
    alsoValid: { "workers are elsewhere": (all) => without("service")(all) },
  },
  {
    rule: "pool-own-activity-only",
    valid: pool,
    breaks: {
      "every activity": set("rights.policy.Statement.0.Resource", "*"),
      "another activity too": set("rights.policy.Statement.0.Resource", [
        "arn:aws:states:eu-west-1:123456789012:activity:detect",
        "arn:aws:states:eu-west-1:123456789012:activity:other",
      ]),
      "by the role's own document": set("worker.inlinePolicies", [
        {
          name: "wide",
          policy: { Statement: [{ Effect: "Allow", Action: "states:SendTask*", Resource: "*" }] },
        },
      ]),
    },
  },
];
