/** Lambda and Step Functions: one valid stack per rule, and its breaks. */
import * as types from "../../../policies/types";
import { arn, type Case, resource, set, unset, without } from "./case";

const ACTIVITY_ARN = "arn:aws:states:eu-west-1:123456789012:activity:detect";
const lambda = resource(types.FUNCTION, "fn", {
  runtime: "nodejs24.x",
  tracingConfig: { mode: "Active" },
  environment: { variables: { STAGE: "prod" } },
  reservedConcurrentExecutions: 5,
  vpcConfig: { subnetIds: ["subnet-a"], securityGroupIds: ["group"] },
  codeSigningConfigArn: arn("lambda", "signing"),
});
const task = { Type: "Task", Resource: ACTIVITY_ARN, TimeoutSeconds: 60, HeartbeatSeconds: 20, End: true };
const machine = resource(types.STATE_MACHINE, "machine", {
  definition: {
    StartAt: "Each",
    TimeoutSeconds: 600,
    States: {
      Each: {
        Type: "Map",
        ItemProcessor: { StartAt: "Detect", States: { Detect: task } },
        Next: "Both",
      },
      Both: {
        Type: "Parallel",
        Branches: [
          { StartAt: "Call", States: { Call: { ...task, Parameters: { Key: "x", "Token.$": "$.token" } } } },
        ],
        End: true,
      },
    },
  },
  loggingConfiguration: { level: "ALL" },
  tracingConfiguration: { enabled: true },
  encryptionConfiguration: { type: "CUSTOMER_MANAGED_KMS_KEY", kmsKeyId: "key" },
});
const detect = "machine.definition.States.Each.ItemProcessor.States.Detect";
const call = "machine.definition.States.Both.Branches.0.States.Call";
const activity = resource(types.ACTIVITY, "activity", {
  tags: { Owner: "me" },
  encryptionConfiguration: { type: "CUSTOMER_MANAGED_KMS_KEY", kmsKeyId: "key" },
});
const invoked = [
  resource(types.SCHEDULE, "schedule", { target: { arn: arn("lambda", "fn") } }),
  lambda,
  resource(types.INVOKE_CONFIG, "config", {
    functionName: "fn",
    destinationConfig: { onFailure: { destination: arn("sqs", "failures") } },
  }),
];

