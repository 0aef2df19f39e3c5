/** What the specification says of data: paths, payload templates, intrinsic functions, input and output. https://states-language.net/spec.html */
import { FUNCTION, gives, holds, only, type Case } from "./machine";

const PASS = { Type: "Pass", End: true };
const TASK = { Type: "Task", Resource: FUNCTION, End: true };
const compute = (expression: string): object => only({ ...PASS, Parameters: { "v.$": expression } });
const runtime = { status: "FAILED", error: "States.Runtime" } as const;

/** The examples and the edges of the specification's Intrinsic Functions, by what they give as `v`. */
const computed = (says: string, expression: string, input: unknown, v: unknown): Case => [
  "Intrinsic Functions",
  says,
  compute(expression),
  input,
  { output: { v } },
];
const intrinsicFails = (says: string, expression: string, input: unknown): Case => [
  "Intrinsic Functions",
  says,
  compute(expression),
  input,
  { status: "FAILED", error: "States.IntrinsicFailure" },
];

describe("paths", () => {
  holds([
    [
      "Paths",
      "a Path identifies components within JSON text",
      only({ ...PASS, InputPath: "$.a.b[1]" }),
      { a: { b: [1, 2] } },
      { output: 2 },
    ],
    [
      "Paths",
      "names MAY be in brackets",
      only({ ...PASS, InputPath: "$['a b']['c']" }),
      { "a b": { c: 3 } },
      { output: 3 },
    ],
    [
      "Paths",
      "an operator gives a list",
      only({ ...PASS, InputPath: "$.a[*].b" }),
      { a: [{ b: 1 }, { b: 2 }] },
      { output: [1, 2] },
    ],
    [
      "Paths",
      "a filter gives a list",
      only({ ...PASS, InputPath: "$.a[?(@.b > 1)]" }),
      { a: [{ b: 1 }, { b: 2 }] },
      { output: [{ b: 2 }] },
    ],
    [
      "Paths",
      "a Path that begins with $$ reads the Context Object",
      only({ ...PASS, InputPath: "$$.State.Name" }),
      {},
      { output: "S" },
    ],
    [
      "Context Object",
      "Execution.Input is the machine's input",
      {
        StartAt: "A",
        States: {
          A: { Type: "Pass", Result: 1, Next: "S" },
          S: { ...PASS, InputPath: "$$.Execution.Input" },
        },
      },
      { a: 1 },
      { output: { a: 1 } },
    ],
    [
      "Context Object",
      "StateMachine.Name is the machine's name",
      only({ ...PASS, InputPath: "$$.StateMachine.Name" }),
      {},
      { output: "m" },
    ],
    [
      "Context Object",
      "State.RetryCount counts the retries",
      only({
        ...PASS,
        Type: "Task",
        Resource: FUNCTION,
        Parameters: { "n.$": "$$.State.RetryCount" },
        Retry: [{ ErrorEquals: ["E"] }],
      }),
      {},
      { output: { n: 1 } },
      { answers: [{ kind: "failure", error: "E", cause: "" }] },
    ],
    [
      "Paths",
      "a Path that leads nowhere fails the state",
      only({ ...PASS, InputPath: "$.b" }),
      { a: 1 },
      runtime,
    ],
  ]);
});

describe("payload templates", () => {
  holds([
    [
      "Payload Template",
      "a field whose name ends in .$ is renamed, and its value the Path's",
      only({ ...PASS, Parameters: { "a.$": "$.b", c: "$.b" } }),
      { b: 1 },
      { output: { a: 1, c: "$.b" } },
    ],
    [
      "Payload Template",
      "fields of objects at any depth",
      only({ ...PASS, Parameters: { a: { "b.$": "$.c" } } }),
      { c: 1 },
      { output: { a: { b: 1 } } },
    ],
    [
      "Payload Template",
      "fields of objects in arrays",
      only({ ...PASS, Parameters: { a: [{ "b.$": "$.c" }, "$.c"] } }),
      { c: 1 },
      { output: { a: [{ b: 1 }, "$.c"] } },
    ],
    [
      "Payload Template",
      "a Path into the Context Object",
      only({ ...PASS, Parameters: { "a.$": "$$.State.Name" } }),
      {},
      { output: { a: "S" } },
    ],
    [
      "Payload Template",
      "a Path that leads nowhere fails the state",
      only({ ...PASS, Parameters: { "a.$": "$.b" } }),
      {},
      runtime,
    ],
  ]);
});

