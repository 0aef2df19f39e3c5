/** What the documentation says of workflow variables. https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html */
import { FUNCTION, fails, gives, holds, only, refuses, run } from "./machine";

const PASS = { Type: "Pass", End: true };
const TASK = { Type: "Task", Resource: FUNCTION, End: true };
const JSONATA = { QueryLanguage: "JSONata" };
const then = (first: object, second: object, top: object = {}): object => ({
  ...top,
  StartAt: "A",
  States: { A: { ...first, End: undefined, Next: "B" }, B: { End: true, ...second } },
});
/** What is in `$x` afterwards, in either language. */
const x = (first: object): object => then(first, { Type: "Pass", InputPath: "$x" });
const xJsonata = (first: object): object => then(first, { Type: "Pass", Output: "{% $x %}" }, JSONATA);
const map = (inner: object, fields: object = {}): object => ({
  Type: "Map",
  ItemProcessor: { StartAt: "I", States: { I: { End: true, ...inner } } },
  ...fields,
});

describe("an Assign that breaks a clause is refused", () => {
  refuses([
    ["Assign", "is an object", only({ ...PASS, Assign: [] })],
    ["Assign", "Succeed has none", only({ Type: "Succeed", Assign: { x: 1 } })],
    ["Assign", "Fail has none", only({ Type: "Fail", Assign: { x: 1 } })],
    ["Assign", "a name is an identifier", only({ ...PASS, Assign: { "1x": 1 } })],
    ["Assign", "a name has at most 80 characters", only({ ...PASS, Assign: { ["x".repeat(81)]: 1 } })],
    ["Assign", "$states is reserved", only({ ...PASS, Assign: { states: 1 } })],
    ["Assign", "an expression MUST be valid", only({ ...PASS, Assign: { x: "{% $ + %}" } }, JSONATA)],
    [
      "Assign",
      "a field that ends in .$ MUST be a Path or an Intrinsic Function",
      only({ ...PASS, Assign: { "x.$": "y" } }),
    ],
    [
      "Scope",
      "an inner scope can't assign a variable of the outer",
      then({ ...PASS, Assign: { x: 1 } }, map({ Type: "Pass", Assign: { x: 2 } })),
    ],
    [
      "Scope",
      "nor in a branch of a Parallel",
      then(
        { ...PASS, Assign: { x: 1 } },
        { Type: "Parallel", Branches: [{ StartAt: "I", States: { I: { ...PASS, Assign: { x: 2 } } } }] },
      ),
    ],
    [
      "Assign",
      "a nested choice rule has none",
      only({
        Type: "Choice",
        Choices: [{ Not: { Variable: "$.a", IsNull: true, Assign: { x: 1 } }, Next: "S" }],
      }),
    ],
  ]);
});

