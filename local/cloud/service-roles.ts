/** What services do as the role of a resource when it is created: they take it on, and prove the rights that they need. */
import { z } from "zod";
import type { GraphResource } from "../graph";
import { kmsRequests, type Keys } from "../iam/keys";
import type { Access, AccessRequest } from "./access";
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
  definition: z.string(),
  loggingConfiguration: z.object({ level: z.string().default("OFF") }).optional(),
  tracingConfiguration: z.object({ enabled: z.boolean().default(false) }).optional(),
});

/** Step Functions refuses a state machine that may not deliver its logs; one that may not trace runs untraced. */
export function takeOnStateMachineRole(access: Access, resource: GraphResource): void {
  const machine = propertiesOf(resource, stateMachineSchema);
  if (isNotRunnable(machine)) return;
  const keys: Keys = access.identities?.keys ?? new Map();
  const role = access.assume(STATES, { arn: machine.roleArn, sessionName: "states" }, machine.arn);
  const delivery =
    (machine.loggingConfiguration?.level ?? "OFF") === "OFF" ? [] : logDelivery(keys, machine.arn);
  for (const request of [...delivery, ...encryption(keys, machine)]) access.use(role, request);
  if (machine.tracingConfiguration?.enabled === true) {
    for (const action of TRACING) access.allows(role, { action, resource: "*" });
  }
}

function logDelivery(keys: Keys, machineArn: string): readonly AccessRequest[] {
  const [, , , region = "", account = ""] = machineArn.split(":");
  const context = { "kms:EncryptionContext:SourceArn": `arn:aws:logs:${region}:${account}:*` };
  const underKey = kmsRequests(keys, machineArn, ["kms:GenerateDataKey"]);
  return [
    ...LOG_DELIVERY.map((action) => ({ action, resource: "*" })),
    ...underKey.map((request) => ({ ...request, context })),
  ];
}

/** Its history, and the inputs of the activities that it schedules: https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html */
function encryption(
  keys: Keys,
  { arn, definition }: { readonly arn: string; readonly definition: string },
): readonly AccessRequest[] {
  return [...keys.keys()]
    .filter((each) => each === arn || definition.includes(`"${each}"`))
    .flatMap((each) => kmsRequests(keys, each, ["kms:GenerateDataKey", "kms:Decrypt"]));
}

/** The source is the schedule's group: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html */
export function takeOnScheduleRole(access: Access, { arn, roleArn }: ScheduleDefinition): void {
  const group = arn.replace(":schedule/", ":schedule-group/").replace(/\/[^/]*$/, "");
  access.assume(SCHEDULER, { arn: roleArn, sessionName: "scheduler" }, group);
}
