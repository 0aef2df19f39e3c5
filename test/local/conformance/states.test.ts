/** What the specification says of Choice, Wait, Parallel and Map. https://states-language.net/spec.html#state-types */
import { FUNCTION, fails, holds, only, type Case } from "./machine";

const PASS = { Type: "Pass", End: true };
const TASK = { Type: "Task", Resource: FUNCTION, End: true };
const choice = (rule: object): object => ({
  StartAt: "S",
  States: {
    S: { Type: "Choice", Choices: [{ ...rule, Next: "Yes" }], Default: "No" },
    Yes: { Type: "Pass", Result: true, End: true },
    No: { Type: "Pass", Result: false, End: true },
  },
});
const DATA = {
  s: "b",
  n: 2,
  t: "2020-01-01T00:00:00Z",
  y: true,
  z: null,
  s2: "b",
  n3: 3,
  t2: "2020-01-01T00:00:00.0Z",
};
const choose = (operator: string, variable: string, operand: unknown, output: boolean): Case => [
  "Choice State",
  `${operator} of ${variable} and ${JSON.stringify(operand)} is ${String(output)}`,
  choice({ Variable: `$.${variable}`, [operator]: operand }),
  DATA,
  { output },
];
const wait = (fields: object): object => only({ Type: "Wait", ...fields, End: true });
const parallel = (...branches: object[]): object =>
  only({
    Type: "Parallel",
    Branches: branches.map((state, index) => ({
      StartAt: `B${String(index)}`,
      States: { [`B${String(index)}`]: state },
    })),
    End: true,
  });
const map = (fields: object, inner: object = PASS): object =>
  only({ Type: "Map", ItemProcessor: { StartAt: "I", States: { I: inner } }, End: true, ...fields });

describe("every operator of a Choice", () => {
  holds([
    choose("StringEquals", "s", "b", true),
    choose("StringEquals", "n", "2", false),
    choose("StringLessThan", "s", "c", true),
    choose("StringGreaterThan", "s", "a", true),
    choose("StringLessThanEquals", "s", "b", true),
    choose("StringGreaterThanEquals", "s", "c", false),
    choose("StringMatches", "s", "*", true),
    choose("StringMatches", "s", "\\*", false),
    choose("NumericEquals", "n", 2, true),
    choose("NumericEquals", "s", 2, false),
    choose("NumericLessThan", "n", 2, false),
    choose("NumericGreaterThan", "n", 1.5, true),
    choose("NumericLessThanEquals", "n", 2, true),
    choose("NumericGreaterThanEquals", "n", 3, false),
    choose("BooleanEquals", "y", true, true),
    choose("BooleanEquals", "s", true, false),
    choose("TimestampEquals", "t", "2020-01-01T01:00:00+01:00", true),
    choose("TimestampLessThan", "t", "2021-01-01T00:00:00Z", true),
    choose("TimestampGreaterThan", "t", "2021-01-01T00:00:00Z", false),
    choose("TimestampLessThanEquals", "t", "2020-01-01T00:00:00Z", true),
    choose("TimestampGreaterThanEquals", "t", "2020-01-01T00:00:00Z", true),
    choose("StringEqualsPath", "s", "$.s2", true),
    choose("StringLessThanPath", "s", "$.s2", false),
    choose("StringGreaterThanPath", "s", "$.s2", false),
    choose("StringLessThanEqualsPath", "s", "$.s2", true),
    choose("StringGreaterThanEqualsPath", "s", "$.s2", true),
    choose("NumericEqualsPath", "n", "$.n3", false),
    choose("NumericLessThanPath", "n", "$.n3", true),
    choose("NumericGreaterThanPath", "n", "$.n3", false),
    choose("NumericLessThanEqualsPath", "n", "$.n3", true),
    choose("NumericGreaterThanEqualsPath", "n", "$.n3", false),
    choose("BooleanEqualsPath", "y", "$.y", true),
    choose("TimestampEqualsPath", "t", "$.t2", true),
    choose("TimestampLessThanPath", "t", "$.t2", false),
    choose("TimestampGreaterThanPath", "t", "$.t2", false),
    choose("TimestampLessThanEqualsPath", "t", "$.t2", true),
    choose("TimestampGreaterThanEqualsPath", "t", "$.t2", true),
    choose("IsNull", "z", true, true),
    choose("IsNull", "s", false, true),
    choose("IsPresent", "missing", true, false),
    choose("IsPresent", "z", true, true),
    choose("IsNumeric", "n", true, true),
    choose("IsString", "n", true, false),
    choose("IsBoolean", "y", true, true),
    choose("IsTimestamp", "t", true, true),
    choose("IsTimestamp", "s", true, false),
  ]);
});

