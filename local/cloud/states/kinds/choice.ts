/** Choice rules: which of them holds for an input. https://states-language.net/spec.html#choice-state */
import type { Json } from "../../../graph";
import type { ChoiceRule } from "../definition/asl";
import { readPath, selectPath, type Readable } from "../expressions/json-path";
import { runtimeError } from "../state-error";
import { timestampMs } from "../expressions/timestamp";

type Kind = "String" | "Numeric" | "Boolean" | "Timestamp";
type Comparable = string | number | boolean;
type Test = (left: Comparable, right: Comparable) => boolean;

/** An operator that compares two values of one kind: its operand stands in the rule, or at a path. */
interface Comparison {
  readonly kind: Kind;
  readonly test: Test;
}

const ORDERS: Readonly<Record<string, Test>> = {
  Equals: (left, right) => left === right,
  LessThan: (left, right) => left < right,
  GreaterThan: (left, right) => left > right,
  LessThanEquals: (left, right) => left <= right,
  GreaterThanEquals: (left, right) => left >= right,
};

const COMPARISONS: ReadonlyMap<string, Comparison> = new Map(
  (["String", "Numeric", "Timestamp", "Boolean"] as const).flatMap((kind) =>
    Object.entries(ORDERS)
      .filter(([order]) => kind !== "Boolean" || order === "Equals")
      .map(([order, test]): [string, Comparison] => [`${kind}${order}`, { kind, test }]),
  ),
);

const TYPE_TESTS: ReadonlyMap<string, (value: Json | undefined) => boolean> = new Map([
  ["IsPresent", (value: Json | undefined) => value !== undefined],
  ["IsNull", (value: Json | undefined) => value === null],
  ["IsString", (value: Json | undefined) => typeof value === "string"],
  ["IsNumeric", (value: Json | undefined) => typeof value === "number"],
  ["IsBoolean", (value: Json | undefined) => typeof value === "boolean"],
  ["IsTimestamp", (value: Json | undefined) => typeof value === "string" && timestampMs(value) !== null],
]);

/** What an operator's operand must be, for the check at creation; null when there is no such operator. */
export function operandKind(operator: string): Kind | "Path" | null {
  if (COMPARISONS.has(operator)) return COMPARISONS.get(operator)?.kind ?? null;
  if (operator === "StringMatches") return "String";
  if (TYPE_TESTS.has(operator)) return "Boolean";
  return operator.endsWith("Path") && COMPARISONS.has(operator.slice(0, -4)) ? "Path" : null;
}

/** True for the fields of a rule that are not its operator. */
export function isRuleField(field: string): boolean {
  return ["Variable", "Next", "Comment", "Assign", "Output"].includes(field);
}

/** The first rule that holds; null when none does. */
export function chooseRule(rules: readonly ChoiceRule[], from: Readable): ChoiceRule | null {
  return rules.find((rule) => holds(rule, from)) ?? null;
}

function holds(rule: ChoiceRule, from: Readable): boolean {
  if (rule.And !== undefined) return rule.And.every((part) => holds(part, from));
  if (rule.Or !== undefined) return rule.Or.some((part) => holds(part, from));
  if (rule.Not !== undefined) return !holds(rule.Not, from);
  const operator = Object.keys(rule).find((field) => !isRuleField(field)) ?? "";
  return compare(operator, rule[operator] as Json, rule.Variable ?? "$", from);
}

function compare(operator: string, operand: Json, variable: string, from: Readable): boolean {
  const value = selectPath(variable, from);
  const typeTest = TYPE_TESTS.get(operator);
  if (operator === "IsPresent") return (value !== undefined) === operand;
  if (value === undefined) {
    throw runtimeError(
      `Invalid path '${variable}': The choice state's condition path references an invalid value.`,
    );
  }
  if (typeTest !== undefined) return typeTest(value) === operand;
  if (operator === "StringMatches") return typeof value === "string" && matches(value, String(operand));
  const comparison = COMPARISONS.get(operator);
  if (comparison !== undefined) return compareAs(comparison, value, operand);
  const byPath = COMPARISONS.get(operator.replace(/Path$/, ""));
  return byPath !== undefined && compareAs(byPath, value, readPath(String(operand), from));
}

function compareAs({ kind, test }: Comparison, left: Json, right: Json): boolean {
  const first = comparable(kind, left);
  const second = comparable(kind, right);
  return first !== null && second !== null && test(first, second);
}

/** Null for a value of another kind: such a comparison is false. */
function comparable(kind: Kind, value: Json): Comparable | null {
  switch (kind) {
    case "String":
      return typeof value === "string" ? value : null;
    case "Numeric":
      return typeof value === "number" ? value : null;
    case "Boolean":
      return typeof value === "boolean" ? value : null;
    case "Timestamp":
      return typeof value === "string" ? timestampMs(value) : null;
  }
}

/** `*` stands for any characters; `\*` is a star and `\\` a backslash. */
function matches(value: string, pattern: string): boolean {
  const source = pattern.replace(
    /\\([\\*])|(\*)|([\s\S])/g,
    (_all, escaped?: string, star?: string, plain?: string) =>
      star === undefined ? (escaped ?? plain ?? "").replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&") : "[\\s\\S]*",
  );
  return new RegExp(`^${source}$`).test(value);
}
