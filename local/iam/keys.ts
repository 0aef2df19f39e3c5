/** What a service asks of KMS with its caller's rights, when a resource of a graph is under a key of the account's own. */
import { resourcesOfType, type Graph, type GraphResource } from "../graph";
import { propertyOf, textOf } from "./declared";
import type { AccessRequest } from "./judge";

/** The ARN of the key that each resource is under, by the ARN of the resource. */
export type Keys = ReadonlyMap<string, string>;

/** Which calls of KMS a call leads to. https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html and kin */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  "s3:GetObject": ["kms:Decrypt"],
  "s3:PutObject": ["kms:GenerateDataKey"],
  "sqs:SendMessage": ["kms:GenerateDataKey", "kms:Decrypt"],
  "sqs:ReceiveMessage": ["kms:Decrypt"],
  "states:GetActivityTask": ["kms:Decrypt"],
  "states:SendTaskSuccess": ["kms:GenerateDataKey"],
  "states:SendTaskFailure": ["kms:GenerateDataKey"],
  "states:StartExecution": ["kms:GenerateDataKey"],
  "states:DescribeExecution": ["kms:Decrypt"],
  "states:GetExecutionHistory": ["kms:Decrypt"],
};

/** Where a type of resource names its key. */
const KEY_OF: Readonly<Record<string, (resource: GraphResource) => string>> = {
  "aws:sqs/queue:Queue": (queue) => textOf(queue, "kmsMasterKeyId"),
  "aws:sfn/activity:Activity": encryptionKey,
  "aws:sfn/stateMachine:StateMachine": encryptionKey,
};
const BUCKET_ENCRYPTIONS = [
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
];

export function keysOf(graph: Graph): Keys {
  const keys = resourcesOfType(graph, "aws:kms/key:Key");
  const aliases = resourcesOfType(graph, "aws:kms/alias:Alias");
  const arnOf = (reference: string): string => {
    const alias = aliases.find((each) => [textOf(each, "arn"), textOf(each, "name")].includes(reference));
    const target = alias === undefined ? reference : textOf(alias, "targetKeyId");
    const key = keys.find((each) => [textOf(each, "arn"), textOf(each, "keyId"), each.id].includes(target));
    return key === undefined ? target : textOf(key, "arn");
  };
  const own = graph.resources.map((resource) => [
    textOf(resource, "arn"),
    KEY_OF[resource.type]?.(resource) ?? "",
  ]);
  const ofBuckets = BUCKET_ENCRYPTIONS.flatMap((type) => resourcesOfType(graph, type)).map((resource) => {
    const { kmsMasterKeyId = "" } = firstRule(resource)?.applyServerSideEncryptionByDefault ?? {};
    return [`arn:aws:s3:::${textOf(resource, "bucket")}`, kmsMasterKeyId];
  });
  // A key that AWS manages for a service asks nobody for rights.
  const found = [...own, ...ofBuckets].filter(([, reference = ""]) => !/^$|alias\/aws\//.test(reference));
  return new Map(found.map(([arn = "", reference = ""]) => [arn, arnOf(reference)]));
}

/** None for most calls: what they touch is under no key, or the service's own. */
export function callsOfKms(keys: Keys, { action, resource }: AccessRequest): readonly AccessRequest[] {
  const calls = Object.hasOwn(CALLS, action) ? (CALLS[action] ?? []) : [];
  return calls.length === 0 ? [] : kmsRequests(keys, ownerOf(resource), calls);
}

/** `actions` of KMS on the key that a resource is under, in the context that its service gives; none without a key. */
export function kmsRequests(
  keys: Keys,
  resource: string,
  actions: readonly string[],
): readonly AccessRequest[] {
  const key = keys.get(resource);
  if (key === undefined) return [];
  const [, , , region = "", account = ""] = key.split(":");
  const [, , service = "", , , kind = ""] = resource.split(":");
  const context = {
    "kms:ViaService": `${service}.${region}.amazonaws.com`,
    "kms:CallerAccount": account,
    [`kms:EncryptionContext:aws:${service}:${service === "states" ? `${kind}Arn` : "arn"}`]: resource,
    "aws:ViaAWSService": "true",
  };
  return actions.map((action) => ({ action, resource: key, context }));
}

/** The bucket of an object, the state machine of an execution. */
function ownerOf(arn: string): string {
  if (arn.startsWith("arn:aws:s3:::")) return arn.split("/")[0] ?? arn;
  return arn.includes(":execution:")
    ? arn.replace(":execution:", ":stateMachine:").replace(/:[^:]*$/, "")
    : arn;
}

function encryptionKey(resource: GraphResource): string {
  const configuration = propertyOf(resource, "encryptionConfiguration") as
    { readonly kmsKeyId?: string } | undefined;
  return configuration?.kmsKeyId ?? "";
}

interface EncryptionRule {
  readonly applyServerSideEncryptionByDefault?: { readonly kmsMasterKeyId?: string };
}

function firstRule(resource: GraphResource): EncryptionRule | undefined {
  return (propertyOf(resource, "rules") as readonly EncryptionRule[] | undefined)?.[0];
}
