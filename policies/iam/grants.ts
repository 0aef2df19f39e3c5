/** Where a stack's rights are written down: documents of identities, and managed policies that are attached. */
import { each, together, type Value } from "../known";
import type { Subject } from "../subject";
import { list, object, text } from "../values";
import { eachAllow, type Statement } from "./document";

/** Types with a document of rights, and the property that holds it. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  "aws:iam/policy:Policy": "policy",
  "aws:iam/rolePolicy:RolePolicy": "policy",
  "aws:iam/userPolicy:UserPolicy": "policy",
  "aws:iam/groupPolicy:GroupPolicy": "policy",
  "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": "inlinePolicy",
};

/** Types that attach managed policies, and the property that names them. */
const ATTACHMENTS: Readonly<Record<string, string>> = {
  "aws:iam/role:Role": "managedPolicyArns",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
  "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": "policyArns",
  "aws:iam/userPolicyAttachment:UserPolicyAttachment": "policyArn",
  "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "policyArn",
  "aws:iam/policyAttachment:PolicyAttachment": "policyArn",
  "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": "managedPolicyArn",
};

export const DOCUMENT_TYPES: readonly string[] = [...Object.keys(DOCUMENTS), "aws:iam/role:Role"];
export const ATTACHMENT_TYPES: readonly string[] = Object.keys(ATTACHMENTS);

/** Applies `check` to each statement that allows something to the identity that the resource is part of. */
export function eachGrant<Found>(
  { type, props }: Subject,
  check: (statement: Statement, where: string) => readonly Found[],
): readonly Found[] {
  const property = DOCUMENTS[type];
  const own = (document: Value, where: string): readonly Found[] =>
    eachAllow(document, (statement) => check(statement, `${where}${statement.label}`));
  return together(
    () => (property === undefined ? [] : own(props[property], "")),
    () =>
      type === "aws:iam/role:Role"
        ? each(list(props.inlinePolicies), (inline) =>
            own(object(inline).policy, `inline policy ${text(object(inline).name)}, `),
          )
        : [],
  );
}

/** Applies `check` to the ARN of each managed policy that the resource attaches. */
export function eachAttachment<Found>(
  { type, props }: Subject,
  check: (policyArn: string) => readonly Found[],
): readonly Found[] {
  const property = ATTACHMENTS[type];
  return property === undefined ? [] : each(list(props[property]), (arn) => check(text(arn)));
}
