/**
 * Filter patterns of JSON: `{ $.type = "ActivityScheduled" && ($.size > 3 || $.user.name = "a*") }`.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#matching-terms-json-log-events
 */
import { invalidPattern, regularExpression } from "./pattern-error";

export type JsonMatcher = (value: unknown) => boolean;

const TOKEN =
  /\s*(&&|\|\||!=|<=|>=|[=<>()]|"(?:[^"\\]|\\.)*"|%[^%]+%|\$(?:\.[\w-]+|\.?\[(?:\d+|\*|'[^']*'|"[^"]*")\])*|[^\s()=<>!&|]+)/y;

/** `text` is what lies between the braces. Throws ServiceError InvalidParameterException. */
export function parseJsonPattern(text: string): JsonMatcher {
  const tokens = tokensOf(text);
  let at = 0;
  const peek = (): string => tokens[at] ?? "";
  const take = (): string => tokens[at++] ?? "";
  const wrong = (): never => {
    throw invalidPattern(`${peek() === "" ? "its end" : peek()} is not expected`, `{${text}}`);
  };

  function either(): JsonMatcher {
    const parts = [both()];
    while (peek() === "||") {
      take();
      parts.push(both());
    }
    return (value) => parts.some((part) => part(value));
  }

  function both(): JsonMatcher {
    const parts = [single()];
    while (peek() === "&&") {
      take();
      parts.push(single());
    }
    return (value) => parts.every((part) => part(value));
  }

  function single(): JsonMatcher {
    if (peek() === "(") {
      take();
      const inner = either();
      if (take() !== ")") wrong();
      return inner;
    }
    if (!peek().startsWith("$")) wrong();
    const read = selector(take());
    const operator = take();
    const upper = operator.toUpperCase();
    if (upper === "IS") return literal(read, take().toUpperCase());
    if (upper === "NOT" && take().toUpperCase() === "EXISTS") return (value) => read(value).length === 0;
    if (upper === "EXISTS") return (value) => read(value).length > 0;
    const operand = take();
    if (!/^(=|!=|<|>|<=|>=)$/.test(operator) || operand === "" || /^[()&|]/.test(operand)) wrong();
    const compares = comparison(operator, operand, text);
    // As AWS: what is not there is different from anything.
    return operator === "!=" ? (value) => read(value).every(compares) : (value) => read(value).some(compares);
  }

  function literal(read: (value: unknown) => readonly unknown[], word: string): JsonMatcher {
    const wanted = new Map<string, unknown>([
      ["TRUE", true],
      ["FALSE", false],
      ["NULL", null],
    ]);
    if (!wanted.has(word)) wrong();
    return (value) => read(value).includes(wanted.get(word));
  }

  const matches = either();
  if (at < tokens.length) wrong();
  return matches;
}

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  const token = new RegExp(TOKEN);
  while (text.slice(token.lastIndex).trim() !== "") {
    const from = token.lastIndex;
    const found = token.exec(text)?.[1];
    if (found === undefined)
      throw invalidPattern(`${text.slice(from).trim()} is not understood`, `{${text}}`);
    tokens.push(found);
  }
  return tokens;
}

/** All values that `$.a[0].b` or `$.a[*]` names; none where it names nothing. */
function selector(path: string): (value: unknown) => readonly unknown[] {
  const steps = [...path.matchAll(/\.([\w-]+)|\[(\d+|\*|'[^']*'|"[^"]*")\]/g)].map(
    ([, name, index = ""]) => name ?? index.replace(/^['"]|['"]$/g, ""),
  );
  return (value) =>
    steps.reduce<readonly unknown[]>((found, step) => found.flatMap((each) => below(each, step)), [value]);
}

function below(value: unknown, step: string): readonly unknown[] {
  if (typeof value !== "object" || value === null) return [];
  if (step === "*") return Object.values(value);
  return Object.hasOwn(value, step) ? [(value as Record<string, unknown>)[step]] : [];
}

function comparison(operator: string, operand: string, text: string): (value: unknown) => boolean {
  const equals = equality(operand, text);
  if (operator === "=") return equals;
  if (operator === "!=") return (value) => !equals(value);
  const bound = Number(operand);
  if (Number.isNaN(bound)) throw invalidPattern(`${operator} compares numbers, not ${operand}`, `{${text}}`);
  return (value) => {
    if (typeof value !== "number") return false;
    if (operator === "<") return value < bound;
    if (operator === ">") return value > bound;
    return operator === "<=" ? value <= bound : value >= bound;
  };
}

/** Quoted or not, a text may have `*`; a number without quotes is compared as a number, or as its text. */
function equality(operand: string, text: string): (value: unknown) => boolean {
  if (operand.startsWith("%")) {
    const regular = regularExpression(operand.slice(1, -1), `{${text}}`);
    return (value) => isPlain(value) && regular.test(String(value));
  }
  const quoted = operand.startsWith('"');
  const wanted = quoted ? operand.slice(1, -1).replace(/\\(.)/g, "$1") : operand;
  const number = quoted ? Number.NaN : Number(wanted);
  const wild = new RegExp(
    `^${wanted
      .split("*")
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*")}$`,
    "s",
  );
  return (value) => isPlain(value) && (value === number || wild.test(String(value)));
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
