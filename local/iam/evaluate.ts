/**
 * Judges one request by the policies that bear on it, as IAM does. Pure: it imports nothing, and knows no graph, clock or
 * service; what a statement may refer to arrives as context. Policies are compiled once (document.ts), and judged many times.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */

/** Who asks: an IAM user or role, or an AWS service by its name, such as `lambda.amazonaws.com`. */
export interface Caller {
  readonly arn: string;
  /** `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`; null for users and services. */
  readonly sessionArn: string | null;
}

/** Condition keys in any case, as IAM takes them; several values only where AWS has several. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

/** A context with its keys in lower case; made when first asked for, since most statements never ask. */
export type Values = () => ReadonlyMap<string, readonly string[]>;

export interface Question {
  readonly caller: Caller;
  /** `service:Operation`. */
  readonly action: string;
  /** An ARN, or `*` where the action has no resource. */
  readonly resource: string;
  /** Whose resource it is: a caller of another account needs a yes from both sides. */
  readonly resourceAccount: string;
  readonly context: Context;
}

export interface Policy {
  readonly name: string;
  readonly statements: readonly Statement[];
}

export interface Statement {
  readonly policy: string;
  readonly sid: string | null;
  readonly effect: "Allow" | "Deny";
  /** Null in an identity's policy, which speaks of its identity. `*`, ARNs, names of services, numbers of accounts. */
  readonly principals: { readonly not: boolean; readonly names: readonly string[] } | null;
  readonly actions: Patterns;
  /** Null in a trust policy, which speaks of its role. */
  readonly resources: Patterns | null;
  readonly conditions: readonly Condition[];
}

/** `not`: everything but these. */
export interface Patterns {
  readonly not: boolean;
  readonly patterns: readonly Pattern[];
}

export interface Pattern {
  readonly text: string;
  /** Null: it has a variable that has no value in this request. */
  matches(value: string, values: Values): boolean | null;
}

export type Condition = (values: Values) => boolean;

/** All that bears on one question. Null: the caller has no such thing, and nothing of that kind limits it. */
export interface Policies {
  readonly identity: readonly Policy[];
  readonly boundary: Policy | null;
  readonly session: readonly Policy[] | null;
  readonly resource: readonly Policy[];
  /** The resource's own policy must agree, as a role's trust policy and a KMS key's policy must. */
  readonly resourceDecides: boolean;
}

export type PolicyGroup = Exclude<keyof Policies, "resourceDecides">;

export type Decision =
  /** `statements`: each that allows it, of the identity's policies and the resource's. */
  | { readonly allowed: true; readonly statements: readonly Statement[] }
  /** `statement`: the one that denies it; null where nothing allows it. */
  | { readonly allowed: false; readonly by: PolicyGroup; readonly statement: Statement | null };

export function evaluate(question: Question, policies: Policies): Decision {
  const values = valuesOf(question);
  const matching = (all: readonly Policy[], effect: Statement["effect"]): readonly Statement[] =>
    all.flatMap(({ statements }) =>
      statements.filter((each) => each.effect === effect && applies(each, question, values)),
    );
  const { identity, session, resource, resourceDecides } = policies;
  const boundary = policies.boundary === null ? null : [policies.boundary];
  const groups = { resource, identity, boundary: boundary ?? [], session: session ?? [] };
  for (const by of ["resource", "identity", "boundary", "session"] as const) {
    const [statement] = matching(groups[by], "Deny");
    if (statement !== undefined) return { allowed: false, by, statement };
  }
  const { caller } = question;
  const ofResource = matching(resource, "Allow");
  const ofIdentity = matching(identity, "Allow");
  const named = Math.max(NOT_NAMED, ...ofResource.map((statement) => naming(statement, caller)));
  const isService = !caller.arn.startsWith("arn:");
  const isForeign = !isService && accountOf(caller.arn) !== question.resourceAccount;
  const yes: Decision = { allowed: true, statements: [...ofIdentity, ...ofResource] };
  const no = (by: PolicyGroup): Decision => ({ allowed: false, by, statement: null });

  if (named === NOT_NAMED && (isService || isForeign || resourceDecides)) return no("resource");
  if (isService || (named === AS_ITSELF && !isForeign)) return yes;
  if (ofIdentity.length === 0 && (named < AS_ROLE || isForeign)) return no("identity");
  if (boundary !== null && matching(boundary, "Allow").length === 0) return no("boundary");
  if (session !== null && matching(session, "Allow").length === 0) return no("session");
  return yes;
}

