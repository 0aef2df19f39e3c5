/** Workflows that have a bit of everything, for the tests of restarts. */
import { ACTIVITY, FUNCTION, machineArn } from "./cloud";
import type { Scene } from "./world";

const fail = { kind: "failure", error: "TooDark", cause: "night" } as const;
const pass = { Type: "Pass", End: true };
const lambda = { Type: "Task", Resource: FUNCTION };
const patient = [{ ErrorEquals: ["States.Timeout"], MaxAttempts: 20, IntervalSeconds: 1, BackoffRate: 1 }];
const activity = {
  Type: "Task",
  Resource: ACTIVITY,
  HeartbeatSeconds: 30,
  TimeoutSeconds: 600,
  Retry: patient,
};
const retry = [{ ErrorEquals: ["TooDark"], MaxAttempts: 3 }];
const graph = (states: Record<string, object>): { StartAt: string; States: object } => ({
  StartAt: Object.keys(states)[0] ?? "",
  States: states,
});
const main = (states: Record<string, object>, top: object = {}): Scene["machines"] => ({
  main: { ...top, ...graph(states) },
});

const RETRIES = { "retries.$": "$$.State.RetryCount" };

/** Fails as long as the payload says so. */
const inTheEnd: Scene["answer"] = (payload) => {
  const { retries = 0, fails = 0 } = JSON.parse(payload) as { retries?: number; fails?: number };
  return retries < fails ? fail : { kind: "success", output: payload };
};

