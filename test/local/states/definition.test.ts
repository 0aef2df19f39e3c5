import { createDefinitionReader } from "../../../local/cloud/states/definition/definition";

const ACTIVITY = "arn:aws:states:eu-west-1:123456789012:activity:detect";
const read = createDefinitionReader();

function mistakesOf(definition: object | string): string {
  try {
    read(typeof definition === "string" ? definition : JSON.stringify(definition));
    return "none";
  } catch (error) {
    return (error as Error).message;
  }
}

function only(state: object): object {
  return { StartAt: "S", States: { S: state } };
}

const TASK = { Type: "Task", Resource: ACTIVITY, End: true };
const PASS = { Type: "Pass", End: true };
const DISTRIBUTED = { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" } };

function map(processor: object, fields: object = {}): object {
  return {
    Type: "Map",
    ItemProcessor: { ...processor, StartAt: "p", States: { p: PASS } },
    End: true,
    ...fields,
  };
}

test("a definition that uses what is run here is read as it stands", () => {
  const definition = {
    Comment: "all kinds",
    QueryLanguage: "JSONPath",
    TimeoutSeconds: 60,
    StartAt: "split",
    States: {
      split: {
        ...TASK,
        End: undefined,
        Next: "each",
        Parameters: { "a.$": "States.Format('{}', $.b)" },
        ResultSelector: { "x.$": "$.y" },
      },
      each: {
        Type: "Map",
        ItemsPath: "$.tiles",
        ItemSelector: { "tile.$": "$$.Map.Item.Value" },
        MaxConcurrency: 10,
        ItemProcessor: {
          ProcessorConfig: { Mode: "INLINE" },
          StartAt: "detect",
          States: { detect: { ...TASK, TimeoutSeconds: 9, HeartbeatSeconds: 3 } },
        },
        Retry: [
          {
            ErrorEquals: ["States.Timeout"],
            IntervalSeconds: 1,
            MaxAttempts: 2,
            BackoffRate: 1.5,
            MaxDelaySeconds: 5,
            JitterStrategy: "FULL",
          },
        ],
        Catch: [{ ErrorEquals: ["States.ALL"], Next: "sorry", ResultPath: "$.error" }],
        ResultPath: null,
        Next: "choose",
      },
      choose: {
        Type: "Choice",
        Choices: [
          {
            And: [
              { Variable: "$.a", IsPresent: true },
              { Variable: "$.a", NumericEquals: 1 },
            ],
            Next: "pause",
          },
        ],
        Default: "done",
      },
      pause: { Type: "Wait", Seconds: 1, Next: "both" },
      both: { Type: "Parallel", Branches: [{ StartAt: "p1", States: { p1: PASS } }], Next: "done" },
      done: { Type: "Succeed" },
      sorry: { Type: "Fail", Error: "Sorry", CausePath: "States.Format('{}', $.error.Cause)" },
    },
  };
  expect(read(JSON.stringify(definition)).TimeoutSeconds).toBe(60);
});

test.each<[string, object | string, string]>([
  ["text that is not JSON", "not a definition", "INVALID_JSON_DESCRIPTION"],
  ["a list", "[]", "Definition must be a valid JSON object"],
  ["nothing in it", {}, "These fields are required: [States, StartAt] at /"],
  ["a start that is no state", { StartAt: "X", States: { S: PASS } }, "There is no state 'X' at /StartAt"],
  [
    "a query language of its own",
    { QueryLanguage: "JMESPath", ...only(PASS) },
    'got "JMESPath" at /QueryLanguage',
  ],
  [
    "JSONPath in a machine of JSONata",
    { QueryLanguage: "JSONata", ...only({ ...PASS, QueryLanguage: "JSONPath" }) },
    "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/S",
  ],
  [
    "a path in a state of JSONata",
    { QueryLanguage: "JSONata", ...only({ ...PASS, InputPath: "$.a" }) },
    "Field 'InputPath' is not supported with QueryLanguage 'JSONata': it is for JSONPath at /States/S",
  ],
  [
    "Output in a state of JSONPath",
    only({ ...PASS, Output: "{% 1 %}" }),
    "Field 'Output' is not supported with QueryLanguage 'JSONPath': it is for JSONata at /States/S",
  ],
  [
    "an expression that can't be read",
    { QueryLanguage: "JSONata", ...only({ ...PASS, Output: { a: "{% $states. %}" } }) },
    "The JSONata expression '$states.' can't be read",
  ],
  [
    "half an expression",
    { QueryLanguage: "JSONata", ...only({ ...PASS, Output: "{% 1 " }) },
    "begins with {% and ends with %}",
  ],
  [
    "$eval",
    { QueryLanguage: "JSONata", ...only({ ...PASS, Output: "{% $eval('1') %}" }) },
    "does not support the JSONata function $eval",
  ],
  [
    "a variable called states",
    only({ ...PASS, Assign: { states: 1 } }),
    "The variable 'states' is Step Functions' own at /States/S/Assign",
  ],
  [
    "a variable whose name is no identifier",
    only({ ...PASS, Assign: { "a b": 1 } }),
    "A variable's name is an identifier of 80 characters at most, got 'a b'",
  ],
  [
    "a variable assigned within a Map and before it",
    {
      StartAt: "A",
      States: {
        A: { Type: "Pass", Assign: { x: 1 }, Next: "S" },
        S: {
          Type: "Map",
          ItemProcessor: { StartAt: "p", States: { p: { ...PASS, Assign: { x: 2 } } } },
          End: true,
        },
      },
    },
    "The variable 'x' is assigned outside; here it can be read, not assigned",
  ],
  ["an unknown kind of state", only({ Type: "Loop" }), "Type must be one of Task, Pass, Choice"],
  ["an unknown field", only({ ...PASS, Resutl: 1 }), "Field 'Resutl' is not supported at /States/S"],
  [
    "another service",
    only({ ...TASK, Resource: "arn:aws:states:::dynamodb:putItem" }),
    "The local cloud runs Tasks whose Resource is the ARN of an activity",
  ],
  [
    "a wait for the end of what has none",
    only({ ...TASK, Resource: "arn:aws:states:::lambda:invoke.sync" }),
    "at /States/S/Resource",
  ],
  [
    "a heartbeat as long as the time-out",
    only({ ...TASK, TimeoutSeconds: 5, HeartbeatSeconds: 5 }),
    "HeartbeatSeconds must be smaller than TimeoutSeconds",
  ],
  ["both Next and End", only({ ...PASS, Next: "S" }), "A state has either Next or End at /States/S"],
  [
    "a Next that is no state",
    only({ Type: "Pass", Next: "X" }),
    "MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/S/Next",
  ],
  [
    "a catcher that leads nowhere",
    only({ ...TASK, Catch: [{ ErrorEquals: ["States.ALL"], Next: "X" }] }),
    "at /States/S/Catch[0]/Next",
  ],
  [
    "States.ALL before another retrier",
    only({ ...TASK, Retry: [{ ErrorEquals: ["States.ALL"] }, { ErrorEquals: ["A"] }] }),
    "States.ALL must stand alone in ErrorEquals, in the last entry",
  ],
  [
    "a backoff below one",
    only({ ...TASK, Retry: [{ ErrorEquals: ["A"], BackoffRate: 0.5 }] }),
    "BackoffRate must be 1 or more",
  ],
  [
    "a ResultPath that is no reference",
    only({ ...TASK, ResultPath: "$.a[*]" }),
    "ResultPath must be a Reference Path",
  ],
  ["a path with a function", only({ ...PASS, InputPath: "$.a.length()" }), "does not run functions in paths"],
  [
    "a filter with a pattern",
    only({ ...PASS, InputPath: "$.a[?(@.b =~ /x/)]" }),
    "does not run filters with =~",
  ],
  ["$states in JSONPath", only({ ...PASS, InputPath: "$states.input" }), "$states is for JSONata"],
  ["a broken path", only({ ...PASS, InputPath: "$.a[" }), `"$.a[" is not a path: it can't be read`],
  [
    "an unknown function",
    only({ ...PASS, Parameters: { "a.$": "States.Nope($.a)" } }),
    "there is no intrinsic function 'States.Nope'",
  ],
  [
    "an illegal escape",
    only({ ...PASS, Parameters: { "a.$": `States.StringToJson('{\\"a\\":1}')` } }),
    "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call",
  ],
  [
    "too few arguments",
    only({ ...PASS, Parameters: { "a.$": "States.Hash('x')" } }),
    "States.Hash takes 2 arguments, got 1",
  ],
  [
    "an unknown operator",
    only({ Type: "Choice", Choices: [{ Variable: "$.a", StringIs: "b", Next: "S" }] }),
    "There is no operator 'StringIs'",
  ],
  [
    "an operand of another kind",
    only({ Type: "Choice", Choices: [{ Variable: "$.a", NumericEquals: "1", Next: "S" }] }),
    `NumericEquals takes a numeric, got "1"`,
  ],
  [
    "two operators in a rule",
    only({ Type: "Choice", Choices: [{ Variable: "$.a", IsNull: true, IsPresent: true, Next: "S" }] }),
    "exactly one operator, got IsNull, IsPresent",
  ],
  [
    "two waits in one",
    only({ Type: "Wait", Seconds: 1, SecondsPath: "$.s", End: true }),
    "exactly one of Seconds",
  ],
  [
    "a timestamp without zone",
    only({ Type: "Wait", Timestamp: "2026-11-20T12:00:00", End: true }),
    "Timestamp must be such as",
  ],
  [
    "a distributed Map without a type for its children",
    only(map({ ProcessorConfig: { Mode: "DISTRIBUTED" } })),
    "A Map of Mode DISTRIBUTED needs an ExecutionType",
  ],
  [
    "an ItemReader of an inline Map",
    only(map({}, { ItemReader: {} })),
    "ItemReader needs a Map whose ProcessorConfig has Mode DISTRIBUTED",
  ],
  [
    "a Label that is too long",
    only(map(DISTRIBUTED, { Label: "x".repeat(41) })),
    "Label cannot exceed 40 characters",
  ],
  [
    "items from an inventory",
    only(
      map(DISTRIBUTED, {
        ItemReader: { Resource: "arn:aws:states:::s3:getObject", ReaderConfig: { InputType: "MANIFEST" } },
      }),
    ),
    "The local cloud reads items as CSV, JSON, JSONL or a list of objects",
  ],
  [
    "batches without a size",
    only(map(DISTRIBUTED, { ItemBatcher: {} })),
    "ItemBatcher needs MaxItemsPerBatch or MaxInputBytesPerBatch",
  ],
  [
    "a percentage above 100",
    only(map(DISTRIBUTED, { ToleratedFailurePercentage: 101 })),
    "ToleratedFailurePercentage must be between 0 and 100",
  ],
  [
    "a state that nothing leads to",
    { StartAt: "S", States: { S: PASS, T: PASS } },
    'MISSING_TRANSITION_TARGET: State "T" is not reachable. at /States/T',
  ],
  [
    "a state name used twice",
    only({ Type: "Map", ItemProcessor: { StartAt: "S", States: { S: PASS } }, End: true }),
    "The state name 'S' occurs twice",
  ],
  ["a state that nothing can end", only({ Type: "Pass", Next: "S" }), "InvalidDefinition"],
])("a definition with %s is refused with a sentence", (_what, definition, sentence) => {
  const message = mistakesOf(definition);
  if (sentence === "InvalidDefinition") expect(message).not.toBe("none");
  else expect(message).toContain(sentence);
  expect(message).toMatch(/^Invalid State Machine Definition: '/);
});