/*
 * How directly a resource's policy names a caller: the more directly, the fewer other policies limit it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html
 */
const NOT_NAMED = 0;
/** By the account, which leaves it to the identity's own policies. */
const AS_ACCOUNT = 1;
/** By the role, or as everybody: needs no identity policy; boundary and session policies still limit it. */
const AS_ROLE = 2;
/** By the very session, user or service: only a denial limits it. */
const AS_ITSELF = 3;

function naming({ principals }: Statement, { arn, sessionArn }: Caller): number {
  const grades = (principals?.names ?? []).map((name) => {
    if (name === "*") return AS_ROLE;
    if (name === sessionArn) return AS_ITSELF;
    if (name === arn) return sessionArn === null ? AS_ITSELF : AS_ROLE;
    return name !== "" && name === accountOf(arn) ? AS_ACCOUNT : NOT_NAMED;
  });
  return Math.max(NOT_NAMED, ...grades);
}

/** `NotPrincipal` spares only who has all of its names in the list: session, role and account. */
function isSpared(names: readonly string[], { arn, sessionArn }: Caller): boolean {
  const own = [arn, sessionArn, arn.startsWith("arn:") ? accountOf(arn) : null];
  return own.every((name) => name === null || names.includes(name));
}

function accountOf(arn: string): string {
  return arn.split(":")[4] ?? "";
}

function applies(statement: Statement, { caller, action, resource }: Question, values: Values): boolean {
  const { principals, actions, resources, conditions } = statement;
  if (!matchesAny(actions, action, values)) return false;
  if (resources !== null && !matchesAny(resources, resource, values)) return false;
  if (principals?.not === true && isSpared(principals.names, caller)) return false;
  if (principals?.not === false && naming(statement, caller) === NOT_NAMED) return false;
  return conditions.every((holds) => holds(values));
}

/** A variable without a value makes a statement void: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html */
function matchesAny({ not, patterns }: Patterns, value: string, values: Values): boolean {
  const matches = patterns.map((pattern) => pattern.matches(value, values));
  return !matches.includes(null) && matches.includes(true) !== not;
}

function valuesOf(question: Question): Values {
  let values: ReturnType<Values> | undefined;
  return () =>
    (values ??= new Map(
      Object.entries(question.context).map(([key, value]) => [key.toLowerCase(), [value].flat()]),
    ));
}

/** An element of Action or Resource. */
export function pattern(
  text: string,
  { variables, ignoreCase }: { readonly variables: boolean; readonly ignoreCase: boolean },
): Pattern {
  const flags = ignoreCase ? "is" : "s";
  if (!variables || !text.includes("${")) {
    const fixed = globRegExp(variables ? text : escaped(text, /\$/g), flags);
    return { text, matches: (value) => fixed.test(value) };
  }
  return {
    text,
    matches(value, values) {
      const glob = expand(text, values);
      return glob === null ? null : globRegExp(glob, flags).test(value);
    },
  };
}

/**
 * One operator on one key, or null when there is no such operator. Of the wanted values one must fit; under a negated
 * operator none may. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
 */
export function condition(
  operator: string,
  key: string,
  wanted: readonly string[],
  variables: boolean,
): Condition | null {
  const name = key.toLowerCase();
  if (operator === "Null") {
    const absent = wanted.map((value) => value.toLowerCase() === "true");
    return (values) => absent.includes((values().get(name) ?? []).length === 0);
  }
  const [, quantifier, base = "", ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  const negated = NEGATED.includes(base);
  const test = new Map(Object.entries(TESTS)).get(negated ? base.replace("Not", "") : base);
  if (test === undefined) return null;
  const all = quantifier === "ForAllValues" || (quantifier === undefined && negated);
  return (values) => {
    const actual = values().get(name) ?? [];
    if (actual.length === 0) return ifExists !== undefined || all;
    const expected = wanted.map((text) => (variables ? expand(text, values) : escaped(text, /\$/g)));
    if (expected.includes(null)) return false;
    const holds = (value: string): boolean =>
      expected.some((each) => each !== null && test(value, each)) !== negated;
    return all ? actual.every(holds) : actual.some(holds);
  };
}

/** `expected` is a glob; only the operators on likeness and ARNs heed its wildcards. */
type Test = (actual: string, expected: string) => boolean;

const NEGATED =
  "StringNotEquals StringNotEqualsIgnoreCase StringNotLike ArnNotEquals ArnNotLike NumericNotEquals DateNotEquals NotIpAddress".split(
    " ",
  );

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const TESTS: Readonly<Record<string, Test>> = {
  StringEquals: (actual, expected) => actual === literal(expected),
  StringEqualsIgnoreCase: (actual, expected) => actual.toLowerCase() === literal(expected).toLowerCase(),
  StringLike: (actual, expected) => globRegExp(expected, "s").test(actual),
  ArnEquals: isArnLike,
  ArnLike: isArnLike,
  Bool: (actual, expected) => actual.toLowerCase() === literal(expected).toLowerCase(),
  BinaryEquals: (actual, expected) => actual === literal(expected),
  IpAddress: (actual, expected) => isWithin(actual, literal(expected)),
  ...orders("Numeric", (text) => (text.trim() === "" ? Number.NaN : Number(text))),
  ...orders("Date", (text) => (/^-?\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text))),
};

