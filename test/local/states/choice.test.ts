import { chooseRule } from "../../../local/cloud/states/kinds/choice";
import { createVariables } from "../../../local/cloud/states/expressions/variables";
import type { ChoiceRule } from "../../../local/cloud/states/definition/asl";
import type { Json } from "../../../local/graph";

function holds(rule: ChoiceRule, data: Json): boolean {
  return (
    chooseRule([rule], { data, context: { Execution: { Name: "e" } }, variables: createVariables() }) !== null
  );
}

const NOON = "2026-11-20T12:00:00Z";

// https://states-language.net/spec.html#choice-state-comparison-operators
test.each<[string, Json, Json, boolean]>([
  ["StringEquals", "a", "a", true],
  ["StringEquals", "a", "A", false],
  ["StringEquals", "1", 1, false],
  ["StringLessThan", "b", "a", true],
  ["StringLessThanEquals", "a", "a", true],
  ["StringGreaterThan", "a", "b", true],
  ["StringGreaterThanEquals", "b", "a", false],
  ["StringMatches", "log-*.txt", "log-1.txt", true],
  ["StringMatches", "*", "", true],
  ["StringMatches", "log-*.txt", "log-1.txt.gz", false],
  ["StringMatches", "a\\*b", "a*b", true],
  ["StringMatches", "a\\*b", "axb", false],
  ["StringMatches", "a.b", "axb", false],
  ["StringMatches", "a*", 5, false],
  ["NumericEquals", 1, 1.0, true],
  ["NumericEquals", 1, "1", false],
  ["NumericLessThan", 5, 4.9, true],
  ["NumericLessThanEquals", 5, 5, true],
  ["NumericGreaterThan", 5, 5, false],
  ["NumericGreaterThanEquals", 5, 5, true],
  ["BooleanEquals", true, true, true],
  ["BooleanEquals", true, "true", false],
  ["TimestampEquals", NOON, "2026-11-20T13:00:00+01:00", true],
  ["TimestampEquals", NOON, "2026-11-20 12:00:00Z", false],
  ["TimestampLessThan", NOON, "2026-11-20T11:59:59.999Z", true],
  ["TimestampLessThanEquals", NOON, NOON, true],
  ["TimestampGreaterThan", NOON, NOON, false],
  ["TimestampGreaterThanEquals", NOON, "2026-11-20T12:00:00.001Z", true],
  ["IsNull", true, null, true],
  ["IsNull", false, 0, true],
  ["IsString", true, "", true],
  ["IsString", false, "", false],
  ["IsNumeric", true, 0, true],
  ["IsBoolean", true, false, true],
  ["IsBoolean", true, "false", false],
  ["IsTimestamp", true, NOON, true],
  ["IsTimestamp", true, "2026-13-20T12:00:00Z", false],
  ["IsTimestamp", true, "2026-02-30T12:00:00Z", false],
  ["IsPresent", true, null, true],
])("%s %j holds for %j: %s", (operator, operand, value, expected) => {
  expect(holds({ Variable: "$.v", [operator]: operand }, { v: value })).toBe(expected);
});

test.each<[string, Json, Json, boolean]>([
  ["StringEqualsPath", "a", "a", true],
  ["NumericGreaterThanPath", 2, 1, true],
  ["BooleanEqualsPath", true, false, false],
  ["TimestampLessThanEqualsPath", NOON, NOON, true],
])("%s compares %j with the %j that its path leads to: %s", (operator, value, other, expected) => {
  expect(holds({ Variable: "$.v", [operator]: "$.other" }, { v: value, other })).toBe(expected);
});

test("And, Or and Not combine rules", () => {
  const more = { Variable: "$.n", NumericGreaterThan: 1 };
  const less = { Variable: "$.n", NumericLessThan: 5 };
  expect(holds({ And: [more, less] }, { n: 3 })).toBe(true);
  expect(holds({ And: [more, less] }, { n: 5 })).toBe(false);
  expect(holds({ Or: [{ Not: more }, { Not: less }] }, { n: 5 })).toBe(true);
  expect(holds({ Not: { Or: [more, less] } }, { n: 3 })).toBe(false);
});

test("the first rule that holds is chosen", () => {
  const rules = [
    { Variable: "$.n", NumericEquals: 1, Next: "one" },
    { Variable: "$.n", IsPresent: true, Next: "any" },
    { Variable: "$.n", NumericEquals: 2, Next: "two" },
  ];
  expect(chooseRule(rules, { data: { n: 2 }, context: {}, variables: createVariables() })?.Next).toBe("any");
  expect(chooseRule(rules, { data: { n: 1 }, context: {}, variables: createVariables() })?.Next).toBe("one");
});

test("the context object can be compared", () => {
  expect(holds({ Variable: "$$.Execution.Name", StringEquals: "e" }, {})).toBe(true);
});

test("a variable that is absent fails the state, unless its presence is the question", () => {
  expect(holds({ Variable: "$.v", IsPresent: false }, {})).toBe(true);
  expect(() => holds({ Variable: "$.v", StringEquals: "a" }, {})).toThrow(
    "States.Runtime: Invalid path '$.v': The choice state's condition path references an invalid value.",
  );
  expect(() => holds({ Variable: "$.v", IsString: true }, {})).toThrow("States.Runtime");
});
