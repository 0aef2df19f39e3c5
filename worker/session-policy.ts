/** The rights of one task: of what its function's role may do, what concerns the ARNs in the task's input (D8). Pure. */
import type { GrantStatement } from "./settings";

/** STS takes no longer one. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const LONGEST_POLICY = 2_048;
/** A session policy can't be empty; a session without any allows all that the role does. */
const NOTHING = { Effect: "Deny", Action: "*", Resource: "*" };

/**
 * The session policy in JSON. A granted ARN stands in the input when a string of the input is an ARN that it matches:
 * then that ARN is granted alone; or when it lies below an ARN of the input, as `BUCKET/*` does below BUCKET. A grant on
 * all resources ("*") names no ARN and is kept. Throws when the policy is longer than STS takes.
 */
export function sessionPolicy(grants: readonly GrantStatement[], input: string): string {
  const arns = arnsIn(JSON.parse(input));
  const statements = grants.flatMap(({ Effect, Action, Resource, Condition }) => {
    const narrowed = [...new Set(Resource.flatMap((granted) => narrow(granted, arns)))];
    return narrowed.length === 0 ? [] : [{ Effect, Action, Resource: narrowed, Condition }];
  });
  const policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.length === 0 ? [NOTHING] : statements,
  });
  if (policy.length > LONGEST_POLICY) {
    throw new Error(
      `The session policy of the task has ${String(policy.length)} characters, STS takes ${String(LONGEST_POLICY)}; name fewer resources in the task's input or grant fewer actions.`,
    );
  }
  return policy;
}

function narrow(granted: string, arns: readonly string[]): readonly string[] {
  if (granted === "*") return [granted];
  const pattern = patternOf(granted);
  return arns.flatMap((arn) => {
    if (pattern.test(arn)) return [arn];
    return granted.startsWith(`${arn}/`) || granted.startsWith(`${arn}:`) ? [granted] : [];
  });
}

/** IAM's wildcards: `*` any text, `?` any character. */
function patternOf(granted: string): RegExp {
  const escaped = granted.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
}

/** Every string that is an ARN, wherever it stands. One with a wildcard or a variable names no single thing: left out. */
function arnsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return /^arn:[^:]*:[^:]+:[^:]*:[^:]*:[^*?$]+$/.test(value) ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(arnsIn);
}
