/** What the specification says of errors: names, Retry and Catch. https://states-language.net/spec.html#errors */
import { FUNCTION, fails, gives, holds, only, refuses } from "./machine";

const TASK = { Type: "Task", Resource: FUNCTION, End: true };
const retry = (...retriers: object[]): object => only({ ...TASK, Retry: retriers });
const caught = (...catchers: object[]): object => ({
  StartAt: "S",
  States: {
    S: { ...TASK, Catch: catchers },
    T: { Type: "Pass", End: true },
    U: { Type: "Pass", Result: "u", End: true },
  },
});
const E = fails("E", "why");
const ALL = { ErrorEquals: ["States.ALL"], Next: "T" };
const twice = (first: object): object => caught(first, { ...ALL, Next: "U" });

describe("a Retry or Catch that breaks a clause is refused", () => {
  refuses([
    ["Retrying", "Retry is an array", only({ ...TASK, Retry: {} })],
    ["Retrying", "a Retrier is an object", retry("x" as unknown as object)],
    ["Retrying", "each Retrier MUST contain ErrorEquals", retry({})],
    ["Retrying", "ErrorEquals MUST be a non-empty array", retry({ ErrorEquals: [] })],
    ["Retrying", "ErrorEquals MUST be of strings", retry({ ErrorEquals: [1] })],
    [
      "Retrying",
      "IntervalSeconds MUST be a positive integer",
      retry({ ErrorEquals: ["E"], IntervalSeconds: 0 }),
    ],
    [
      "Retrying",
      "MaxAttempts MUST be a non-negative integer",
      retry({ ErrorEquals: ["E"], MaxAttempts: -1 }),
    ],
    ["Retrying", "BackoffRate MUST be at least 1", retry({ ErrorEquals: ["E"], BackoffRate: 0.9 })],
    [
      "Retrying",
      "MaxDelaySeconds MUST be above IntervalSeconds",
      retry({ ErrorEquals: ["E"], IntervalSeconds: 5, MaxDelaySeconds: 5 }),
    ],
    [
      "Retrying",
      "JitterStrategy MUST be FULL or NONE",
      retry({ ErrorEquals: ["E"], JitterStrategy: "HALF" }),
    ],
    ["Retrying", "States.ALL MUST appear alone", retry({ ErrorEquals: ["States.ALL", "E"] })],
    [
      "Retrying",
      "States.ALL MUST be in the last Retrier",
      retry({ ErrorEquals: ["States.ALL"] }, { ErrorEquals: ["E"] }),
    ],
    ["Retrying", "a Pass state has no Retry", only({ Type: "Pass", Retry: [], End: true })],
    [
      "Fallback States",
      "each Catcher MUST contain ErrorEquals",
      caught({ Next: "T" }, { ...ALL, Next: "U" }),
    ],
    [
      "Fallback States",
      "each Catcher MUST contain Next",
      caught({ ErrorEquals: ["E"] }, ALL, { ...ALL, Next: "U" }),
    ],
    ["Fallback States", "Next MUST be a state", twice({ ErrorEquals: ["E"], Next: "V" })],
    [
      "Fallback States",
      "States.ALL MUST be in the last Catcher",
      caught(ALL, { ErrorEquals: ["E"], Next: "U" }),
    ],
    [
      "Fallback States",
      "ResultPath is a Reference Path",
      twice({ ErrorEquals: ["E"], Next: "T", ResultPath: "$.a[*]" }),
    ],
  ]);
});

