/** What AWS says when it refuses a call, and how: its words by the reason, its code and status by the service. */
import type { Decision } from "./evaluate";
import type { AccessRequest } from "./judge";

type Refusal = Extract<Decision, { allowed: false }>;

const POLICY = {
  identity: "identity-based policy",
  boundary: "permissions boundary",
  session: "session policy",
  resource: "resource-based policy",
} as const;

/**
 * AWS's sentence. `principal` as AWS names it: a role by its session.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function refusalMessage(
  principal: string,
  { action, resource }: AccessRequest,
  refusal: Refusal,
): string {
  const policy =
    refusal.by === "resource" && action.startsWith("sts:") ? "role trust policy" : POLICY[refusal.by];
  // S3 alone puts the resource in quotes.
  const on = action.startsWith("s3:") ? `"${resource}"` : resource;
  const why =
    refusal.statement === null
      ? `because no ${policy} allows the ${action} action`
      : `with an explicit deny in ${/^[aeiou]/.test(policy) ? "an" : "a"} ${policy}`;
  return `User: ${principal} is not authorized to perform: ${action} on resource: ${on} ${why}`;
}

/** The error's name and HTTP status, by the service: each speaks a protocol of its own. */
export function refusalCode(action: string): { readonly code: string; readonly status: number } {
  if (/^(s3|sts):/.test(action)) return { code: "AccessDenied", status: 403 };
  return { code: "AccessDeniedException", status: action.startsWith("lambda:") ? 403 : 400 };
}
