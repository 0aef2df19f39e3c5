/** Reads the roles of a resource graph, and the policies of its resources, as IAM would hold them after a deployment. */
import { resourcesOfType, type Graph, type GraphResource, type Json } from "../graph";
import { listOf, propertyOf, tagsOf, textOf } from "./declared";
import { compile, type PolicyKind } from "./document";
import type { Policy } from "./evaluate";
import { keysOf, type Keys } from "./keys";
import { managedPolicy } from "./managed-policies";
import { resourcePolicies } from "./resource-policies";

/** A role, with all that was attached to it. */
export interface Role {
  readonly arn: string;
  readonly name: string;
  /** Logical name of the resource: what people know it by. */
  readonly label: string;
  readonly trust: Policy;
  readonly policies: readonly Policy[];
  readonly boundary: Policy | null;
  /** `AROA…`, of which `aws:userid` is made. */
  readonly uniqueId: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A user of the account, with what was attached to it. */
export type User = Pick<Role, "arn" | "policies" | "boundary">;

export interface Identities {
  readonly accountId: string;
  /** By ARN. @default every user is an administrator: the person at the laptop */
  readonly users?: ReadonlyMap<string, User>;
  /** By ARN. */
  readonly roles: ReadonlyMap<string, Role>;
  /** Customer managed policies by ARN, for sessions that name them. */
  readonly managed: (arn: string) => Policy | null;
  /** By the ARN of the resource: a bucket, a function, a queue, a key. */
  readonly resources: ReadonlyMap<string, readonly Policy[]>;
  /** Of KMS, by the ARN of what is under them. */
  readonly keys: Keys;
  /** Tags by ARN. */
  readonly tags: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** A document has a condition on the time. */
  readonly speakOfTime: boolean;
  /** What a document refers to and this program does not declare. One sentence each. */
  readonly gaps: readonly string[];
}

const WITH_DOCUMENTS = /^aws:(iam|s3|sqs|kms|ecr)\//;
const TIME = /aws:(CurrentTime|EpochTime)/i;

/** Throws MalformedPolicy, as AWS would at the deployment. */
export function identitiesOf(graph: Graph, accountId: string): Identities {
  const gaps: string[] = [];
  const customer = new Map<string, Policy>();
  for (const resource of resourcesOfType(graph, "aws:iam/policy:Policy")) {
    customer.set(textOf(resource, "arn"), compileOf(resource, "policy", "identity"));
  }
  const managed = (arn: string): Policy | null => {
    const known = customer.get(arn);
    if (known !== undefined) return known;
    const document = managedPolicy(arn);
    return document === null ? null : compile(document, arn, "identity");
  };
  const attached = (role: string, arn: string): readonly Policy[] => {
    const policy = managed(arn);
    if (policy === null)
      gaps.push(`${role} has the policy ${arn}, whose document is not known here: it counts as empty.`);
    return policy === null ? [] : [policy];
  };
  const roles = resourcesOfType(graph, "aws:iam/role:Role").map((resource): Role => {
    const boundary = textOf(resource, "permissionsBoundary");
    return {
      arn: textOf(resource, "arn"),
      name: textOf(resource, "name"),
      label: resource.name,
      trust: compileOf(resource, "assumeRolePolicy", "trust"),
      policies: [
        ...inlinePolicies(graph, resource),
        ...attachments(graph, resource).flatMap((arn) => attached(resource.name, arn)),
      ],
      // An unknown boundary lets nothing through, as one without statements would.
      boundary:
        boundary === "" ? null : (attached(resource.name, boundary)[0] ?? { name: boundary, statements: [] }),
      uniqueId: textOf(resource, "uniqueId"),
      tags: tagsOf(resource),
    };
  });
  return {
    accountId,
    roles: new Map(roles.map((role) => [role.arn, role])),
    managed,
    resources: resourcePolicies(graph, accountId),
    keys: keysOf(graph),
    tags: new Map(
      graph.resources.filter(({ custom }) => custom).map((each) => [textOf(each, "arn"), tagsOf(each)]),
    ),
    speakOfTime: graph.resources.some(
      ({ type, inputs }) => WITH_DOCUMENTS.test(type) && TIME.test(JSON.stringify(inputs)),
    ),
    gaps,
  };
}

function inlinePolicies(graph: Graph, role: GraphResource): readonly Policy[] {
  const own = listOf(role, "inlinePolicies").map((each) => {
    const { name, policy } = each as { name?: string; policy?: Json };
    return compile(policy, `${role.name}/${name ?? "inline"}`, "identity");
  });
  const apart = resourcesOfType(graph, "aws:iam/rolePolicy:RolePolicy")
    .filter((resource) => names(role, textOf(resource, "role")))
    .map((resource) => compileOf(resource, "policy", "identity"));
  return [...own, ...apart];
}

/** ARNs of the managed policies. */
function attachments(graph: Graph, role: GraphResource): readonly string[] {
  const one = resourcesOfType(graph, "aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    .filter((resource) => names(role, textOf(resource, "role")))
    .map((resource) => textOf(resource, "policyArn"));
  const several = resourcesOfType(graph, "aws:iam/policyAttachment:PolicyAttachment")
    .filter((resource) => listOf(resource, "roles").some((each) => names(role, String(each))))
    .map((resource) => textOf(resource, "policyArn"));
  const own = listOf(role, "managedPolicyArns").map(String);
  return [...new Set([...own, ...one, ...several])];
}

function names(role: GraphResource, reference: string): boolean {
  return [textOf(role, "name"), textOf(role, "arn")].includes(reference);
}

function compileOf(resource: GraphResource, property: string, kind: PolicyKind): Policy {
  return compile(propertyOf(resource, property), `${property} of ${resource.name}`, kind);
}
