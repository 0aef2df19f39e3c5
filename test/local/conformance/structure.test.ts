/** What the specification says of the structure of a definition. https://states-language.net/spec.html */
import { FUNCTION, holds, only, refuses } from "./machine";

const PASS = { Type: "Pass", End: true };
const TASK = { Type: "Task", Resource: FUNCTION, End: true };
const two = (first: object): object => ({ StartAt: "S", States: { S: first, T: PASS } });

describe("a definition that breaks a clause is refused", () => {
  refuses([
    ["Top-level fields", "a State Machine MUST have an object field named States", { StartAt: "S" }],
    ["Top-level fields", "States is an object", { StartAt: "S", States: [] }],
    ["Top-level fields", "a State Machine MUST have a string field named StartAt", { States: { S: PASS } }],
    [
      "Top-level fields",
      "StartAt MUST exactly match the name of a state",
      { StartAt: "s", States: { S: PASS } },
    ],
    ["Top-level fields", "Comment is a string", only(PASS, { Comment: 1 })],
    ["Top-level fields", "Version is 1.0", only(PASS, { Version: "2.0" })],
    ["Top-level fields", "TimeoutSeconds is a positive integer", only(PASS, { TimeoutSeconds: 0 })],
    ["Top-level fields", "TimeoutSeconds is an integer", only(PASS, { TimeoutSeconds: 1.5 })],
    ["Top-level fields", "QueryLanguage MUST be JSONPath or JSONata", only(PASS, { QueryLanguage: "XPath" })],
    [
      "States",
      "state names MUST be at most 80 characters",
      { StartAt: "x".repeat(81), States: { ["x".repeat(81)]: PASS } },
    ],
    [
      "States",
      "state names MUST be unique within the scope of the whole state machine",
      only({ Type: "Parallel", Branches: [{ StartAt: "S", States: { S: PASS } }], End: true }),
    ],
    ["States", "every state MUST have a Type field", only({ End: true })],
    ["States", "Type is one of the eight", only({ ...PASS, Type: "Loop" })],
    ["States", "a state's Comment is a string", only({ ...PASS, Comment: {} })],
    ["States", "End MUST be true", only({ Type: "Pass", End: "yes" })],
    ["Transitions", "a state that is not terminal MUST have a Next field", only({ Type: "Pass" })],
    [
      "Transitions",
      "Next MUST exactly and case-sensitively match a state's name",
      two({ Type: "Pass", Next: "t" }),
    ],
    ["Transitions", "a state has Next or End, not both", two({ ...PASS, Next: "T" })],
    [
      "Transitions",
      "a state within a Map MUST NOT have a transition to a state outside",
      two({
        Type: "Map",
        ItemProcessor: { StartAt: "I", States: { I: { Type: "Pass", Next: "T" } } },
        Next: "T",
      }),
    ],
    [
      "Transitions",
      "a state outside MUST NOT have a transition into a branch",
      {
        StartAt: "S",
        States: {
          S: { Type: "Pass", Next: "B" },
          P: { Type: "Parallel", Branches: [{ StartAt: "B", States: { B: PASS } }], End: true },
        },
      },
    ],
    [
      "Timestamps",
      "a Timestamp MUST have an upper case T",
      only({ Type: "Wait", Timestamp: "2016-03-14t01:59:00Z", End: true }),
    ],
    [
      "Timestamps",
      "a Timestamp MUST have an upper case Z",
      only({ Type: "Wait", Timestamp: "2016-03-14T01:59:00z", End: true }),
    ],
    [
      "Timestamps",
      "a Timestamp has a zone",
      only({ Type: "Wait", Timestamp: "2016-03-14T01:59:00", End: true }),
    ],
    [
      "Reference Paths",
      "a Reference Path MUST identify a single node: no wildcards",
      only({ ...PASS, ResultPath: "$.a[*]" }),
    ],
    ["Reference Paths", "no descent", only({ ...PASS, ResultPath: "$..a" })],
    ["Reference Paths", "no slices", only({ ...PASS, ResultPath: "$.a[0:1]" })],
    ["Reference Paths", "no unions", only({ ...PASS, ResultPath: "$.a[0,1]" })],
    ["Reference Paths", "no filters", only({ ...PASS, ResultPath: "$.a[?(@.b)]" })],
    ["Reference Paths", "ResultPath is not in the Context Object", only({ ...PASS, ResultPath: "$$.a" })],
    ["Paths", "a Path MUST be a string that begins with $", only({ ...PASS, InputPath: "a" })],
    ["Paths", "a Path is a string", only({ ...PASS, InputPath: 1 })],
    [
      "Payload Template",
      "the value of a field whose name ends with .$ MUST be a string",
      only({ ...PASS, Parameters: { "a.$": 1 } }),
    ],
    [
      "Payload Template",
      "it is a Path or an Intrinsic Function",
      only({ ...PASS, Parameters: { "a.$": "x" } }),
    ],
    [
      "Payload Template",
      "a.$ and a name the same field",
      only({ ...PASS, Parameters: { a: 1, "a.$": "$.a" } }),
    ],
    ["Payload Template", "ResultSelector is an object", only({ ...TASK, ResultSelector: "$.a" })],
    [
      "Intrinsic Functions",
      "only those that are defined",
      only({ ...PASS, Parameters: { "a.$": "States.Nope()" } }),
    ],
    [
      "Intrinsic Functions",
      "a call has its closing bracket",
      only({ ...PASS, Parameters: { "a.$": "States.Array(1" } }),
    ],
    [
      "Intrinsic Functions",
      "a string is enclosed in single quotes",
      only({ ...PASS, Parameters: { "a.$": 'States.Array("a")' } }),
    ],
    [
      "Intrinsic Functions",
      "a backslash that escapes nothing is an error",
      only({ ...PASS, Parameters: { "a.$": "States.Array('\\a')" } }),
    ],
    [
      "Input and Output Processing",
      "a Pass state has no ResultSelector",
      only({ ...PASS, ResultSelector: {} }),
    ],
    [
      "Input and Output Processing",
      "a Choice state has no ResultPath",
      two({ Type: "Choice", Choices: [{ Variable: "$", IsNull: true, Next: "T" }], ResultPath: "$" }),
    ],
    ["Input and Output Processing", "a Fail state has no InputPath", only({ Type: "Fail", InputPath: "$" })],
    ["State type table", "an unknown field is an error", only({ ...PASS, Resutl: 1 })],
    ["Pass State", "Pass has no Resource", only({ ...PASS, Resource: FUNCTION })],
    ["Task State", "a Task MUST have a Resource", only({ Type: "Task", End: true })],
    ["Task State", "TimeoutSeconds MUST be a positive integer", only({ ...TASK, TimeoutSeconds: -1 })],
    ["Task State", "HeartbeatSeconds MUST be a positive integer", only({ ...TASK, HeartbeatSeconds: 0 })],
    [
      "Task State",
      "HeartbeatSeconds MUST be smaller than TimeoutSeconds",
      only({ ...TASK, TimeoutSeconds: 5, HeartbeatSeconds: 5 }),
    ],
    [
      "Task State",
      "TimeoutSeconds and TimeoutSecondsPath MUST NOT both be there",
      only({ ...TASK, TimeoutSeconds: 5, TimeoutSecondsPath: "$.t" }),
    ],
    [
      "Task State",
      "HeartbeatSeconds and HeartbeatSecondsPath MUST NOT both be there",
      only({ ...TASK, HeartbeatSeconds: 5, HeartbeatSecondsPath: "$.t" }),
    ],
    ["Task State", "Credentials name a role", only({ ...TASK, Credentials: { User: "x" } })],
    ["Choice State", "a Choice MUST have Choices", two({ Type: "Choice", Default: "T" })],
    ["Choice State", "Choices MUST be a non-empty array", two({ Type: "Choice", Choices: [], Default: "T" })],
    [
      "Choice State",
      "a Choice MUST NOT be an End state",
      two({ Type: "Choice", Choices: [{ Variable: "$.a", IsNull: true, Next: "T" }], End: true }),
    ],
    [
      "Choice State",
      "a Choice Rule MUST have a Next field",
      two({ Type: "Choice", Choices: [{ Variable: "$.a", IsNull: true }], Default: "T" }),
    ],
    [
      "Choice State",
      "Next MUST NOT be in a nested rule",
      two({ Type: "Choice", Choices: [{ Not: { Variable: "$.a", IsNull: true, Next: "T" }, Next: "T" }] }),
    ],
    [
      "Choice State",
      "And MUST be a non-empty array",
      two({ Type: "Choice", Choices: [{ And: [], Next: "T" }] }),
    ],
    [
      "Choice State",
      "Or MUST be a non-empty array",
      two({ Type: "Choice", Choices: [{ Or: [], Next: "T" }] }),
    ],
    ["Choice State", "Not MUST be an object", two({ Type: "Choice", Choices: [{ Not: [], Next: "T" }] })],
    [
      "Choice State",
      "a Data-test Expression MUST have a Variable",
      two({ Type: "Choice", Choices: [{ IsNull: true, Next: "T" }] }),
    ],
    [
      "Choice State",
      "a rule has exactly one operator",
      two({ Type: "Choice", Choices: [{ Variable: "$.a", IsNull: true, IsString: true, Next: "T" }] }),
    ],
    [
      "Choice State",
      "the operand has the operator's type",
      two({ Type: "Choice", Choices: [{ Variable: "$.a", NumericEquals: "1", Next: "T" }] }),
    ],
    [
      "Choice State",
      "the operand of …Path is a Path",
      two({ Type: "Choice", Choices: [{ Variable: "$.a", NumericEqualsPath: "b", Next: "T" }] }),
    ],
    [
      "Choice State",
      "Default is a state",
      two({ Type: "Choice", Choices: [{ Variable: "$.a", IsNull: true, Next: "T" }], Default: "U" }),
    ],
    [
      "Wait State",
      "a Wait MUST have exactly one of its four fields: not none",
      only({ Type: "Wait", End: true }),
    ],
    ["Wait State", "not two", only({ Type: "Wait", Seconds: 1, SecondsPath: "$.a", End: true })],
    [
      "Wait State",
      "Seconds is an integer that is not negative",
      only({ Type: "Wait", Seconds: -1, End: true }),
    ],
    ["Succeed State", "Succeed has no Next", two({ Type: "Succeed", Next: "T" })],
    ["Fail State", "Fail has no Next", two({ Type: "Fail", Next: "T" })],
    [
      "Fail State",
      "Error and ErrorPath MUST NOT both be there",
      only({ Type: "Fail", Error: "E", ErrorPath: "$.e" }),
    ],
    [
      "Fail State",
      "Cause and CausePath MUST NOT both be there",
      only({ Type: "Fail", Cause: "C", CausePath: "$.c" }),
    ],
    ["Fail State", "Error is a string", only({ Type: "Fail", Error: 1 })],
    [
      "Parallel State",
      "a Parallel MUST have Branches, an array",
      only({ Type: "Parallel", Branches: {}, End: true }),
    ],
    [
      "Parallel State",
      "a branch MUST have States and StartAt",
      only({ Type: "Parallel", Branches: [{ StartAt: "B" }], End: true }),
    ],
    ["Map State", "a Map MUST have an ItemProcessor", only({ Type: "Map", End: true })],
    [
      "Map State",
      "the ItemProcessor MUST have States and StartAt",
      only({ Type: "Map", ItemProcessor: { States: { I: PASS } }, End: true }),
    ],
    [
      "Map State",
      "MaxConcurrency MUST NOT be negative",
      only({
        Type: "Map",
        MaxConcurrency: -1,
        ItemProcessor: { StartAt: "I", States: { I: PASS } },
        End: true,
      }),
    ],
    [
      "Map State",
      "MaxConcurrency and MaxConcurrencyPath MUST NOT both be there",
      only({
        Type: "Map",
        MaxConcurrency: 1,
        MaxConcurrencyPath: "$.m",
        ItemProcessor: { StartAt: "I", States: { I: PASS } },
        End: true,
      }),
    ],
    [
      "Map State",
      "ItemProcessor and Iterator MUST NOT both be there",
      only({
        Type: "Map",
        ItemProcessor: { StartAt: "I", States: { I: PASS } },
        Iterator: { StartAt: "J", States: { J: PASS } },
        End: true,
      }),
    ],
    [
      "Map State",
      "ItemSelector and Parameters MUST NOT both be there",
      only({
        Type: "Map",
        ItemSelector: {},
        Parameters: {},
        ItemProcessor: { StartAt: "I", States: { I: PASS } },
        End: true,
      }),
    ],
  ]);
});

