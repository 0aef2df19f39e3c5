/** The fields that each kind of state has, in each query language. https://states-language.net/spec.html#state-type-table */
import type { QueryLanguage, State } from "./asl";

export type Kind = State["Type"];

const FLOW = ["InputPath", "OutputPath"];
const RESULT = ["Parameters", "ResultSelector", "ResultPath"];
const TRANSITION = ["Next", "End"];
const ATTEMPTS = ["Retry", "Catch"];

/** Map's fields of both languages. */
const MAP = [
  ...TRANSITION,
  ...ATTEMPTS,
  "Assign",
  "ItemProcessor",
  "ItemSelector",
  "MaxConcurrency",
  "ToleratedFailureCount",
  "ToleratedFailurePercentage",
  "Label",
  "ItemReader",
  "ItemBatcher",
  "ResultWriter",
];
const TASK = [
  ...TRANSITION,
  ...ATTEMPTS,
  "Assign",
  "Resource",
  "TimeoutSeconds",
  "HeartbeatSeconds",
  "Credentials",
];

const FIELDS: Readonly<Record<QueryLanguage, Readonly<Record<Kind, readonly string[]>>>> = {
  JSONPath: {
    Task: [...TASK, ...FLOW, ...RESULT, "TimeoutSecondsPath", "HeartbeatSecondsPath"],
    Pass: [...FLOW, "Parameters", "ResultPath", "Result", "Assign", ...TRANSITION],
    Choice: [...FLOW, "Choices", "Default", "Assign"],
    Wait: [...FLOW, ...TRANSITION, "Assign", "Seconds", "SecondsPath", "Timestamp", "TimestampPath"],
    Succeed: FLOW,
    Fail: ["Error", "ErrorPath", "Cause", "CausePath"],
    Map: [
      ...MAP,
      ...FLOW,
      ...RESULT,
      "Iterator",
      "ItemsPath",
      "MaxConcurrencyPath",
      "ToleratedFailureCountPath",
      "ToleratedFailurePercentagePath",
    ],
    Parallel: [...FLOW, ...RESULT, ...TRANSITION, ...ATTEMPTS, "Branches", "Assign"],
  },
  JSONata: {
    Task: [...TASK, "Arguments", "Output"],
    Pass: [...TRANSITION, "Output", "Assign"],
    Choice: ["Choices", "Default", "Output", "Assign"],
    Wait: [...TRANSITION, "Seconds", "Timestamp", "Output", "Assign"],
    Succeed: ["Output"],
    Fail: ["Error", "Cause"],
    Map: [...MAP, "Items", "Output"],
    Parallel: [...TRANSITION, ...ATTEMPTS, "Branches", "Arguments", "Output", "Assign"],
  },
};

/** Besides Type, Comment and QueryLanguage, which all have. */
export function fieldsOf(kind: Kind, language: QueryLanguage): readonly string[] {
  return FIELDS[language][kind];
}

export const KINDS = Object.keys(FIELDS.JSONPath) as readonly Kind[];
