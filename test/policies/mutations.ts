/** One broken property of a deployed resource, and the one rule that must notice. */
import { type Graph, type GraphResource, type Json, resourcesOfType } from "../../local/graph";
import * as types from "../../policies/types";

export interface Mutation {
  readonly rule: string;
  readonly type: string;
  /** The first of the type that has this in its name, or any. */
  readonly of?: string;
  /** Property path; text that is JSON is gone into. Absent: the resource is taken away. */
  readonly path?: string;
  /** Undefined: the property is taken away. */
  readonly value?: Json;
}

const container = "containerDefinitions.1";
const statement = "policy.Statement.0";

export const MUTATIONS: readonly Mutation[] = [
  { rule: "ecr-immutable-tags", type: types.REPOSITORY, path: "imageTagMutability", value: "MUTABLE" },
  {
    rule: "ecr-scan-on-push",
    type: types.REPOSITORY,
    path: "imageScanningConfiguration.scanOnPush",
    value: false,
  },
  { rule: "ecr-lifecycle-policy", type: types.LIFECYCLE_POLICY },
  { rule: "ecr-lifecycle-policy", type: types.LIFECYCLE_POLICY, path: "policy.rules", value: [] },
  {
    rule: "ecr-no-public-policy",
    type: types.REPOSITORY_POLICY,
    path: statement,
    value: { Effect: "Allow", Principal: "*", Action: "ecr:BatchGetImage" },
  },
  { rule: "ecr-customer-key", type: types.REPOSITORY, path: "encryptionConfigurations", value: [] },
  { rule: "ecr-no-force-delete", type: types.REPOSITORY, path: "forceDelete", value: true },
  { rule: "ecs-not-privileged", type: types.TASK_DEFINITION, path: `${container}.privileged`, value: true },
  { rule: "ecs-not-root", type: types.TASK_DEFINITION, path: `${container}.user`, value: "0" },
  { rule: "ecs-not-root", type: types.TASK_DEFINITION, path: "containerDefinitions.0.user" },
  { rule: "ecs-read-only-root", type: types.TASK_DEFINITION, path: `${container}.readonlyRootFilesystem` },
  { rule: "ecs-no-host-pid", type: types.TASK_DEFINITION, path: "pidMode", value: "host" },
  { rule: "ecs-no-host-network", type: types.TASK_DEFINITION, path: "networkMode", value: "host" },
  {
    rule: "ecs-no-secret-in-environment",
    type: types.TASK_DEFINITION,
    path: `${container}.environment.0`,
    value: { name: "TOKEN", value: "8fd2c1" },
  },
  { rule: "ecs-logging", type: types.TASK_DEFINITION, path: `${container}.logConfiguration` },
  {
    rule: "ecs-efs-tls",
    type: types.TASK_DEFINITION,
    path: "volumes.0.efsVolumeConfiguration",
    value: { fileSystemId: "fs-1" },
  },
  {
    rule: "ecs-image-by-digest",
    type: types.TASK_DEFINITION,
    path: `${container}.image`,
    value: "detect:latest",
  },
  { rule: "ecs-no-public-ip", type: types.SERVICE, path: "networkConfiguration.assignPublicIp", value: true },
  { rule: "ecs-latest-platform", type: types.SERVICE, path: "platformVersion", value: "1.3.0" },
  { rule: "ecs-container-insights", type: types.CLUSTER, path: "settings", value: [] },
  { rule: "ecs-exec-off-or-logged", type: types.SERVICE, path: "enableExecuteCommand", value: true },
  {
    rule: "ecs-termination-protection",
    type: types.CAPACITY_PROVIDER,
    path: "autoScalingGroupProvider.managedTerminationProtection",
    value: "DISABLED",
  },
  { rule: "ec2-imdsv2", type: types.LAUNCH_TEMPLATE, path: "metadataOptions.httpTokens", value: "optional" },
  {
    rule: "ec2-metadata-hop-limit",
    type: types.LAUNCH_TEMPLATE,
    path: "metadataOptions.httpPutResponseHopLimit",
    value: 2,
  },
  {
    rule: "ec2-no-public-ip",
    type: types.LAUNCH_TEMPLATE,
    path: "networkInterfaces",
    value: [{ associatePublicIpAddress: "true" }],
  },
  {
    rule: "ec2-ebs-encrypted",
    type: types.LAUNCH_TEMPLATE,
    path: "blockDeviceMappings.0.ebs.encrypted",
    value: "false",
  },
  {
    rule: "ec2-no-secret-in-user-data",
    type: types.LAUNCH_TEMPLATE,
    path: "userData",
    value: Buffer.from("export API_KEY=abcdef123").toString("base64"),
  },
  { rule: "asg-launch-template", type: types.GROUP, path: "launchConfiguration", value: "old" },
  { rule: "asg-several-zones", type: types.GROUP, path: "vpcZoneIdentifiers", value: ["subnet-1"] },
  {
    rule: "asg-several-instance-types",
    type: types.GROUP,
    path: "mixedInstancesPolicy.launchTemplate.overrides",
    value: [{ instanceType: "g5.xlarge" }],
  },
  { rule: "asg-tags", type: types.GROUP, path: "tags", value: [] },
  {
    rule: "vpc-no-open-ingress",
    type: types.SECURITY_GROUP,
    of: "workers",
    path: "ingress",
    value: [{ description: "Shell", protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: ["0.0.0.0/0"] }],
  },
  {
    rule: "vpc-no-ingress-to-workers",
    type: types.SECURITY_GROUP,
    of: "workers",
    path: "ingress",
    value: [{ description: "Web", protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] }],
  },
  {
    rule: "vpc-restricted-egress",
    type: types.SECURITY_GROUP,
    of: "workers",
    path: "egress",
    value: [{ description: "All", protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
  },
  { rule: "vpc-security-group-descriptions", type: types.SECURITY_GROUP, of: "workers", path: "description" },
  {
    rule: "vpc-subnets-no-public-ip",
    type: types.SUBNET,
    of: "private",
    path: "mapPublicIpOnLaunch",
    value: true,
  },
  { rule: "vpc-flow-logs", type: types.FLOW_LOG },
  { rule: "vpc-default-group-closed", type: types.DEFAULT_SECURITY_GROUP },
  {
    rule: "vpc-default-group-closed",
    type: types.DEFAULT_SECURITY_GROUP,
    path: "egress",
    value: [{ protocol: "-1", cidrBlocks: ["0.0.0.0/0"] }],
  },
  {
    rule: "iam-no-admin",
    type: types.ROLE_POLICY,
    of: "catalogue-policy",
    path: `${statement}.Action`,
    value: "*",
  },
  {
    rule: "iam-no-service-wildcard",
    type: types.ROLE_POLICY,
    of: "catalogue-policy",
    path: `${statement}.Action`,
    value: "lambda:*",
  },
  {
    rule: "iam-actions-exist",
    type: types.ROLE_POLICY,
    of: "catalogue-policy",
    path: `${statement}.Action`,
    value: "lambda:Invoke",
  },
  {
    rule: "iam-no-resource-wildcard",
    type: types.ROLE_POLICY,
    of: "catalogue-policy",
    path: `${statement}.Resource`,
    value: "*",
  },
  {
    rule: "iam-pass-role",
    type: types.ROLE_POLICY,
    of: "catalogue-policy",
    path: `${statement}.Action`,
    value: "iam:PassRole",
  },
  {
    rule: "iam-no-escalation",
    type: types.ROLE_POLICY,
    of: "catalogue-policy",
    path: statement,
    value: { Effect: "Allow", Action: "iam:PutRolePolicy", Resource: "*" },
  },
  {
    rule: "iam-no-credential-exposure",
    type: types.ROLE_POLICY,
    of: "catalogue-policy",
    path: statement,
    value: { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" },
  },
  {
    rule: "iam-no-exfiltration",
    type: types.ROLE_POLICY,
    of: "catalogue-policy",
    path: statement,
    value: { Effect: "Allow", Action: "s3:GetObject", Resource: "*" },
  },
  {
    rule: "iam-no-decrypt-on-all-keys",
    type: types.ROLE_POLICY,
    of: "catalogue-policy",
    path: statement,
    value: { Effect: "Allow", Action: "kms:Decrypt", Resource: "*" },
  },
  {
    rule: "iam-trust-named",
    type: types.ROLE,
    of: "catalogue-role",
    path: "assumeRolePolicy.Statement.0",
    value: { Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" },
  },
  {
    rule: "iam-trust-pinned",
    type: types.ROLE,
    of: "catalogue-role",
    path: "assumeRolePolicy.Statement.0.Condition",
  },
  {
    rule: "iam-no-managed-policies",
    type: types.ROLE,
    of: "catalogue-role",
    path: "managedPolicyArns",
    value: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
  },
  {
    rule: "lambda-supported-runtime",
    type: types.FUNCTION,
    of: "autoscaler",
    path: "runtime",
    value: "nodejs16.x",
  },
  { rule: "lambda-tracing", type: types.FUNCTION, of: "autoscaler", path: "tracingConfig" },
  {
    rule: "lambda-no-secret-in-environment",
    type: types.FUNCTION,
    of: "autoscaler",
    path: "environment.variables.API_TOKEN",
    value: "8fd2c1aa",
  },
  {
    rule: "lambda-failure-destination",
    type: types.INVOKE_CONFIG,
    of: "autoscaler",
    path: "destinationConfig",
  },
  { rule: "lambda-failure-destination", type: types.INVOKE_CONFIG, of: "autoscaler" },
  { rule: "sfn-logging-all", type: types.STATE_MACHINE, path: "loggingConfiguration.level", value: "ERROR" },
  { rule: "sfn-tracing", type: types.STATE_MACHINE, path: "tracingConfiguration" },
  { rule: "sfn-customer-key", type: types.STATE_MACHINE, path: "encryptionConfiguration" },
  { rule: "sfn-customer-key", type: types.ACTIVITY, path: "encryptionConfiguration" },
  { rule: "sfn-timeout", type: types.STATE_MACHINE, path: "definition.TimeoutSeconds" },
  { rule: "sfn-task-timeout", type: types.STATE_MACHINE, path: "definition.States.Split.TimeoutSeconds" },
  {
    rule: "sfn-activity-heartbeat",
    type: types.STATE_MACHINE,
    path: "definition.States.Merge.HeartbeatSeconds",
  },
  {
    rule: "sfn-activity-heartbeat",
    type: types.STATE_MACHINE,
    path: "definition.States.DetectInTiles.ItemProcessor.States.Detect.HeartbeatSeconds",
  },
  {
    rule: "sfn-no-secret-in-definition",
    type: types.STATE_MACHINE,
    path: "definition.States.Split.Parameters",
    value: { ApiKey: "8fd2c1aa" },
  },
  { rule: "logs-retention", type: types.LOG_GROUP, path: "retentionInDays", value: 0 },
  { rule: "logs-retention-year", type: types.LOG_GROUP, path: "retentionInDays", value: 30 },
  { rule: "logs-customer-key", type: types.LOG_GROUP, path: "kmsKeyId" },
  { rule: "alarm-actions", type: types.ALARM, path: "alarmActions", value: [] },
  { rule: "alarm-actions", type: types.ALARM, path: "actionsEnabled", value: false },
  { rule: "kms-rotation", type: types.KMS_KEY, path: "enableKeyRotation", value: false },
  {
    rule: "kms-no-public-key",
    type: types.KMS_KEY,
    path: statement,
    value: { Effect: "Allow", Principal: "*", Action: "kms:Decrypt", Resource: "*" },
  },
  {
    rule: "s3-public-access-block",
    type: types.PUBLIC_ACCESS_BLOCK,
    path: "blockPublicPolicy",
    value: false,
  },
  { rule: "s3-public-access-block", type: types.PUBLIC_ACCESS_BLOCK },
  { rule: "s3-tls", type: types.BUCKET_POLICY },
  { rule: "s3-tls", type: types.BUCKET_POLICY, path: "policy.Statement.0.Effect", value: "Allow" },
  { rule: "s3-encryption", type: types.BUCKET_ENCRYPTIONS[0] },
  { rule: "sqs-encryption", type: types.QUEUE, path: "kmsMasterKeyId" },
  { rule: "sqs-tls", type: types.QUEUE_POLICY },
  {
    rule: "pool-own-activity-only",
    type: types.ROLE_POLICY,
    of: "detect-worker-policy",
    path: "policy.Statement.0.Resource",
    value: ["arn:aws:states:eu-west-1:123456789012:activity:another"],
  },
  { rule: "pool-maximum", type: "aws:budgets/budget:Budget" },
  {
    rule: "pool-activity-pairs",
    type: types.STATE_MACHINE,
    path: "definition.States.Merge.Resource",
    value: "arn:aws:states:eu-west-1:123456789012:activity:nobody",
  },
];

/** Breaks the property in inputs and outputs alike, as a change of the program would. */
export function mutate(graph: Graph, { type, of, path, value }: Mutation): Graph {
  const target = resourcesOfType(graph, type).find(({ name }) => of === undefined || name.includes(of));
  if (target === undefined) throw new Error(`The graph has no ${type} ${of ?? ""}.`);
  const broken = (resource: GraphResource): readonly GraphResource[] =>
    path === undefined
      ? []
      : [
          {
            ...resource,
            inputs: broke(resource.inputs, path, value),
            outputs: broke(resource.outputs, path, value),
          },
        ];
  return {
    ...graph,
    resources: graph.resources.flatMap((each) => (each === target ? broken(each) : [each])),
  };
}

function broke(
  properties: GraphResource["inputs"],
  path: string,
  value: Json | undefined,
): GraphResource["inputs"] {
  return change(properties as Json, path.split("."), value) as GraphResource["inputs"];
}

function change(holder: Json, [key, ...rest]: readonly string[], value: Json | undefined): Json {
  if (key === undefined) return holder;
  if (typeof holder === "string")
    return JSON.stringify(change(JSON.parse(holder) as Json, [key, ...rest], value));
  const copy = structuredClone(holder) as Record<string, Json>;
  if (rest.length > 0) copy[key] = change(copy[key] ?? {}, rest, value);
  else if (value === undefined) Reflect.deleteProperty(copy, key);
  else copy[key] = value;
  return copy;
}