describe("a definition that keeps to a clause runs", () => {
  holds([
    [
      "Top-level fields",
      "a State Machine MAY have Comment, Version and TimeoutSeconds",
      only(PASS, { Comment: "c", Version: "1.0", TimeoutSeconds: 9 }),
      1,
      { status: "SUCCEEDED", output: 1 },
    ],
    [
      "Top-level fields",
      "a machine that runs longer than TimeoutSeconds fails",
      only({ Type: "Wait", Seconds: 10, End: true }, { TimeoutSeconds: 5 }),
      {},
      { status: "TIMED_OUT", seconds: 5 },
    ],
    [
      "States",
      "a state's name MAY have any characters",
      { StartAt: "ü 1/2", States: { "ü 1/2": PASS } },
      {},
      { status: "SUCCEEDED" },
    ],
    [
      "Transitions",
      "execution begins at StartAt and follows Next",
      { StartAt: "B", States: { A: PASS, B: { Type: "Pass", Result: 2, Next: "A" } } },
      {},
      { output: 2 },
    ],
    [
      "Transitions",
      "states can have several transitions that lead to them",
      {
        StartAt: "C",
        States: {
          C: { Type: "Choice", Choices: [{ Variable: "$", NumericEquals: 1, Next: "P" }], Default: "P" },
          P: PASS,
        },
      },
      1,
      { output: 1 },
    ],
    [
      "Data",
      "the input of the first state is that of the machine, and its output the machine's",
      only(PASS),
      { a: [1, null, "x", true] },
      { output: { a: [1, null, "x", true] } },
    ],
    ["Data", "any JSON text is an input", only(PASS), "text", { output: "text" }],
    [
      "Succeed State",
      "Succeed ends the machine with success",
      only({ Type: "Succeed" }),
      { a: 1 },
      { status: "SUCCEEDED", output: { a: 1 } },
    ],
    [
      "Fail State",
      "Fail ends the machine with its Error and Cause",
      only({ Type: "Fail", Error: "E", Cause: "C" }),
      {},
      { status: "FAILED", error: "E", cause: "C" },
    ],
    [
      "Fail State",
      "ErrorPath and CausePath are Paths or Intrinsic Functions",
      only({ Type: "Fail", ErrorPath: "$.e", CausePath: "States.Format('c {}', $.c)" }),
      { e: "E", c: 1 },
      { error: "E", cause: "c 1" },
    ],
  ]);
});