describe("retrying", () => {
  holds([
    [
      "Retrying",
      "without a Retrier the first error fails the machine",
      only(TASK),
      {},
      { status: "FAILED", error: "E", cause: "why", seconds: 0 },
      { answers: [E] },
    ],
    [
      "Retrying",
      "defaults: 3 attempts, after 1, 2 and 4 seconds",
      retry({ ErrorEquals: ["E"] }),
      {},
      { status: "FAILED", error: "E", seconds: 7 },
      { answers: [E, E, E, E] },
    ],
    [
      "Retrying",
      "an attempt that succeeds ends it",
      retry({ ErrorEquals: ["E"] }),
      { a: 1 },
      { output: { a: 1 }, seconds: 3 },
      { answers: [E, E] },
    ],
    [
      "Retrying",
      "MaxAttempts 0: never",
      retry({ ErrorEquals: ["E"], MaxAttempts: 0 }),
      {},
      { error: "E", seconds: 0 },
      { answers: [E] },
    ],
    [
      "Retrying",
      "IntervalSeconds is the wait before the first",
      retry({ ErrorEquals: ["E"], IntervalSeconds: 5, MaxAttempts: 1 }),
      {},
      { seconds: 5 },
      { answers: [E] },
    ],
    [
      "Retrying",
      "BackoffRate multiplies it each time",
      retry({ ErrorEquals: ["E"], IntervalSeconds: 3, MaxAttempts: 2, BackoffRate: 1.5 }),
      {},
      { seconds: 7.5 },
      { answers: [E, E] },
    ],
    [
      "Retrying",
      "MaxDelaySeconds bounds it",
      retry({ ErrorEquals: ["E"], IntervalSeconds: 1, BackoffRate: 10, MaxDelaySeconds: 4, MaxAttempts: 3 }),
      {},
      { seconds: 9 },
      { answers: [E, E, E] },
    ],
    [
      "Retrying",
      "JitterStrategy FULL waits between 0 and the delay",
      retry({ ErrorEquals: ["E"], IntervalSeconds: 4, MaxAttempts: 1, JitterStrategy: "FULL" }),
      {},
      { seconds: 2 },
      { answers: [E], random: () => 0.5 },
    ],
    [
      "Retrying",
      "the first Retrier whose ErrorEquals has the name takes it",
      retry(
        { ErrorEquals: ["A", "E"], IntervalSeconds: 2, MaxAttempts: 1 },
        { ErrorEquals: ["E"], IntervalSeconds: 100 },
      ),
      {},
      { seconds: 2 },
      { answers: [E] },
    ],
    [
      "Retrying",
      "an error that no Retrier names is not retried",
      retry({ ErrorEquals: ["A"] }),
      {},
      { error: "E", seconds: 0 },
      { answers: [E] },
    ],
    [
      "Retrying",
      "each Retrier counts its own attempts",
      retry(
        { ErrorEquals: ["A"], MaxAttempts: 1, IntervalSeconds: 1 },
        { ErrorEquals: ["E"], MaxAttempts: 1, IntervalSeconds: 10 },
      ),
      {},
      { output: {}, seconds: 11 },
      { answers: [fails("A"), E] },
    ],
    [
      "Retrying",
      "States.ALL takes any error",
      retry({ ErrorEquals: ["States.ALL"], MaxAttempts: 1 }),
      {},
      { output: {}, seconds: 1 },
      { answers: [E] },
    ],
    [
      "Retrying",
      "States.TaskFailed takes any error of a task",
      retry({ ErrorEquals: ["States.TaskFailed"], MaxAttempts: 1 }),
      {},
      { output: {} },
      { answers: [E] },
    ],
    [
      "Errors",
      "States.TaskFailed does not take States.Timeout",
      only({ ...TASK, TimeoutSeconds: 3, Retry: [{ ErrorEquals: ["States.TaskFailed"] }] }),
      {},
      { error: "States.Timeout", seconds: 3 },
      { answers: ["never"] },
    ],
    [
      "Errors",
      "States.Timeout: a task ran longer than TimeoutSeconds",
      only({ ...TASK, TimeoutSeconds: 3, Retry: [{ ErrorEquals: ["States.Timeout"], MaxAttempts: 1 }] }),
      {},
      { output: {}, seconds: 4 },
      { answers: ["never"] },
    ],
    [
      "Errors",
      "States.ALL does not take States.Runtime",
      only({ ...TASK, Parameters: { "a.$": "$.b" }, Retry: [{ ErrorEquals: ["States.ALL"] }] }),
      {},
      { error: "States.Runtime", seconds: 0 },
    ],
    [
      "Task State",
      "TimeoutSecondsPath leads to the time-out",
      only({ ...TASK, TimeoutSecondsPath: "$.t" }),
      { t: 2 },
      { error: "States.Timeout", seconds: 2 },
      { answers: ["never"] },
    ],
    [
      "Task State",
      "TimeoutSecondsPath MUST lead to a positive integer",
      only({ ...TASK, TimeoutSecondsPath: "$.t" }),
      { t: 0 },
      { error: "States.Runtime" },
    ],
    [
      "Retrying",
      "a Map as a whole is retried",
      only({
        Type: "Map",
        ItemProcessor: { StartAt: "I", States: { I: { ...TASK } } },
        Retry: [{ ErrorEquals: ["E"], MaxAttempts: 1 }],
        End: true,
      }),
      [1],
      { output: [1], seconds: 1 },
      { answers: [E] },
    ],
  ]);
});