describe("input and output", () => {
  holds([
    ["InputPath", "its default is $", only({ ...PASS, InputPath: "$" }), { a: 1 }, { output: { a: 1 } }],
    [
      "InputPath",
      "null gives an empty object",
      only({ ...PASS, InputPath: null, Parameters: { "a.$": "$" } }),
      { b: 1 },
      { output: { a: {} } },
    ],
    [
      "OutputPath",
      "null gives an empty object",
      only({ ...PASS, OutputPath: null }),
      { a: 1 },
      { output: {} },
    ],
    ["OutputPath", "selects the output", only({ ...PASS, OutputPath: "$.a" }), { a: 1 }, { output: 1 }],
    [
      "OutputPath",
      "a path that leads nowhere fails the state",
      only({ ...PASS, OutputPath: "$.b" }),
      { a: 1 },
      runtime,
    ],
    [
      "ResultPath",
      "its default, $, replaces the input with the result",
      only({ ...PASS, Result: 1 }),
      { a: 1 },
      { output: 1 },
    ],
    [
      "ResultPath",
      "null discards the result",
      only({ ...PASS, Result: 1, ResultPath: null }),
      { a: 1 },
      { output: { a: 1 } },
    ],
    [
      "ResultPath",
      "overwrites a field that is there",
      only({ ...PASS, Result: 6, ResultPath: "$.numbers" }),
      { title: "Numbers to add", numbers: { val1: 3 } },
      { output: { title: "Numbers to add", numbers: 6 } },
    ],
    [
      "ResultPath",
      "makes a field that is not",
      only({ ...PASS, Result: 7, ResultPath: "$.sum" }),
      { numbers: { val1: 3 } },
      { output: { numbers: { val1: 3 }, sum: 7 } },
    ],
    [
      "ResultPath",
      "makes the objects on the way",
      only({ ...PASS, Result: 7, ResultPath: "$.a.b.c" }),
      {},
      { output: { a: { b: { c: 7 } } } },
    ],
    [
      "ResultPath",
      "writes into an array at an index that is there",
      only({ ...PASS, Result: 7, ResultPath: "$.a[0]" }),
      { a: [1, 2] },
      { output: { a: [7, 2] } },
    ],
    [
      "ResultPath",
      "fails with States.ResultPathMatchFailure where it can't be applied",
      only({ ...PASS, Result: 7, ResultPath: "$.a.b" }),
      { a: 1 },
      { error: "States.ResultPathMatchFailure" },
    ],
    [
      "ResultPath",
      "writes into the raw input, not the effective one",
      only({ ...PASS, InputPath: "$.a", ResultPath: "$.r" }),
      { a: 1 },
      { output: { a: 1, r: 1 } },
    ],
    [
      "ResultSelector",
      "works on the raw result",
      only({ ...TASK, ResultSelector: { "a.$": "$.b" } }),
      {},
      { output: { a: 1 } },
      { answers: [gives({ b: 1, c: 2 })] },
    ],
    [
      "Parameters",
      "their value is the effective input",
      only({ ...TASK, Parameters: { "x.$": "$.a", y: 2 } }),
      { a: 1 },
      { output: { x: 1, y: 2 } },
    ],
    [
      "Input and Output Processing",
      "InputPath, Parameters, ResultSelector, ResultPath, OutputPath apply in that order",
      only({
        ...TASK,
        InputPath: "$.in",
        Parameters: { "p.$": "$.v" },
        ResultSelector: { "s.$": "$.p" },
        ResultPath: "$.r",
        OutputPath: "$.r.s",
      }),
      { in: { v: 5 } },
      { output: 5 },
    ],
    [
      "Pass State",
      "without Result the output is the effective input",
      only({ ...PASS, Parameters: { a: 1 } }),
      {},
      { output: { a: 1 } },
    ],
    [
      "Quotas",
      "a result above 262,144 bytes fails with States.DataLimitExceeded",
      only(TASK),
      {},
      { error: "States.DataLimitExceeded" },
      { answers: [gives("x".repeat(262_144))] },
    ],
  ]);
});

