/** The pools of this project: one valid stack per rule, and its breaks. */
import * as types from "../../../policies/types";
import { arn, type Case, resource, set, without, withoutIgnoreChanges } from "./case";

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

export const poolCases: readonly Case[] = [
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
