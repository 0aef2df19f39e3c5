/** The grants of a graph's roles, statement by statement, action by action, resource by resource; and which of them were used. */
import type { Identities } from "./identities";
import type { Pattern, Patterns, Statement } from "./evaluate";
import type { AccessRequest } from "./judge";

/** One action on one resource, as a statement of a role's policy allows it. */
export interface Grant {
  /** ARN of the role. */
  readonly roleArn: string;
  /** Logical name of the role: what people know it by. */
  readonly role: string;
  /** As written: it may have wildcards. */
  readonly action: string;
  readonly resource: string;
}

export interface Grants {
  readonly all: readonly Grant[];
  /** `statement` allowed this to a session of the role. */
  use(roleArn: string, statement: Statement, request: AccessRequest): void;
  /** The actions that it allowed: several where it is written with a wildcard, none where nothing used it. */
  usedActions(grant: Grant): ReadonlySet<string>;
}

interface Matcher {
  readonly text: string;
  matches(value: string): boolean;
}

interface Entry {
  readonly grant: Grant;
  readonly action: Matcher;
  readonly resource: Matcher;
}

export function createGrants(identities: Identities): Grants {
  const byStatement = new Map<Statement, Entry[]>();
  for (const role of identities.roles.values()) {
    for (const statement of role.policies.flatMap(({ statements }) => statements)) {
      if (statement.effect === "Deny") continue;
      const entries = matchers(statement.actions).flatMap((action) =>
        matchers(statement.resources ?? { not: true, patterns: [] }).map((resource) => ({
          grant: { roleArn: role.arn, role: role.label, action: action.text, resource: resource.text },
          action,
          resource,
        })),
      );
      // Roles may share a managed policy.
      byStatement.set(statement, [...(byStatement.get(statement) ?? []), ...entries]);
    }
  }
  const used = new Map<Grant, Set<string>>();
  return {
    all: [...byStatement.values()].flat().map(({ grant }) => grant),
    use(roleArn, statement, request) {
      for (const { grant, action, resource } of byStatement.get(statement) ?? []) {
        if (grant.roleArn === roleArn && action.matches(request.action) && resource.matches(request.resource))
          used.set(grant, (used.get(grant) ?? new Set()).add(request.action));
      }
    },
    usedActions: (grant) => used.get(grant) ?? new Set(),
  };
}

/** One for each pattern; one for all of `Not…`, which grants whatever else there is. */
function matchers({ not, patterns }: Patterns): readonly Matcher[] {
  const fits = (pattern: Pattern, value: string): boolean => pattern.matches(value, NO_VALUES) !== false;
  if (!not)
    return patterns.map((pattern) => ({ text: pattern.text, matches: (value) => fits(pattern, value) }));
  const text = `all but ${patterns.map((pattern) => pattern.text).join(", ")}`;
  return [{ text, matches: (value) => !patterns.some((pattern) => fits(pattern, value)) }];
}

/** The statement is known to apply; which of several patterns with variables fits is not asked again. */
const NO_VALUES = (): ReadonlyMap<string, readonly string[]> => new Map();
