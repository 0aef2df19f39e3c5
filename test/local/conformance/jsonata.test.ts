/**
 * What the specification and the documentation say of JSONata.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
import { FUNCTION, fails, gives, holds, only, refuses, run, types, type Case } from "./machine";

const PASS = { Type: "Pass", End: true };
const TASK = { Type: "Task", Resource: FUNCTION, End: true };
const JSONATA = { QueryLanguage: "JSONata" };
const machine = (state: object): object => only(state, JSONATA);
const output = (expression: string): object => machine({ ...PASS, Output: `{% ${expression} %}` });
const query = { status: "FAILED", error: "States.QueryEvaluationError" } as const;

const gives_ = (says: string, expression: string, input: unknown, expected: unknown): Case => [
  "JSONata",
  says,
  output(expression),
  input,
  { output: expected },
];
const breaks = (says: string, expression: string, input: unknown, cause: string): Case => [
  "JSONata",
  says,
  output(expression),
  input,
  { ...query, cause: expect.stringContaining(cause) as string },
];

describe("a definition that breaks a clause on JSONata is refused", () => {
  refuses([
    [
      "Query Languages",
      "a state MUST NOT be in JSONPath when the machine is in JSONata",
      machine({ ...PASS, QueryLanguage: "JSONPath" }),
    ],
    ...["InputPath", "OutputPath", "ResultPath"].map(
      (field) =>
        ["JSONata", `a JSONata state MUST NOT have ${field}`, machine({ ...PASS, [field]: "$" })] as const,
    ),
    ...["Parameters", "ResultSelector"].map(
      (field) =>
        ["JSONata", `a JSONata state MUST NOT have ${field}`, machine({ ...TASK, [field]: {} })] as const,
    ),
    ["JSONata", "a JSONata Pass MUST NOT have Result", machine({ ...PASS, Result: 1 })],
    [
      "JSONata",
      "a JSONata Wait MUST NOT have SecondsPath",
      machine({ Type: "Wait", SecondsPath: "$.s", End: true }),
    ],
    [
      "JSONata",
      "a JSONata Task MUST NOT have TimeoutSecondsPath",
      machine({ ...TASK, TimeoutSecondsPath: "$.s" }),
    ],
    [
      "JSONata",
      "a JSONata Map MUST NOT have ItemsPath",
      machine({
        Type: "Map",
        ItemsPath: "$",
        ItemProcessor: { StartAt: "I", States: { I: PASS } },
        End: true,
      }),
    ],
    [
      "JSONata",
      "a JSONata Choice Rule MUST have a Condition, not a Variable",
      machine({ Type: "Choice", Choices: [{ Variable: "$.a", IsNull: true, Next: "S" }] }),
    ],
    [
      "JSONata",
      "a JSONata Catcher MUST NOT have ResultPath",
      machine({ ...TASK, Catch: [{ ErrorEquals: ["E"], ResultPath: "$.e", Next: "S" }] }),
    ],
    ...["Arguments", "Output"].map(
      (field) =>
        ["JSONPath", `a JSONPath state MUST NOT have ${field}`, only({ ...TASK, [field]: 1 })] as const,
    ),
    [
      "JSONPath",
      "a JSONPath Map MUST NOT have Items",
      only({ Type: "Map", Items: [], ItemProcessor: { StartAt: "I", States: { I: PASS } }, End: true }),
    ],
    [
      "JSONPath",
      "a JSONPath Choice Rule MUST NOT have a Condition",
      only({ Type: "Choice", Choices: [{ Condition: "{% true %}", Next: "S" }] }),
    ],
    ["JSONata", "an expression MUST be valid JSONata", output("$states.")],
    ["JSONata", "it is closed by %}", machine({ ...PASS, Output: "{% 1" })],
    ["JSONata", "no space comes before it", machine({ ...PASS, Output: " {% 1 %}" })],
    ["JSONata", "it is not empty", machine({ ...PASS, Output: "{%%}" })],
    ["JSONata", "$eval is not supported", output("$eval('1')")],
    [
      "JSONata",
      "a Condition is a boolean or an expression",
      machine({ Type: "Choice", Choices: [{ Condition: "true", Next: "S" }] }),
    ],
    [
      "JSONata",
      "Items is an array or an expression",
      machine({ Type: "Map", Items: "x", ItemProcessor: { StartAt: "I", States: { I: PASS } }, End: true }),
    ],
  ]);
});

describe("expressions", () => {
  holds([
    gives_("$states.input is the state's input", "$states.input.a", { a: [1] }, [1]),
    gives_("$states.context is the Context Object", "$states.context.State.Name", {}, "S"),
    gives_("a literal", "'x'", {}, "x"),
    gives_("null is a value", "null", {}, null),
    gives_("an object is made", "{ 'sum': $sum($states.input) }", [1, 2], { sum: 3 }),
    gives_(
      "a sequence of one value is that value",
      "$states.input.a[b > 1].b",
      { a: [{ b: 1 }, { b: 2 }] },
      2,
    ),
    gives_("a function may be defined", "($f := function($x) { $x * 2 }; $f($states.input))", 4, 8),
    [
      "JSONata",
      "strings without {% %} are literals",
      machine({ ...PASS, Output: { a: "$states.input", b: "x {% 1 %} y" } }),
      {},
      { output: { a: "$states.input", b: "x {% 1 %} y" } },
    ],
    [
      "JSONata",
      "expressions stand at any depth of objects and arrays",
      machine({ ...PASS, Output: { a: [{ b: "{% 1 + 1 %}" }, "{% 'x' %}"] } }),
      {},
      { output: { a: [{ b: 2 }, "x"] } },
    ],
    ["JSONata", "without Output the output is the input", machine(PASS), { a: 1 }, { output: { a: 1 } }],
    [
      "JSONata",
      "a field with .$ is only a field",
      machine({ ...PASS, Output: { "a.$": "$.b" } }),
      {},
      { output: { "a.$": "$.b" } },
    ],
    [
      "Query Languages",
      "a state MAY be in JSONata when the machine is in JSONPath",
      only({ ...PASS, ...JSONATA, Output: "{% 1 %}" }),
      {},
      { output: 1 },
    ],
    [
      "Query Languages",
      "states within it are in the machine's language",
      only({
        Type: "Parallel",
        ...JSONATA,
        Branches: [{ StartAt: "B", States: { B: { ...PASS, InputPath: "$.a" } } }],
        End: true,
      }),
      { a: 1 },
      { output: [1] },
    ],
    breaks(
      "an expression that gives nothing is an error",
      "$states.input.b",
      {},
      "The JSONata expression '$states.input.b' specified for the field 'Output' returned nothing (undefined).",
    ),
    breaks("a function is no value", "$sum", {}, "returned an unsupported result type."),
    breaks(
      "an error of the evaluation keeps its code",
      "1 + 'a'",
      {},
      "threw an error during evaluation. T2002: ",
    ),
    breaks(
      "the cause says where",
      "$x",
      {},
      "An error occurred while executing the state 'S' (entered at the event id #2).",
    ),
    breaks(
      "an endless expression is ended",
      "($f := function() { $f() + 1 }; $f())",
      {},
      "threw an error during evaluation.",
    ),
    breaks(
      "$eval is not there under another name",
      "($e := $eval; $e('1'))",
      {},
      "T1006: Attempted to invoke a non-function",
    ),
  ]);
});

describe("functions that Step Functions adds", () => {
  holds([
    gives_("$partition makes chunks", "$partition([1,2,3,4,5], 4)", {}, [[1, 2, 3, 4], [5]]),
    gives_("$range has both ends", "$range(0, 9, 3)", {}, [0, 3, 6, 9]),
    gives_("$hash by SHA-1", "$hash('input data', 'SHA-1')", {}, "aaff4a450a104cd177d28d18d74485e8cae074b7"),
    gives_("$parse parses", `$parse('{"a": 1}').a`, {}, 1),
    gives_("$random is in [0, 1)", "$random() >= 0 and $random() < 1", {}, true),
    gives_("$random with a seed repeats", "$random(42) = $random(42)", {}, true),
    gives_("$uuid is 36 characters", "$length($uuid())", {}, 36),
    breaks(
      "$hash by an unknown algorithm is an error",
      "$hash('a', 'CRC')",
      {},
      "threw an error during evaluation.",
    ),
    breaks(
      "$partition of a chunk size of 0 is an error",
      "$partition([1], 0)",
      {},
      "threw an error during evaluation.",
    ),
    breaks("$parse of no JSON is an error", "$parse('{')", {}, "threw an error during evaluation."),
  ]);
});

describe("fields", () => {
  const choice = (condition: unknown, fields: object = {}): object => ({
    ...JSONATA,
    StartAt: "S",
    States: {
      S: { Type: "Choice", Choices: [{ Condition: condition, Next: "Yes", ...fields }], Default: "No" },
      Yes: PASS,
      No: { ...PASS, Output: "no" },
    },
  });
  const map = (fields: object, inner: object = PASS): object =>
    machine({ Type: "Map", ItemProcessor: { StartAt: "I", States: { I: inner } }, End: true, ...fields });
  holds([
    [
      "Arguments",
      "are the task's input",
      machine({ ...TASK, Arguments: { a: "{% $states.input.b %}" } }),
      { b: 1 },
      { output: { a: 1 } },
    ],
    ["Arguments", "their default is the input", machine(TASK), { b: 1 }, { output: { b: 1 } }],
    [
      "Output",
      "$states.result is the result",
      machine({ ...TASK, Output: "{% $states.result.x %}" }),
      {},
      { output: 5 },
      { answers: [gives({ x: 5 })] },
    ],
    [
      "Choice State",
      "a Condition that is true",
      choice("{% $states.input.n > 1 %}"),
      { n: 2 },
      { output: { n: 2 } },
    ],
    [
      "Choice State",
      "a Condition that is false",
      choice("{% $states.input.n > 1 %}"),
      { n: 1 },
      { output: "no" },
    ],
    ["Choice State", "a Condition MAY be a literal", choice(true), { n: 1 }, { output: { n: 1 } }],
    [
      "Choice State",
      "a Condition MUST give a boolean",
      choice("{% 1 %}"),
      {},
      {
        ...query,
        cause: expect.stringContaining("Expected 'boolean', but was 'number' for value: 1") as string,
      },
    ],
    [
      "Choice State",
      "a rule MAY have an Output",
      choice("{% true %}", { Output: "{% 'rule' %}" }),
      {},
      { output: "rule" },
    ],
    [
      "Wait State",
      "Seconds is computed",
      machine({ Type: "Wait", Seconds: "{% $states.input.s * 2 %}", End: true }),
      { s: 3 },
      { seconds: 6 },
    ],
    [
      "Wait State",
      "Seconds MUST be a number",
      machine({ Type: "Wait", Seconds: "{% 'x' %}", End: true }),
      {},
      query,
    ],
    [
      "Wait State",
      "Timestamp is computed",
      machine({ Type: "Wait", Timestamp: "{% $states.input %}", End: true }),
      "2026-11-20T00:00:09Z",
      { seconds: 9 },
    ],
    [
      "Wait State",
      "Timestamp MUST be a timestamp",
      machine({ Type: "Wait", Timestamp: "{% 'x' %}", End: true }),
      {},
      query,
    ],
    [
      "Task State",
      "TimeoutSeconds is computed",
      machine({ ...TASK, TimeoutSeconds: "{% 1 + 1 %}" }),
      {},
      { error: "States.Timeout", seconds: 2 },
      { answers: ["never"] },
    ],
    [
      "Task State",
      "TimeoutSeconds MUST be a positive integer",
      machine({ ...TASK, TimeoutSeconds: "{% 0 %}" }),
      {},
      query,
    ],
    [
      "Fail State",
      "Error and Cause are computed",
      machine({ Type: "Fail", Error: "{% 'E' & '1' %}", Cause: "{% $states.input %}" }),
      "c",
      { error: "E1", cause: "c" },
    ],
    ["Fail State", "Error MUST be a string", machine({ Type: "Fail", Error: "{% 1 %}" }), {}, query],
    ["Succeed State", "has an Output", machine({ Type: "Succeed", Output: "{% 1 %}" }), {}, { output: 1 }],
    [
      "Parallel State",
      "Arguments are each branch's input",
      machine({
        Type: "Parallel",
        Arguments: "{% 2 %}",
        Branches: [{ StartAt: "B", States: { B: PASS } }],
        End: true,
      }),
      {},
      { output: [2] },
    ],
    [
      "Map State",
      "Items are computed",
      map({ Items: "{% $states.input.a %}" }),
      { a: [1, 2] },
      { output: [1, 2] },
    ],
    [
      "Map State",
      "Items MAY be a literal with expressions",
      map({ Items: [1, "{% 2 %}"] }),
      {},
      { output: [1, 2] },
    ],
    ["Map State", "Items MUST be an array", map({ Items: "{% 1 %}" }), {}, query],
    ["Map State", "without Items the input is the array", map({}), [7], { output: [7] }],
    [
      "Map State",
      "ItemSelector reads the item in the Context Object",
      map({
        Items: [7],
        ItemSelector: {
          v: "{% $states.context.Map.Item.Value %}",
          i: "{% $states.context.Map.Item.Index %}",
        },
      }),
      {},
      { output: [{ v: 7, i: 0 }] },
    ],
    [
      "Map State",
      "MaxConcurrency is computed",
      map({ Items: [1, 2], MaxConcurrency: "{% 1 %}" }, { Type: "Wait", Seconds: 2, End: true }),
      {},
      { seconds: 4 },
    ],
    [
      "Fallback States",
      "a Catcher's Output reads $states.errorOutput",
      {
        ...JSONATA,
        StartAt: "S",
        States: {
          S: {
            ...TASK,
            Catch: [
              {
                ErrorEquals: ["E"],
                Output: { e: "{% $states.errorOutput.Error %}", i: "{% $states.input %}" },
                Next: "T",
              },
            ],
          },
          T: PASS,
        },
      },
      1,
      { output: { e: "E", i: 1 } },
      { answers: [fails("E")] },
    ],
    [
      "Fallback States",
      "without Output it is the Error Output",
      {
        ...JSONATA,
        StartAt: "S",
        States: { S: { ...TASK, Catch: [{ ErrorEquals: ["E"], Next: "T" }] }, T: PASS },
      },
      1,
      { output: { Error: "E", Cause: "c" } },
      { answers: [fails("E", "c")] },
    ],
    [
      "Errors",
      "States.QueryEvaluationError is caught",
      {
        ...JSONATA,
        StartAt: "S",
        States: {
          S: {
            ...TASK,
            Output: "{% $x %}",
            Catch: [{ ErrorEquals: ["States.QueryEvaluationError"], Output: "caught", Next: "T" }],
          },
          T: PASS,
        },
      },
      {},
      { output: "caught" },
    ],
    [
      "Errors",
      "States.QueryEvaluationError is retried",
      machine({
        ...TASK,
        Arguments: "{% $states.context.State.RetryCount = 0 ? $x : 'ok' %}",
        Retry: [{ ErrorEquals: ["States.QueryEvaluationError"], IntervalSeconds: 4 }],
      }),
      {},
      { output: "ok", seconds: 4 },
    ],
  ]);
});

test("a failed evaluation is an event of its own, with the field and the state", async () => {
  const { events } = await run(output("$x"));
  expect(types(events)).toEqual([
    "ExecutionStarted",
    "PassStateEntered",
    "EvaluationFailed",
    "ExecutionFailed",
  ]);
  expect(events[2]).toMatchObject({ previousEventId: 0, details: { location: "Output", state: "S" } });
});
