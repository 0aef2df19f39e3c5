/** Checks of the rules of a Choice state. */
import type { Json } from "../../../graph";
import type { JsonObject, QueryLanguage } from "./asl";
import { checkFields, checkTarget } from "./attempt-checks";
import { isRuleField, operandKind } from "../kinds/choice";
import { type Complain, pathMistake } from "./expression-checks";
import { checkJsonata, expressionMistakesIn, isExpression } from "./jsonata-checks";
import { isObject } from "../expressions/json-path";
import { timestampMs } from "../expressions/timestamp";
import { checkAssign } from "./variable-checks";

export function choiceMistakes(
  choices: Json | undefined,
  siblings: JsonObject,
  language: QueryLanguage,
  at: string,
  setting: { readonly outer: ReadonlySet<string>; readonly complain: Complain },
): void {
  const { complain } = setting;
  if (!Array.isArray(choices) || choices.length === 0) {
    complain("Choices must be a non-empty array", `${at}/Choices`);
    return;
  }
  for (const [index, rule] of choices.entries()) {
    const where = `${at}/Choices[${String(index)}]`;
    checkTarget(isObject(rule) ? rule["Next"] : undefined, siblings, `${where}/Next`, complain);
    if (isObject(rule)) checkAssign(rule, language, where, setting);
    if (language === "JSONata") conditionMistakes(rule, where, complain);
    else ruleMistakes(rule, where, true, complain);
  }
}

function conditionMistakes(rule: Json, at: string, complain: Complain): void {
  if (!isObject(rule)) {
    complain("A choice rule must be an object", at);
    return;
  }
  checkFields(rule, ["Condition", "Next", "Assign", "Output"], "JSONata", at, complain);
  const { Condition: condition } = rule;
  if (typeof condition !== "boolean" && !isExpression(condition))
    complain("Condition must be a JSONata expression, {% … %}, or a boolean", `${at}/Condition`);
  else expressionMistakesIn(condition ?? null, `${at}/Condition`, complain);
  checkJsonata(rule, at, complain);
}

function ruleMistakes(rule: Json, at: string, top: boolean, complain: Complain): void {
  if (!isObject(rule)) {
    complain("A choice rule must be an object", at);
    return;
  }
  for (const field of ["Next", "Assign"])
    if (!top && rule[field] !== undefined) complain(`${field} stands in the outermost rule only`, at);
  if (rule["Output"] !== undefined) complain("Field 'Output' is for JSONata", at);
  const operators = Object.keys(rule).filter((field) => !isRuleField(field));
  const [operator] = operators;
  if (operator === undefined || operators.length > 1) {
    complain(
      `A choice rule has exactly one operator, got ${operators.length === 0 ? "none" : operators.join(", ")}`,
      at,
    );
  } else if (operator === "And" || operator === "Or") listMistakes(operator, rule[operator], at, complain);
  else if (operator === "Not") ruleMistakes(rule["Not"] ?? null, `${at}/Not`, false, complain);
  else comparisonMistakes(operator, rule, at, complain);
}

function listMistakes(operator: string, rules: Json | undefined, at: string, complain: Complain): void {
  if (!Array.isArray(rules) || rules.length === 0) {
    complain(`${operator} must be a non-empty array of choice rules`, at);
    return;
  }
  for (const [index, rule] of rules.entries())
    ruleMistakes(rule, `${at}/${operator}[${String(index)}]`, false, complain);
}

function comparisonMistakes(operator: string, rule: JsonObject, at: string, complain: Complain): void {
  const kind = operandKind(operator);
  const operand = rule[operator];
  if (kind === null)
    complain(
      operator === "Condition" ? "Field 'Condition' is for JSONata" : `There is no operator '${operator}'`,
      at,
    );
  else if (kind === "Path") pathMistake(operand, `${at}/${operator}`, complain);
  else if (!fits(kind, operand))
    complain(`${operator} takes a ${kind.toLowerCase()}, got ${JSON.stringify(operand)}`, at);
  pathMistake(rule["Variable"], `${at}/Variable`, complain);
}

function fits(kind: "String" | "Numeric" | "Boolean" | "Timestamp", operand: Json | undefined): boolean {
  switch (kind) {
    case "String":
      return typeof operand === "string";
    case "Numeric":
      return typeof operand === "number";
    case "Boolean":
      return typeof operand === "boolean";
    case "Timestamp":
      return typeof operand === "string" && timestampMs(operand) !== null;
  }
}
