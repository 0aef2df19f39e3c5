/** What is required of trust: who may take on a role, and on whose behalf. */
import { type Condition, eachAllow, narrowedBy, type Statement } from "../iam/document";
import { isWholeKind, PRINCIPAL_KEYS } from "../iam/scope";
import type { Rule } from "../rule";
import type { Subject } from "../subject";
import { ROLE } from "../types";

/** An account as a whole: its root, or its number. */
const ACCOUNT = /^(arn:[^:]+:iam::\d{12}:root|\d{12})$/;

/** One issuer for all of its customers: the audience tells none of them apart, the subject does. */
const SHARED_ISSUER =
  /oidc-provider\/(token\.actions\.githubusercontent\.com|gitlab\.com|app\.terraform\.io|api\.pulumi\.com\/oidc)$/;
const SUBJECT = /:sub$/;

/** `repo:*`: any repository of anybody. */
function holdsAnySubject({ key, values }: Condition): boolean {
  return SUBJECT.test(key) && values.some((value) => /^[a-z_]+:[*?]/i.test(value));
}

/** `aws:PrincipalArn` with `role/*`: every role that there is. */
function holdsWholeKind({ key, values }: Condition): boolean {
  return key === "aws:principalarn" && values.some(isWholeKind);
}

function principals({ props }: Subject): readonly string[] {
  return eachAllow(props.assumeRolePolicy, (statement) => {
    if (statement.hasNotPrincipal) return [`${statement.label} trusts all but some (NotPrincipal)`];
    return statement.principals.flatMap((principal) =>
      untrustworthy(statement, principal.kind, principal.value),
    );
  });
}

function untrustworthy(statement: Statement, kind: string, value: string): readonly string[] {
  if (kind === "Federated" && SHARED_ISSUER.test(value)) {
    const held = narrowedBy(statement, SUBJECT) && !statement.conditions.some(holdsAnySubject);
    return held ? [] : [`${statement.label} trusts everybody whom ${value} knows`];
  }
  if (narrowedBy(statement, PRINCIPAL_KEYS) && !statement.conditions.some(holdsWholeKind)) return [];
  if (kind === "*" || value.includes("*")) return [`${statement.label} trusts everybody`];
  if (kind === "AWS" && ACCOUNT.test(value)) return [`${statement.label} trusts the whole account ${value}`];
  if (kind === "Federated") return [`${statement.label} trusts everybody whom ${value} knows`];
  return [];
}

/**
 * Services that say on whose behalf they take on a role.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 * EC2 says nothing (https://github.com/prowler-cloud/prowler/issues/2810), so a condition would lock its instances out.
 */
const NAMES_SOURCE: ReadonlySet<string> = new Set(
  [
    "bedrock",
    "cloudtrail",
    "codebuild",
    "ecs-tasks",
    "firehose",
    "glue",
    "lambda",
    "pipes",
    "sagemaker",
    "scheduler",
    "states",
    "transfer",
    "vpc-flow-logs",
  ].map((service) => `${service}.amazonaws.com`),
);
const SOURCE_KEYS =
  /^(aws:(sourcearn|sourceaccount|sourceorgid|sourceorgpaths|principalorgid)|sts:externalid)$/;

/** `states.eu-west-1.amazonaws.com` as `states.amazonaws.com`. */
function withoutRegion(service: string): string {
  return service.replace(/\.[a-z]{2}(-[a-z]+)+-\d\.amazonaws\.com(\.cn)?$/, ".amazonaws.com");
}

function deputies({ props }: Subject): readonly string[] {
  return eachAllow(props.assumeRolePolicy, (statement) => {
    if (narrowedBy(statement, SOURCE_KEYS)) return [];
    return statement.principals
      .filter(({ kind, value }) => kind === "Service" && NAMES_SOURCE.has(withoutRegion(value)))
      .map(({ value }) => `${statement.label} trusts ${value} on anybody's behalf`);
  });
}

export const trustRules: readonly Rule[] = [
  {
    id: "iam-trust-named",
    requirement: 44,
    group: "IAM",
    title: "Roles trust somebody in particular",
    what: "No role trusts everybody, a whole account, or everybody of an identity provider, unless a condition says whom: an external id, an organisation, a subject.",
    why: "Whoever is trusted has the role's rights.",
    severity: "critical",
    enforcement: "mandatory",
    references: ["CKV_AWS_60", "CKV_AWS_61", "CKV_AWS_358"],
    mend: "name the role or service, or add a condition, such as sts:ExternalId or the token's sub",
    validate: { on: "resource", types: [ROLE], check: principals },
  },
  {
    id: "iam-trust-pinned",
    requirement: 44,
    group: "IAM",
    title: "Services are trusted on this account's behalf",
    what: "Where a service says on whose behalf it takes on a role, the trust has a condition on `aws:SourceAccount` or `aws:SourceArn`. EC2 says nothing and is let through.",
    why: "Otherwise somebody else's resource may make the service use your role: the confused deputy.",
    severity: "high",
    enforcement: "mandatory",
    references: ["CKV_AWS_60", "Loveless D8"],
    mend: "add the condition StringEquals aws:SourceAccount with this account's number",
    validate: { on: "resource", types: [ROLE], check: deputies },
  },
];