describe("fallback states", () => {
  holds([
    [
      "Fallback States",
      "the first Catcher that names the error leads on",
      twice({ ErrorEquals: ["E"], Next: "T" }),
      { a: 1 },
      { status: "SUCCEEDED", output: { Error: "E", Cause: "why" } },
      { answers: [E] },
    ],
    [
      "Fallback States",
      "a Catcher that does not is passed over",
      twice({ ErrorEquals: ["A"], Next: "T" }),
      {},
      { output: "u" },
      { answers: [E] },
    ],
    [
      "Fallback States",
      "an error that no Catcher names fails the machine",
      caught({ ErrorEquals: ["A"], Next: "T" }, { ErrorEquals: ["B"], Next: "U" }),
      {},
      { error: "E" },
      { answers: [E] },
    ],
    [
      "Fallback States",
      "ResultPath puts the Error Output into the input",
      twice({ ...ALL, ErrorEquals: ["E"], ResultPath: "$.error" }),
      { a: 1 },
      { output: { a: 1, error: { Error: "E", Cause: "why" } } },
      { answers: [E] },
    ],
    [
      "Fallback States",
      "ResultPath null drops it",
      twice({ ...ALL, ErrorEquals: ["E"], ResultPath: null }),
      { a: 1 },
      { output: { a: 1 } },
      { answers: [E] },
    ],
    [
      "Fallback States",
      "the state's own OutputPath does not apply",
      {
        StartAt: "S",
        States: { S: { ...TASK, OutputPath: "$.x", Catch: [ALL] }, T: { Type: "Pass", End: true } },
      },
      {},
      { output: { Error: "E", Cause: "why" } },
      { answers: [E] },
    ],
    [
      "Retrying",
      "Retry comes before Catch",
      {
        StartAt: "S",
        States: {
          S: { ...TASK, Retry: [{ ErrorEquals: ["E"], MaxAttempts: 1 }], Catch: [ALL] },
          T: { Type: "Pass", End: true },
        },
      },
      {},
      { output: { Error: "E", Cause: "why" }, seconds: 1 },
      { answers: [E, E] },
    ],
    [
      "Fallback States",
      "a Parallel's Catch takes what a branch failed with",
      {
        StartAt: "S",
        States: {
          S: {
            Type: "Parallel",
            Branches: [{ StartAt: "B", States: { B: { Type: "Fail", Error: "F" } } }],
            Catch: [ALL],
            End: true,
          },
          T: { Type: "Pass", End: true },
        },
      },
      {},
      { output: { Error: "F", Cause: "" } },
    ],
    [
      "Errors",
      "States.NoChoiceMatched can't be caught by the Choice itself, and fails the machine",
      {
        StartAt: "S",
        States: {
          S: { Type: "Choice", Choices: [{ Variable: "$.a", IsNull: true, Next: "T" }] },
          T: { Type: "Pass", End: true },
        },
      },
      { a: 1 },
      { error: "States.NoChoiceMatched" },
    ],
    [
      "Errors",
      "States.NoChoiceMatched is caught around it",
      {
        StartAt: "P",
        States: {
          P: {
            Type: "Parallel",
            Branches: [
              {
                StartAt: "S",
                States: {
                  S: { Type: "Choice", Choices: [{ Variable: "$.a", IsNull: true, Next: "T" }] },
                  T: { Type: "Pass", End: true },
                },
              },
            ],
            Catch: [{ ErrorEquals: ["States.NoChoiceMatched"], Next: "U" }],
            End: true,
          },
          U: { Type: "Pass", Result: 1, End: true },
        },
      },
      { a: 1 },
      { output: 1 },
    ],
    [
      "Errors",
      "a task's own error keeps its name",
      twice({ ErrorEquals: ["Lambda.Unknown"], Next: "T" }),
      {},
      { output: { Error: "Lambda.Unknown", Cause: "c" } },
      { answers: [fails("Lambda.Unknown", "c"), gives(1)] },
    ],
  ]);
});
