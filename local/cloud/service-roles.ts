/** What services do as the role of a resource when it is created: they take it on, and prove the rights that they need. */
import { z } from "zod";
import type { GraphResource } from "../graph";
import type { Access } from "./access";
import { isNotRunnable, propertiesOf } from "./properties";
import type { ScheduleDefinition } from "./scheduler";

/** Of each, as the services name themselves in trust policies. */
const STATES = "states.amazonaws.com";
const SCHEDULER = "scheduler.amazonaws.com";

/** https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html */
const LOG_DELIVERY = [
  "logs:CreateLogDelivery",
  "logs:DescribeLogGroups",
  "logs:DescribeResourcePolicies",
  "logs:PutResourcePolicy",
];
/** https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html */
const TRACING = [
  "xray:PutTraceSegments",
  "xray:PutTelemetryRecords",
  "xray:GetSamplingRules",
  "xray:GetSamplingTargets",
];

const stateMachineSchema = z.object({
  arn: z.string(),
  roleArn: z.string(),
  loggingConfiguration: z.object({ level: z.string().default("OFF") }).optional(),
  tracingConfiguration: z.object({ enabled: z.boolean().default(false) }).optional(),
});

/** Step Functions refuses a state machine that may not deliver its logs; one that may not trace runs untraced. */
export function takeOnStateMachineRole(access: Access, resource: GraphResource): void {
  const machine = propertiesOf(resource, stateMachineSchema);
  if (isNotRunnable(machine)) return;
  const role = access.assume(STATES, { arn: machine.roleArn, sessionName: "states" }, machine.arn);
  if ((machine.loggingConfiguration?.level ?? "OFF") !== "OFF") {
    for (const action of LOG_DELIVERY) access.use(role, { action, resource: "*" });
  }
  if (machine.tracingConfiguration?.enabled === true) {
    for (const action of TRACING) access.allows(role, { action, resource: "*" });
  }
}

/** The source is the schedule's group: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html */
export function takeOnScheduleRole(access: Access, { arn, roleArn }: ScheduleDefinition): void {
  const group = arn.replace(":schedule/", ":schedule-group/").replace(/\/[^/]*$/, "");
  access.assume(SCHEDULER, { arn: roleArn, sessionName: "scheduler" }, group);
}