export const SCENES: Readonly<Record<string, Scene>> = {
  "a Pass after another, by way of a Choice": {
    machines: main({
      One: { Type: "Pass", Result: { number: 7 }, Next: "Which" },
      Which: {
        Type: "Choice",
        Choices: [{ Variable: "$.number", NumericGreaterThan: 5, Next: "Large" }],
        Default: "Small",
      },
      Small: { Type: "Fail" },
      Large: { Type: "Succeed" },
    }),
  },
  "a loop with variables": {
    machines: main({
      Begin: { Type: "Pass", Assign: { turns: 0 }, Next: "Again" },
      Again: {
        Type: "Pass",
        Parameters: { "turns.$": "$turns" },
        Assign: { "turns.$": "States.MathAdd($turns, 1)" },
        Next: "Enough",
      },
      Enough: {
        Type: "Choice",
        Choices: [{ Variable: "$turns", NumericLessThan: 4, Next: "Again" }],
        Default: "End",
      },
      End: { Type: "Pass", Parameters: { "turns.$": "$turns" }, End: true },
    }),
  },
  "waits, in seconds and until an instant": {
    machines: main({
      Short: { Type: "Wait", Seconds: 25, Next: "Until" },
      Until: { Type: "Wait", Timestamp: "2026-11-20T00:02:00Z", Next: "End" },
      End: pass,
    }),
  },
  "a function that fails twice, with Retry": {
    machines: main({
      Task: { ...lambda, Parameters: { ...RETRIES, fails: 2 }, Retry: retry, Next: "End" },
      End: pass,
    }),
    answer: inTheEnd,
  },
  "a function that fails, with Catch": {
    machines: main({
      Task: {
        ...lambda,
        Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "End" }],
        End: true,
      },
      End: pass,
    }),
    answer: () => fail,
  },
  "a function that fails, and the execution with it": {
    machines: main({ Task: { ...lambda, End: true } }),
    answer: () => fail,
  },
  "a function that takes too long": {
    machines: main({
      Task: {
        ...lambda,
        InputPath: "$.which",
        TimeoutSeconds: 45,
        Catch: [{ ErrorEquals: ["States.Timeout"], Next: "End" }],
        End: true,
      },
      End: pass,
    }),
    input: { which: "never" },
  },
  "an execution that takes too long": {
    machines: main({ Wait: { Type: "Wait", Seconds: 600, End: true } }, { TimeoutSeconds: 45 }),
  },
  "activities, one after the other": {
    machines: main({ One: { ...activity, Next: "Two" }, Two: { ...activity, End: true } }),
    input: { tile: 1 },
  },
  "a callback": {
    machines: main({
      Call: {
        Type: "Task",
        Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
        Parameters: { FunctionName: FUNCTION, Payload: { "token.$": "$$.Task.Token" } },
        HeartbeatSeconds: 60,
        Next: "End",
      },
      End: pass,
    }),
  },
  "a Parallel of a Wait, functions and a Parallel": {
    machines: main({
      Both: {
        Type: "Parallel",
        Branches: [
          graph({ Wait: { Type: "Wait", Seconds: 15, Next: "After" }, After: { ...lambda, End: true } }),
          graph({
            First: { ...lambda, Next: "Second" },
            Second: { ...lambda, Parameters: { ...RETRIES, fails: 1 }, Retry: retry, End: true },
          }),
          graph({
            Inner: {
              Type: "Parallel",
              Branches: [graph({ P: pass }), graph({ Q: { ...lambda, End: true } })],
              End: true,
            },
          }),
        ],
        Next: "End",
      },
      End: pass,
    }),
    answer: inTheEnd,
  },
  "a Parallel of which one branch fails, and is caught": {
    machines: main({
      Both: {
        Type: "Parallel",
        Branches: [
          graph({ Wait: { Type: "Wait", Seconds: 3600, End: true } }),
          graph({ Before: { Type: "Pass", Next: "Task" }, Task: { ...lambda, End: true } }),
        ],
        Catch: [{ ErrorEquals: ["TooDark"], ResultPath: "$.error", Next: "End" }],
        End: true,
      },
      End: pass,
    }),
    answer: () => fail,
  },
  "a Map with fewer lanes than items, and variables within": {
    machines: main({
      Each: {
        Type: "Map",
        ItemsPath: "$.items",
        MaxConcurrency: 2,
        ItemSelector: { "index.$": "$$.Map.Item.Index", "item.$": "$$.Map.Item.Value" },
        ItemProcessor: graph({
          Keep: { Type: "Pass", Assign: { "own.$": "$.item" }, Next: "Task" },
          Task: {
            ...lambda,
            Parameters: { ...RETRIES, fails: 1, "index.$": "$.index" },
            Retry: retry,
            Next: "Give",
          },
          Give: { Type: "Pass", Parameters: { "own.$": "$own", "index.$": "$.index" }, End: true },
        }),
        End: true,
      },
    }),
    input: { items: ["a", "b", "c", "d", "e"] },
    answer: inTheEnd,
  },
  "a Map that fails at first, and is retried whole": {
    machines: main({
      Each: {
        Type: "Map",
        ItemsPath: "$.items",
        MaxConcurrency: 2,
        ItemSelector: { ...RETRIES, "fails.$": "$$.Map.Item.Value" },
        ItemProcessor: graph({ Task: { ...lambda, End: true } }),
        Retry: retry,
        End: true,
      },
    }),
    input: { items: [0, 2, 0] },
    raced: true,
    answer: inTheEnd,
  },
  "a Map of activities": {
    machines: main({
      Each: {
        Type: "Map",
        ItemsPath: "$.items",
        MaxConcurrency: 3,
        ItemProcessor: graph({ Task: { ...activity, End: true } }),
        End: true,
      },
    }),
    input: { items: [1, 2, 3, 4] },
  },
  "JSONata, with a failure that its Catch takes": {
    machines: main(
      {
        Sum: {
          Type: "Pass",
          Output: { total: "{% $sum($states.input.numbers) %}" },
          Assign: { seen: "{% $states.input.numbers[0] %}" },
          Next: "Task",
        },
        Task: {
          ...lambda,
          Arguments: { seen: "{% $seen %}", id: "{% $uuid() %}" },
          Output: "{% $states.result.missing.length() %}",
          Catch: [{ ErrorEquals: ["States.QueryEvaluationError"], Output: "{% $seen %}", Next: "End" }],
          End: true,
        },
        End: pass,
      },
      { QueryLanguage: "JSONata" },
    ),
    input: { numbers: [1, 2, 3] },
  },
  "a Map of items in an order by chance, to a function that is given a number by chance": {
    machines: main(
      {
        Each: {
          Type: "Map",
          Items: "{% $shuffle([1..8]) %}",
          MaxConcurrency: 2,
          ItemProcessor: graph({
            Task: {
              ...lambda,
              Arguments: "{% {'item': $states.input, 'odds': $random() < 0.5 ? $states.input : $uuid()} %}",
              Output: "{% $states.result.item %}",
              End: true,
            },
          }),
          Output: "{% $sort($states.result) %}",
          End: true,
        },
      },
      { QueryLanguage: "JSONata" },
    ),
  },
  "a distributed Map": {
    machines: main({
      Each: {
        Type: "Map",
        ItemsPath: "$.items",
        MaxConcurrency: 2,
        ItemProcessor: {
          ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
          ...graph({
            Task: {
              ...lambda,
              Parameters: { ...RETRIES, fails: 1, "item.$": "$" },
              Retry: retry,
              End: true,
            },
          }),
        },
        Next: "End",
      },
      End: pass,
    }),
    input: { items: [1, 2, 3, 4] },
    answer: inTheEnd,
  },
  "a distributed Map that fails": {
    machines: main({
      Each: {
        Type: "Map",
        ItemsPath: "$.items",
        Label: "each",
        ItemProcessor: {
          ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
          ...graph({ Task: { ...lambda, End: true } }),
        },
        Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "End" }],
        End: true,
      },
      End: pass,
    }),
    input: { items: [1, 2] },
    answer: (payload) => (payload === "2" ? fail : { kind: "success", output: payload }),
  },
  "an execution within an execution": {
    machines: {
      ...main({
        Nested: {
          Type: "Task",
          Resource: "arn:aws:states:::states:startExecution.sync:2",
          Parameters: { StateMachineArn: machineArn("inner"), Input: { "tile.$": "$.tile" } },
          ResultSelector: { "output.$": "$.Output", "status.$": "$.Status" },
          Next: "End",
        },
        End: pass,
      }),
      inner: graph({ Wait: { Type: "Wait", Seconds: 15, Next: "Task" }, Task: { ...lambda, End: true } }),
    },
    input: { tile: 4 },
  },
};