describe("JSONPath", () => {
  holds([
    [
      "Assign",
      "stores literals",
      x({ ...PASS, Assign: { x: { a: [1, "$.b"] } } }),
      {},
      { output: { a: [1, "$.b"] } },
    ],
    [
      "Assign",
      "of a Pass reads its result",
      x({ ...PASS, Result: { a: 1 }, Assign: { "x.$": "$.a" } }),
      {},
      { output: 1 },
    ],
    [
      "Assign",
      "of a Task reads the raw result",
      x({ ...TASK, ResultSelector: {}, Assign: { "x.$": "$.r" } }),
      {},
      { output: 5 },
      { answers: [gives({ r: 5 })] },
    ],
    [
      "Assign",
      "of a Wait reads the effective input",
      x({ Type: "Wait", Seconds: 1, InputPath: "$.a", Assign: { "x.$": "$" } }),
      { a: 2 },
      { output: 2 },
    ],
    [
      "Assign",
      "of a Map reads the array",
      x(map({ Type: "Pass" }, { Assign: { "x.$": "$[1]" } })),
      [1, 2],
      { output: 2 },
    ],
    [
      "Assign",
      "does not change the output",
      { StartAt: "A", States: { A: { ...PASS, Assign: { x: 1 } } } },
      { a: 1 },
      { output: { a: 1 } },
    ],
    [
      "Assign",
      "calls Intrinsic Functions",
      x({ ...PASS, Assign: { "x.$": "States.MathAdd($.a, 1)" } }),
      { a: 1 },
      { output: 2 },
    ],
    [
      "Assign",
      "of a choice rule, when it holds",
      {
        StartAt: "A",
        States: {
          A: {
            Type: "Choice",
            Choices: [{ Variable: "$.a", NumericEquals: 1, Assign: { x: "rule" }, Next: "B" }],
            Default: "B",
            Assign: { x: "default" },
          },
          B: { ...PASS, InputPath: "$x" },
        },
      },
      { a: 1 },
      { output: "rule" },
    ],
    [
      "Assign",
      "of the Choice, when no rule holds",
      {
        StartAt: "A",
        States: {
          A: {
            Type: "Choice",
            Choices: [{ Variable: "$.a", NumericEquals: 1, Assign: { x: "rule" }, Next: "B" }],
            Default: "B",
            Assign: { x: "default" },
          },
          B: { ...PASS, InputPath: "$x" },
        },
      },
      { a: 2 },
      { output: "default" },
    ],
    [
      "Assign",
      "of a Catcher reads the Error Output",
      {
        StartAt: "A",
        States: {
          A: {
            ...TASK,
            Assign: { x: 1 },
            Catch: [{ ErrorEquals: ["E"], Assign: { "x.$": "$.Error" }, Next: "B" }],
          },
          B: { ...PASS, InputPath: "$x" },
        },
      },
      {},
      { output: "E" },
      { answers: [fails("E")] },
    ],
    [
      "Variables",
      "are read in templates",
      then({ ...PASS, Assign: { x: { y: 3 } } }, { Type: "Pass", Parameters: { "a.$": "$x.y", b: "$x.y" } }),
      {},
      { output: { a: 3, b: "$x.y" } },
    ],
    [
      "Variables",
      "are read in Intrinsic Functions",
      then({ ...PASS, Assign: { x: 3 } }, { Type: "Pass", Parameters: { "a.$": "States.MathAdd($x, 1)" } }),
      {},
      { output: { a: 4 } },
    ],
    [
      "Variables",
      "are read in choice rules",
      {
        StartAt: "A",
        States: {
          A: { Type: "Pass", Assign: { x: 3 }, Next: "C" },
          C: { Type: "Choice", Choices: [{ Variable: "$x", NumericEqualsPath: "$x", Next: "B" }] },
          B: PASS,
        },
      },
      {},
      { status: "SUCCEEDED" },
    ],
    [
      "Variables",
      "are read in SecondsPath",
      then({ ...PASS, Assign: { x: 3 } }, { Type: "Wait", SecondsPath: "$x" }),
      {},
      { seconds: 3 },
    ],
    [
      "Variables",
      "one that was never assigned leads nowhere",
      only({ ...PASS, InputPath: "$x" }),
      {},
      { error: "States.Runtime" },
    ],
  ]);
});

