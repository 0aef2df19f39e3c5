/** Applies a rule to resources: the one path of the analyzer and of the tests. */
import { UnknownValue } from "./known";
import type { Finding, Rule } from "./rule";
import type { Stack, Subject } from "./subject";

export interface Outcome {
  readonly findings: readonly Finding[];
  /** What kept the rule from judging all, in preview; null when it judged. */
  readonly undecided: string | null;
}

/** Null: the rule is about other resources. Throws what the rule throws, with the rule's and the resource's name. */
export function evaluate(
  rule: Rule,
  target: { readonly resource: Subject } | { readonly stack: Stack },
): Outcome | null {
  const { validate } = rule;
  if ("resource" in target) {
    const { resource } = target;
    if (validate.on !== "resource" || !validate.types.includes(resource.type)) return null;
    return attempt(
      rule,
      resource.urn,
      () => validate.check(resource).map((found) => ({ subject: resource, found })),
      (found) => ({
        subject: resource,
        found: String(found),
      }),
    );
  }
  const { stack } = target;
  if (validate.on !== "stack" || !stack.resources.some(({ type }) => validate.types.includes(type)))
    return null;
  return attempt(
    rule,
    "the stack",
    () => validate.check(stack),
    (found) => found as Finding,
  );
}

function attempt(
  rule: Rule,
  where: string,
  check: () => readonly Finding[],
  findingOf: (found: unknown) => Finding,
): Outcome {
  try {
    return { findings: check(), undecided: null };
  } catch (error) {
    if (error instanceof UnknownValue) {
      return { findings: error.findings.map(findingOf), undecided: error.path };
    }
    throw new Error(`The rule ${rule.id} failed on ${where}: ${(error as Error).message}`, { cause: error });
  }
}