function orders(type: string, valueOf: (text: string) => number): Record<string, Test> {
  const compare =
    (holds: (actual: number, expected: number) => boolean): Test =>
    (actual, expected) =>
      holds(valueOf(actual), valueOf(literal(expected)));
  return {
    [`${type}Equals`]: compare((actual, expected) => actual === expected),
    [`${type}LessThan`]: compare((actual, expected) => actual < expected),
    [`${type}LessThanEquals`]: compare((actual, expected) => actual <= expected),
    [`${type}GreaterThan`]: compare((actual, expected) => actual > expected),
    [`${type}GreaterThanEquals`]: compare((actual, expected) => actual >= expected),
  };
}

/** Each of the six parts on its own: a wildcard does not reach across a colon, but in the last part. */
function isArnLike(actual: string, expected: string): boolean {
  const parts = (arn: string): readonly string[] =>
    /^([^:]*):([^:]*):([^:]*):([^:]*):([^:]*):(.*)$/s.exec(arn)?.slice(1) ?? [];
  const [is, should] = [parts(actual), parts(expected)];
  if (is.length === 0 || should.length === 0) return expected === "*";
  return should.every((part, index) => globRegExp(part, "s").test(is[index] ?? ""));
}

function isWithin(address: string, range: string): boolean {
  const [network = "", length] = range.split("/");
  const [one, other] = [bitsOf(address), bitsOf(network)];
  if (one === null || other === null || one.length !== other.length) return false;
  const significant = length === undefined ? one.length : Number(length);
  return one.slice(0, significant) === other.slice(0, significant);
}

/** An IPv4 or IPv6 address in binary digits; null when it is neither. */
function bitsOf(address: string): string | null {
  const binary = (part: string, radix: number, digits: number): string =>
    Number.parseInt(part, radix).toString(2).padStart(digits, "0");
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) {
    return address
      .split(".")
      .map((part) => binary(part, 10, 8))
      .join("");
  }
  if (!/^[\da-f:]*:[\da-f:]*$/i.test(address)) return null;
  const [head = "", tail] = address.split("::");
  const groups = (text: string): readonly string[] => (text === "" ? [] : text.split(":"));
  const [before, after] = [groups(head), groups(tail ?? "")];
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after].map((part) => binary(part, 16, 16)).join("");
}

/*
 * A glob is a text in which `*` and `?` are wildcards, and `${*}`, `${?}`, `${$}` those characters themselves.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
 */

/** Puts values in the place of variables; null when one has none. `${aws:username, 'nobody'}` has a default. */
function expand(text: string, values: Values): string | null {
  let resolved = true;
  const glob = text.replace(/\$\{([^{}*?$][^{}]*)\}/g, (_, inner: string) => {
    const [, key = "", fallback] = /^\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?$/.exec(inner) ?? [];
    const value = values().get(key.toLowerCase())?.[0] ?? fallback;
    resolved &&= value !== undefined;
    return escaped(value ?? "", /[*?$]/g);
  });
  return resolved ? glob : null;
}

function escaped(text: string, characters: RegExp): string {
  return text.replace(characters, (character) => `\${${character}}`);
}

function literal(glob: string): string {
  return glob.replace(/\$\{([*?$])\}/g, "$1");
}

function globRegExp(glob: string, flags: string): RegExp {
  const source = glob.replace(
    /\$\{([*?$])\}|([*?])|([^\w])/g,
    (_, own?: string, wildcard?: string, other?: string) => {
      if (wildcard !== undefined) return wildcard === "*" ? ".*" : ".";
      return `\\${own ?? other ?? ""}`;
    },
  );
  return new RegExp(`^${source}$`, flags);
}