describe("intrinsic functions", () => {
  holds([
    computed(
      "States.Format fills {} in order",
      "States.Format('Your name is {}, we are in the year {}', $.name, 2020)",
      { name: "Foo" },
      "Your name is Foo, we are in the year 2020",
    ),
    computed(
      "States.Format's template may be a Path",
      "States.Format($.template, $.name)",
      { template: "Hello {}", name: "Foo" },
      "Hello Foo",
    ),
    computed("\\' is a quote", "States.Format('it\\'s {}', 1)", {}, "it's 1"),
    computed("\\{ and \\} are no place", "States.Format('\\{\\}{}', 1)", {}, "{}1"),
    computed("\\\\ is a backslash", "States.Format('a\\\\{}', 1)", {}, "a\\1"),
    computed(
      "States.StringToJson parses",
      "States.StringToJson($.s)",
      { s: '{"number": 20}' },
      { number: 20 },
    ),
    computed(
      "States.JsonToString writes",
      "States.JsonToString($.j)",
      { j: { name: "Foo", year: 2020 } },
      '{"name":"Foo","year":2020}',
    ),
    computed("States.Array takes any values", "States.Array('Foo', 2020, $.j, null)", { j: { a: 1 } }, [
      "Foo",
      2020,
      { a: 1 },
      null,
    ]),
    computed("States.Array without arguments is empty", "States.Array()", {}, []),
    computed(
      "States.ArrayPartition makes chunks",
      "States.ArrayPartition($.a, 4)",
      { a: [1, 2, 3, 4, 5, 6, 7, 8, 9] },
      [[1, 2, 3, 4], [5, 6, 7, 8], [9]],
    ),
    computed("States.ArrayContains finds", "States.ArrayContains($.a, $.x)", { a: [1, 2, 3], x: 2 }, true),
    computed(
      "States.ArrayContains finds objects",
      "States.ArrayContains($.a, $.x)",
      { a: [{ b: 1 }], x: { b: 1 } },
      true,
    ),
    computed("States.ArrayRange has both ends", "States.ArrayRange(1, 9, 2)", {}, [1, 3, 5, 7, 9]),
    computed("States.ArrayRange counts down", "States.ArrayRange(3, 1, -1)", {}, [3, 2, 1]),
    computed(
      "States.ArrayGetItem counts from 0",
      "States.ArrayGetItem($.a, 5)",
      { a: [1, 2, 3, 4, 5, 6, 7] },
      6,
    ),
    computed("States.ArrayLength counts", "States.ArrayLength($.a)", { a: [1, 2, 3] }, 3),
    computed("States.ArrayUnique drops repetitions", "States.ArrayUnique($.a)", { a: [1, 2, 2, "2", 1] }, [
      1,
      2,
      "2",
    ]),
    computed(
      "States.Base64Encode encodes",
      "States.Base64Encode('Data to encode')",
      {},
      "RGF0YSB0byBlbmNvZGU=",
    ),
    computed("States.Base64Decode decodes", "States.Base64Decode('RGVjb2RlZCBkYXRh')", {}, "Decoded data"),
    computed(
      "States.Hash by SHA-1",
      "States.Hash('input data', 'SHA-1')",
      {},
      "aaff4a450a104cd177d28d18d74485e8cae074b7",
    ),
    computed("States.Hash by MD5", "States.Hash('', 'MD5')", {}, "d41d8cd98f00b204e9800998ecf8427e"),
    computed(
      "States.JsonMerge merges, the second one wins",
      "States.JsonMerge($.a, $.b, false)",
      { a: { a: { a1: 1 }, b: 2 }, b: { a: { a3: 1 }, c: 3 } },
      { a: { a3: 1 }, b: 2, c: 3 },
    ),
    computed("States.MathAdd adds", "States.MathAdd($.a, $.b)", { a: 111, b: -1 }, 110),
    computed("States.MathRandom is in [start, end)", "States.MathRandom(1, 3)", {}, 2),
    computed("States.StringSplit splits", "States.StringSplit($.s, ',')", { s: "1,2,3,4,5" }, [
      "1",
      "2",
      "3",
      "4",
      "5",
    ]),
    computed("States.StringSplit has several separators", "States.StringSplit($.s, '.+')", { s: "a.b+c" }, [
      "a",
      "b",
      "c",
    ]),
    computed("calls MAY be nested", "States.Format('{}', States.ArrayLength(States.Array(1, 2)))", {}, "2"),
    computed("a call MAY have white space between arguments", "States.Array( 1 ,  2 )", {}, [1, 2]),
    intrinsicFails("fewer arguments than places fail", "States.Format('{} {}', $.a)", { a: 1 }),
    intrinsicFails("States.StringToJson of no JSON fails", "States.StringToJson($.s)", { s: "{" }),
    intrinsicFails("States.ArrayPartition of a chunk size of 0 fails", "States.ArrayPartition($.a, 0)", {
      a: [1],
    }),
    intrinsicFails("States.ArrayRange of more than 1000 fails", "States.ArrayRange(1, 1001, 1)", {}),
    intrinsicFails("States.ArrayGetItem beyond the array fails", "States.ArrayGetItem($.a, 5)", { a: [1] }),
    intrinsicFails("States.Hash by an unknown algorithm fails", "States.Hash('a', 'CRC')", {}),
    intrinsicFails("States.JsonMerge is shallow only", "States.JsonMerge($.a, $.a, true)", { a: {} }),
    intrinsicFails("an argument of another type fails", "States.MathAdd($.a, 1)", { a: "1" }),
  ]);
  holds([
    [
      "Intrinsic Functions",
      "States.UUID is a version 4 UUID",
      compute("States.UUID()"),
      {},
      {
        output: {
          v: expect.stringMatching(
            /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
          ) as unknown,
        },
      },
    ],
  ]);
});
