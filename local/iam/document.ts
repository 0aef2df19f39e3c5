/** Reads policy documents by IAM's grammar into what evaluate.ts judges by; what IAM would not take is refused here. */
import { condition, pattern, type Condition, type Patterns, type Policy, type Statement } from "./evaluate";

/** What a document is attached to: an identity (or it is a boundary, or a session's), a resource, or a role as its trust. */
export type PolicyKind = "identity" | "resource" | "trust";

/** A document that IAM would not take. */
export class MalformedPolicy extends Error {
  override readonly name = "MalformedPolicyDocument";
}

type Fields = Readonly<Record<string, unknown>>;
type Problem = (what: string) => MalformedPolicy;
type Element = "Principal" | "Action" | "Resource";

const VERSION_WITH_VARIABLES = "2012-10-17";
/** What a document without a Version has. */
const FIRST_VERSION = "2008-10-17";
const OTHER_ELEMENTS = ["Sid", "Effect", "Condition"];
const ELEMENTS: readonly Element[] = ["Principal", "Action", "Resource"];

/**
 * Reads a document: JSON text, or what it stands for. Throws MalformedPolicy, which begins with `name`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function compile(document: unknown, name: string, kind: PolicyKind): Policy {
  const problem: Problem = (what) =>
    new MalformedPolicy(`${name} is not a policy document that IAM takes: ${what}.`);
  const fields = objectOf(parsed(document, problem), () => problem("it is not an object"));
  const { Version: version = FIRST_VERSION, Statement: listed } = fields;
  if (version !== VERSION_WITH_VARIABLES && version !== FIRST_VERSION)
    throw problem(`its Version is 2012-10-17 or 2008-10-17, got ${JSON.stringify(version)}`);
  const statements = listed === undefined ? [] : [listed].flat();
  if (statements.length === 0) throw problem("it has no Statement");
  const variables = version === VERSION_WITH_VARIABLES;
  return {
    name,
    statements: statements.map((statement, index) => {
      const inStatement: Problem = (what) => problem(`statement ${String(index + 1)} ${what}`);
      return compileStatement(
        objectOf(statement, () => inStatement("is not an object")),
        { name, kind, variables, problem: inStatement },
      );
    }),
  };
}

interface Surroundings {
  readonly name: string;
  readonly kind: PolicyKind;
  readonly variables: boolean;
  readonly problem: Problem;
}

function compileStatement(fields: Fields, { name, kind, variables, problem }: Surroundings): Statement {
  const known = [...OTHER_ELEMENTS, ...ELEMENTS.flatMap((element) => [element, `Not${element}`])];
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  if (unknown !== undefined) throw problem(`has ${unknown}, which is no element`);
  const { Effect: effect, Sid: sid } = fields;
  if (effect !== "Allow" && effect !== "Deny") throw problem(`has an Effect that is neither Allow nor Deny`);
  if (effect === "Allow" && "NotPrincipal" in fields)
    throw problem("allows by NotPrincipal, which is for Deny alone");
  const principal =
    kind === "identity" ? absent(fields, "Principal", problem) : one(fields, "Principal", problem);
  const resource = kind === "trust" ? absent(fields, "Resource", problem) : one(fields, "Resource", problem);
  const action = one(fields, "Action", problem);
  const actions = strings(action.value, problem);
  const odd = actions.find((each) => !/^(\*|[\w-]+:[\w*?]+)$/.test(each));
  if (odd !== undefined) throw problem(`has the action ${odd}, which is not service:Name`);
  const patterns = (
    not: boolean,
    texts: readonly string[],
    options: Parameters<typeof pattern>[1],
  ): Patterns => ({
    not,
    patterns: texts.map((text) => pattern(text, options)),
  });
  return {
    policy: name,
    sid: typeof sid === "string" ? sid : null,
    effect,
    principals: principal && { not: principal.not, names: principalNames(principal.value, problem) },
    actions: patterns(action.not, actions, { variables: false, ignoreCase: true }),
    resources:
      resource && patterns(resource.not, strings(resource.value, problem), { variables, ignoreCase: false }),
    conditions: conditionsOf(fields["Condition"] ?? {}, variables, problem),
  };
}

function absent(fields: Fields, element: Element, problem: Problem): null {
  const found = [element, `Not${element}`].find((key) => key in fields);
  if (found !== undefined) throw problem(`has ${found}, which a policy of its kind can't have`);
  return null;
}

function one(
  fields: Fields,
  element: Element,
  problem: Problem,
): { readonly not: boolean; readonly value: unknown } {
  const [first, second] = [element, `Not${element}`].filter((key) => key in fields);
  if (first === undefined || second !== undefined) throw problem(`needs one of ${element} and Not${element}`);
  return { not: first !== element, value: fields[first] };
}

/** Accounts by their number, however they were written. Federated and canonical users never call here, and match nobody. */
function principalNames(value: unknown, problem: Problem): readonly string[] {
  if (value === "*") return ["*"];
  const byType = Object.entries(
    objectOf(value, () => problem("has a Principal that is neither * nor an object")),
  );
  return byType.flatMap(([type, names]) => {
    if (!["AWS", "Service", "Federated", "CanonicalUser"].includes(type))
      throw problem(`has a Principal of the type ${type}, which there is not`);
    const listed = strings(names, problem);
    if (type === "AWS")
      return listed.map((each) => /^arn:[\w-]+:iam::(\d{12}):root$/.exec(each)?.[1] ?? each);
    return type === "Service" ? listed : listed.map((each) => `${type} ${each}`);
  });
}

function conditionsOf(value: unknown, variables: boolean, problem: Problem): readonly Condition[] {
  const operators = Object.entries(objectOf(value, () => problem("has a Condition that is not an object")));
  return operators.flatMap(([operator, keys]) =>
    Object.entries(objectOf(keys, () => problem(`has ${operator} without keys`))).map(([key, wanted]) => {
      const compiled = condition(operator, key, strings(wanted, problem), variables);
      if (compiled === null) throw problem(`has the condition operator ${operator}, which there is not`);
      return compiled;
    }),
  );
}

function parsed(document: unknown, problem: Problem): unknown {
  if (typeof document !== "string") return document;
  try {
    return JSON.parse(document);
  } catch (error) {
    throw problem((error as Error).message);
  }
}

function objectOf(value: unknown, problem: () => MalformedPolicy): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw problem();
}

/** One or several; a condition's numbers and booleans may stand without quotes. */
function strings(value: unknown, problem: Problem): readonly string[] {
  const listed: readonly unknown[] = [value].flat();
  return listed.map((each) => {
    if (typeof each === "string") return each;
    if (typeof each === "number" || typeof each === "boolean") return String(each);
    throw problem(`has ${JSON.stringify(each) ?? "nothing"} where a text belongs`);
  });
}