describe("Choice", () => {
  const n = (operator: string, operand: number): object => ({ Variable: "$.n", [operator]: operand });
  holds([
    [
      "Choice State",
      "And: every rule holds",
      choice({ And: [n("NumericGreaterThan", 1), n("NumericLessThan", 3)] }),
      DATA,
      { output: true },
    ],
    [
      "Choice State",
      "And: one does not",
      choice({ And: [n("NumericGreaterThan", 1), n("NumericLessThan", 2)] }),
      DATA,
      { output: false },
    ],
    [
      "Choice State",
      "Or: one rule holds",
      choice({ Or: [n("NumericEquals", 1), n("NumericEquals", 2)] }),
      DATA,
      { output: true },
    ],
    [
      "Choice State",
      "Not: the rule does not hold",
      choice({ Not: n("NumericEquals", 2) }),
      DATA,
      { output: false },
    ],
    [
      "Choice State",
      "boolean expressions nest",
      choice({ Not: { And: [{ Or: [n("NumericEquals", 2)] }, { Not: n("NumericEquals", 2) }] } }),
      DATA,
      { output: true },
    ],
    [
      "Choice State",
      "the first rule that holds is taken",
      {
        StartAt: "S",
        States: {
          S: {
            Type: "Choice",
            Choices: [
              { Variable: "$.n", IsNumeric: true, Next: "A" },
              { Variable: "$.n", NumericEquals: 2, Next: "B" },
            ],
          },
          A: { ...PASS, Result: "A" },
          B: { ...PASS, Result: "B" },
        },
      },
      DATA,
      { output: "A" },
    ],
    [
      "Choice State",
      "a Variable that leads nowhere fails, but for IsPresent",
      choice({ Variable: "$.missing", IsNull: true }),
      DATA,
      { status: "FAILED", error: "States.Runtime" },
    ],
    [
      "Choice State",
      "its output is its input",
      {
        StartAt: "S",
        States: {
          S: { Type: "Choice", Choices: [{ Variable: "$.n", IsNumeric: true, Next: "A" }] },
          A: PASS,
        },
      },
      { n: 1 },
      { output: { n: 1 } },
    ],
  ]);
});

describe("Wait", () => {
  holds([
    ["Wait State", "Seconds", wait({ Seconds: 10 }), {}, { seconds: 10 }],
    ["Wait State", "0 seconds are no wait", wait({ Seconds: 0 }), {}, { seconds: 0 }],
    ["Wait State", "SecondsPath", wait({ SecondsPath: "$.s" }), { s: 4 }, { seconds: 4, output: { s: 4 } }],
    ["Wait State", "Timestamp", wait({ Timestamp: "2026-11-20T00:01:00Z" }), {}, { seconds: 60 }],
    [
      "Wait State",
      "a Timestamp that is past is no wait",
      wait({ Timestamp: "2016-03-14T01:59:00Z" }),
      {},
      { seconds: 0 },
    ],
    [
      "Wait State",
      "TimestampPath",
      wait({ TimestampPath: "$.t" }),
      { t: "2026-11-20T00:00:30Z" },
      { seconds: 30 },
    ],
    [
      "Wait State",
      "SecondsPath MUST lead to an integer",
      wait({ SecondsPath: "$.s" }),
      { s: 1.5 },
      { error: "States.Runtime" },
    ],
    [
      "Wait State",
      "TimestampPath MUST lead to a timestamp",
      wait({ TimestampPath: "$.t" }),
      { t: "tomorrow" },
      { error: "States.Runtime" },
    ],
  ]);
});