describe("JSONata", () => {
  holds([
    [
      "Assign",
      "evaluates expressions",
      xJsonata({ ...PASS, Assign: { x: { a: "{% $states.input.n + 1 %}" } } }),
      { n: 1 },
      { output: { a: 2 } },
    ],
    [
      "Assign",
      "reads the result",
      xJsonata({ ...TASK, Assign: { x: "{% $states.result.r %}" } }),
      {},
      { output: 5 },
      { answers: [gives({ r: 5 })] },
    ],
    [
      "Assign",
      "and Output see the variables as they were",
      then({ ...PASS, Assign: { x: 1 } }, { Type: "Pass", Assign: { x: 2 }, Output: "{% $x %}" }, JSONATA),
      {},
      { output: 1 },
    ],
    [
      "Assign",
      "all values of one Assign see the variables as they were",
      {
        ...JSONATA,
        StartAt: "A",
        States: {
          A: { Type: "Pass", Assign: { x: 1, y: 2 }, Next: "B" },
          B: { Type: "Pass", Assign: { x: "{% $y %}", y: "{% $x %}" }, Next: "C" },
          C: { ...PASS, Output: "{% [$x, $y] %}" },
        },
      },
      {},
      { output: [2, 1] },
    ],
    [
      "Variables",
      "can be assigned in one language and read in the other",
      {
        StartAt: "A",
        States: {
          A: { Type: "Pass", Assign: { "x.$": "$.a" }, Next: "B" },
          B: { ...PASS, ...JSONATA, Output: "{% $x * 2 %}" },
        },
      },
      { a: 4 },
      { output: 8 },
    ],
    [
      "Assign",
      "an array of one item stays an array",
      xJsonata({ ...PASS, Assign: { x: "{% $states.input.a %}" } }),
      { a: [1] },
      { output: [1] },
    ],
    [
      "Assign",
      "an expression that gives nothing fails the state",
      only({ ...PASS, Assign: { x: "{% $y %}" } }, JSONATA),
      {},
      { error: "States.QueryEvaluationError" },
    ],
  ]);
});

describe("scope", () => {
  holds([
    [
      "Scope",
      "an inner scope reads the outer",
      then({ ...PASS, Assign: { x: 7 } }, map({ Type: "Pass", InputPath: "$x" })),
      [1, 2],
      { output: [7, 7] },
    ],
    [
      "Scope",
      "the outer does not see the inner",
      then(map({ Type: "Pass", Assign: { y: 1 } }), { Type: "Pass", InputPath: "$y" }),
      [1],
      { error: "States.Runtime" },
    ],
    [
      "Scope",
      "iterations do not see each other",
      {
        StartAt: "A",
        States: {
          A: {
            Type: "Map",
            MaxConcurrency: 1,
            ItemProcessor: {
              StartAt: "C",
              States: {
                C: {
                  Type: "Choice",
                  Choices: [{ Variable: "$y", IsPresent: true, Next: "F" }],
                  Default: "I",
                },
                I: { ...PASS, Assign: { y: 1 } },
                F: { Type: "Fail" },
              },
            },
            End: true,
          },
        },
      },
      [1, 2],
      { status: "SUCCEEDED" },
    ],
    [
      "Scope",
      "children of a distributed Map do not read the outer",
      then(
        { ...PASS, Assign: { x: 7 } },
        {
          Type: "Map",
          ItemProcessor: {
            ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
            StartAt: "I",
            States: { I: { ...PASS, InputPath: "$x" } },
          },
        },
      ),
      [1],
      { error: "States.ExceedToleratedFailureThreshold" },
    ],
  ]);
});

describe("scope and names", () => {
  const inner = { StartAt: "I", States: { I: { ...TASK, Assign: { x: 1 } } } };
  holds([
    [
      "Scope",
      "a catcher assigns in the scope of its state, whatever the branches call theirs",
      {
        StartAt: "A",
        States: {
          A: {
            Type: "Parallel",
            Branches: [inner],
            Catch: [{ ErrorEquals: ["E"], Assign: { "x.$": "$.Error" }, Next: "B" }],
            End: true,
          },
          B: { ...PASS, InputPath: "$x" },
        },
      },
      {},
      { output: "E" },
      { answers: [fails("E")] },
    ],
  ]);
});

describe("limits", () => {
  const big = "x".repeat(140_000);
  holds([
    [
      "Limits",
      "one Assign stores 256 KiB at most",
      only({ ...PASS, Assign: { "x.$": "$", "y.$": "$" } }),
      big,
      { error: "States.DataLimitExceeded" },
    ],
    ["Limits", "less is stored", x({ ...PASS, Assign: { "x.$": "$" } }), big, { output: big }],
  ]);
});

test("what was assigned stands in the event of the exit, as JSON text", async () => {
  const { events } = await run(only({ ...PASS, Assign: { x: "a", y: [1] } }));
  expect(events[2]).toMatchObject({
    type: "PassStateExited",
    details: { assignedVariables: { x: '"a"', y: "[1]" } },
  });
});