export const workloadCases: readonly Case[] = [
  {
    rule: "lambda-not-public",
    valid: [
      resource(types.PERMISSION, "permission", {
        principal: "events.amazonaws.com",
        sourceArn: arn("events", "rule/x"),
      }),
      resource(types.FUNCTION_URL, "url", { authorizationType: "AWS_IAM" }),
    ],
    breaks: {
      "anybody's rule calls it": unset("permission.sourceArn"),
      "everybody calls it": (all) => set("permission.principal", "*")(unset("permission.sourceArn")(all)),
      "every browser calls it": set("url.authorizationType", "NONE"),
    },
    alsoValid: {
      "another account calls it": (all) =>
        set("permission.principal", "999999999999")(unset("permission.sourceArn")(all)),
    },
  },
  {
    rule: "lambda-supported-runtime",
    valid: [lambda],
    breaks: {
      "an old Node": set("fn.runtime", "nodejs16.x"),
      "an old Python": set("fn.runtime", "python3.8"),
    },
    alsoValid: {
      "an image brings its own": (all) => set("fn.packageType", "Image")(unset("fn.runtime")(all)),
      "one that is newer than the pack": set("fn.runtime", "nodejs30.x"),
    },
  },
  {
    rule: "lambda-tracing",
    valid: [lambda],
    breaks: {
      "only what was traced before": set("fn.tracingConfig.mode", "PassThrough"),
      "nothing is said of tracing": unset("fn.tracingConfig"),
    },
  },
  {
    rule: "lambda-no-secret-in-environment",
    valid: [lambda],
    breaks: {
      "a password stands there": set("fn.environment.variables", { DATABASE_PASSWORD: "hunter2-hunter2" }),
      "a GitHub token stands there": set("fn.environment.variables", { X: `ghp_${"a1".repeat(18)}` }),
    },
    alsoValid: {
      "the name of a secret": set("fn.environment.variables", { SECRET_ID: "shop/db", SECRET_NAME: "x" }),
    },
  },
  {
    rule: "lambda-reserved-concurrency",
    valid: [lambda],
    breaks: {
      "none is reserved": unset("fn.reservedConcurrentExecutions"),
      "it is given back": set("fn.reservedConcurrentExecutions", -1),
    },
  },
  {
    rule: "lambda-autoscaler-concurrency",
    valid: [
      {
        ...resource("loveless:index:Autoscaler", "autoscaler", {}, { custom: false }),
        urn: "urn:autoscaler",
      },
      { ...lambda, parent: "urn:autoscaler" },
    ],
    settings: { "loveless:autoscaler": '{"reservedConcurrency": 2}' },
    breaks: { "the setting is not passed on": unset("fn.reservedConcurrentExecutions") },
    alsoValid: {
      "it is another function": (all) =>
        unset("fn.reservedConcurrentExecutions")(all).map((each) =>
          each.name === "fn" ? { ...each, parent: null } : each,
        ),
    },
  },
  {
    rule: "lambda-failure-destination",
    valid: invoked,
    breaks: {
      "failures go nowhere": unset("config.destinationConfig"),
      "no configuration is there": without("config"),
      "it is another function's configuration": set("config.functionName", "other"),
    },
    alsoValid: {
      "nobody calls it": (all) => without("schedule")(without("config")(all)),
      "it has a dead-letter queue": (all) =>
        set("fn.deadLetterConfig", { targetArn: arn("sqs", "failures") })(without("config")(all)),
    },
  },
  {
    rule: "lambda-vpc",
    valid: [lambda],
    breaks: {
      "it is in none": unset("fn.vpcConfig"),
      "it has no subnets": set("fn.vpcConfig.subnetIds", []),
    },
  },
  {
    rule: "lambda-code-signing",
    valid: [lambda],
    breaks: { "anybody's code runs": unset("fn.codeSigningConfigArn") },
    alsoValid: {
      "images are named by digest": (all) =>
        set("fn.packageType", "Image")(unset("fn.codeSigningConfigArn")(all)),
    },
  },
  {
    rule: "sfn-logging-all",
    valid: [machine],
    breaks: {
      "only errors are logged": set("machine.loggingConfiguration.level", "ERROR"),
      "nothing is logged": unset("machine.loggingConfiguration"),
    },
  },
  {
    rule: "sfn-tracing",
    valid: [machine],
    breaks: {
      "tracing is off": set("machine.tracingConfiguration.enabled", false),
      "nothing is said of tracing": unset("machine.tracingConfiguration"),
    },
  },
  {
    rule: "sfn-activity-tags",
    valid: [activity],
    breaks: { "it has no tags": unset("activity.tags"), "its tags are empty": set("activity.tags", {}) },
  },
  {
    rule: "sfn-customer-key",
    valid: [machine, activity],
    breaks: {
      "AWS's key encrypts executions": set("machine.encryptionConfiguration.type", "AWS_OWNED_KEY"),
      "nothing is said of an activity's key": unset("activity.encryptionConfiguration"),
    },
  },
  {
    rule: "sfn-timeout",
    valid: [machine],
    breaks: { "executions never end": unset("machine.definition.TimeoutSeconds") },
    alsoValid: {
      "AWS ends it after five minutes": (all) =>
        set("machine.type", "EXPRESS")(unset("machine.definition.TimeoutSeconds")(all)),
    },
  },
  {
    rule: "sfn-task-timeout",
    valid: [machine],
    breaks: {
      "a task in a map never ends": unset(`${detect}.TimeoutSeconds`),
      "a task in a branch never ends": unset(`${call}.TimeoutSeconds`),
    },
    alsoValid: {
      "the input says it": (all) =>
        set(`${detect}.TimeoutSecondsPath`, "$.t")(unset(`${detect}.TimeoutSeconds`)(all)),
    },
  },
  {
    rule: "sfn-activity-heartbeat",
    valid: [machine],
    breaks: {
      "a worker in a map may be gone": unset(`${detect}.HeartbeatSeconds`),
      "a worker in a branch may be gone": unset(`${call}.HeartbeatSeconds`),
    },
    alsoValid: {
      "Lambda has no heartbeat": (all) =>
        set(`${detect}.Resource`, arn("lambda", "function:x"))(unset(`${detect}.HeartbeatSeconds`)(all)),
    },
  },
  {
    rule: "sfn-no-secret-in-definition",
    valid: [machine],
    breaks: {
      "a parameter holds an API key": set(`${call}.Parameters`, { ApiKey: "f81d4fae7dec" }),
      "an argument holds a password, deep within": set(`${detect}.Arguments`, {
        Body: { Password: "hunter2-hunter2" },
      }),
    },
  },
];