describe("Parallel", () => {
  holds([
    [
      "Parallel State",
      "each branch has the state's input, and the output is an array in order of the branches",
      parallel({ Type: "Wait", Seconds: 5, End: true }, { ...PASS, Result: 1 }),
      { a: 1 },
      { output: [{ a: 1 }, 1], seconds: 5 },
    ],
    [
      "Parallel State",
      "branches run at once",
      parallel({ Type: "Wait", Seconds: 5, End: true }, { Type: "Wait", Seconds: 5, End: true }),
      {},
      { seconds: 5 },
    ],
    [
      "Parallel State",
      "a branch that fails fails the state, and ends the others",
      parallel({ Type: "Wait", Seconds: 50, End: true }, { Type: "Fail", Error: "F" }),
      {},
      { status: "FAILED", error: "F", seconds: 0 },
    ],
    [
      "Parallel State",
      "Parameters make the branches' input",
      only({
        Type: "Parallel",
        Parameters: { "b.$": "$.a" },
        Branches: [{ StartAt: "B", States: { B: PASS } }],
        End: true,
      }),
      { a: 1 },
      { output: [{ b: 1 }] },
    ],
    [
      "Parallel State",
      "ResultSelector and ResultPath apply to the array",
      only({
        Type: "Parallel",
        ResultSelector: { "first.$": "$[0]" },
        ResultPath: "$.r",
        Branches: [{ StartAt: "B", States: { B: { ...PASS, Result: 7 } } }],
        End: true,
      }),
      {},
      { output: { r: { first: 7 } } },
    ],
  ]);
});

describe("Map", () => {
  holds([
    [
      "Map State",
      "ItemsPath leads to the array, and each item is an iteration's input",
      map({ ItemsPath: "$.a" }),
      { a: [1, 2] },
      { output: [1, 2] },
    ],
    ["Map State", "the default of ItemsPath is $", map({}), [3], { output: [3] }],
    ["Map State", "no items: an empty array", map({}), [], { output: [] }],
    [
      "Map State",
      "ItemsPath MUST lead to an array",
      map({}),
      { a: 1 },
      { status: "FAILED", error: "States.Runtime" },
    ],
    [
      "Map State",
      "ItemSelector makes each iteration's input",
      map({
        ItemsPath: "$.a",
        ItemSelector: { "v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index", "k.$": "$.k" },
      }),
      { a: ["x"], k: 9 },
      { output: [{ v: "x", i: 0, k: 9 }] },
    ],
    [
      "Map State",
      "Parameters are its older name",
      map({ Parameters: { "v.$": "$$.Map.Item.Value" } }),
      [1],
      { output: [{ v: 1 }] },
    ],
    [
      "Map State",
      "Iterator is the older name of ItemProcessor",
      only({ Type: "Map", Iterator: { StartAt: "I", States: { I: PASS } }, End: true }),
      [1],
      { output: [1] },
    ],
    [
      "Map State",
      "the results are in order of the items, not of their ends",
      map({}, { Type: "Wait", SecondsPath: "$", End: true }),
      [3, 1, 2],
      { output: [3, 1, 2], seconds: 3 },
    ],
    [
      "Map State",
      "MaxConcurrency bounds how many run at once",
      map({ MaxConcurrency: 1 }, { Type: "Wait", Seconds: 2, End: true }),
      [1, 2, 3],
      { seconds: 6 },
    ],
    [
      "Map State",
      "MaxConcurrency 0 is no bound",
      map({ MaxConcurrency: 0 }, { Type: "Wait", Seconds: 2, End: true }),
      [1, 2, 3],
      { seconds: 2 },
    ],
    [
      "Map State",
      "MaxConcurrencyPath leads to it",
      map({ ItemsPath: "$.a", MaxConcurrencyPath: "$.m" }, { Type: "Wait", Seconds: 2, End: true }),
      { a: [1, 2, 3], m: 2 },
      { seconds: 4 },
    ],
    [
      "Map State",
      "MaxConcurrencyPath MUST lead to an integer",
      map({ ItemsPath: "$.a", MaxConcurrencyPath: "$.m" }),
      { a: [1], m: {} },
      { error: "States.Runtime" },
    ],
    [
      "Map State",
      "an iteration that fails fails the state, and ends the others",
      map({}, TASK),
      [1, 2],
      { status: "FAILED", error: "E" },
      { answers: [fails("E"), "never"] },
    ],
    [
      "Quotas",
      "an inline Map runs 40 iterations at once",
      map({}, { Type: "Wait", Seconds: 1, End: true }),
      Array.from({ length: 41 }, () => 0),
      { seconds: 2 },
    ],
  ]);
});
