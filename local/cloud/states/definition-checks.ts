/**
 * What a definition must be for this interpreter to run it as AWS would: each mistake is one sentence that says where.
 * What AWS could run and this interpreter can't is refused here too, never run wrongly.
 */
import type { Json } from "../../graph";
import type { JsonObject, State } from "./asl";
import { checkAttempts, checkFields, checkResultPath, checkTarget } from "./attempt-checks";
import { choiceMistakes } from "./choice-checks";
import { type Complain, isWhole, pathMistake, templateMistakes } from "./expression-checks";
import { isObject } from "./json-path";
import { checkFail, checkTask, checkWait } from "./kind-checks";

type Kind = State["Type"];

const FLOW = ["InputPath", "OutputPath"];
const RESULT = ["Parameters", "ResultSelector", "ResultPath"];
const TRANSITION = ["Next", "End"];
const ATTEMPTS = ["Retry", "Catch"];

/** The fields of each kind of state, besides Type, Comment and QueryLanguage. */
const FIELDS: Readonly<Record<Kind, readonly string[]>> = {
  Task: [
    ...FLOW,
    ...RESULT,
    ...TRANSITION,
    ...ATTEMPTS,
    "Resource",
    "TimeoutSeconds",
    "TimeoutSecondsPath",
    "HeartbeatSeconds",
    "HeartbeatSecondsPath",
  ],
  Pass: [...FLOW, "Parameters", "ResultPath", "Result", ...TRANSITION],
  Choice: [...FLOW, "Choices", "Default"],
  Wait: [...FLOW, ...TRANSITION, "Seconds", "SecondsPath", "Timestamp", "TimestampPath"],
  Succeed: FLOW,
  Fail: ["Error", "ErrorPath", "Cause", "CausePath"],
  Map: [
    ...FLOW,
    ...RESULT,
    ...TRANSITION,
    ...ATTEMPTS,
    "ItemsPath",
    "ItemSelector",
    "ItemProcessor",
    "Iterator",
    "MaxConcurrency",
    "MaxConcurrencyPath",
  ],
  Parallel: [...FLOW, ...RESULT, ...TRANSITION, ...ATTEMPTS, "Branches"],
};

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-common-fields.html */
const NAME_LIMIT = 80;

/** Every mistake, in the order of the definition; empty when it can be run. */
export function definitionMistakes(definition: JsonObject): readonly string[] {
  const mistakes: string[] = [];
  const complain: Complain = (message, at) => mistakes.push(`${message} at ${at === "" ? "/" : at}`);
  const { TimeoutSeconds: timeout, Version: version } = definition;
  for (const field of Object.keys(definition)) {
    if (!["Comment", "StartAt", "States", "TimeoutSeconds", "Version", "QueryLanguage"].includes(field)) {
      complain(`Field '${field}' is not supported`, "");
    }
  }
  if (timeout !== undefined && !isWhole(timeout, 1))
    complain("TimeoutSeconds must be a positive integer", "/TimeoutSeconds");
  if (version !== undefined && version !== "1.0") complain("The only version is '1.0'", "/Version");
  checkQueryLanguage(definition, "", complain);
  checkGraph(definition, "", new Set(), complain);
  return mistakes;
}

function checkQueryLanguage(holder: JsonObject, at: string, complain: Complain): void {
  const language = holder["QueryLanguage"];
  if (language === undefined || language === "JSONPath") return;
  complain(
    `The local cloud runs QueryLanguage 'JSONPath', got ${JSON.stringify(language)}`,
    `${at}/QueryLanguage`,
  );
}

/** `names`: state names are unique in the whole definition. */
function checkGraph(graph: JsonObject, at: string, names: Set<string>, complain: Complain): void {
  const { StartAt: start, States: states } = graph;
  const missing = [
    ...(isObject(states) ? [] : ["States"]),
    ...(typeof start === "string" ? [] : ["StartAt"]),
  ];
  if (missing.length > 0) complain(`These fields are required: [${missing.join(", ")}]`, at);
  if (!isObject(states)) return;
  if (Object.keys(states).length === 0) complain("States must not be empty", `${at}/States`);
  if (typeof start === "string" && states[start] === undefined)
    complain(`There is no state '${start}'`, `${at}/StartAt`);
  for (const [name, state] of Object.entries(states)) {
    const where = `${at}/States/${name}`;
    if (name.length > NAME_LIMIT)
      complain(`A state name has ${String(NAME_LIMIT)} characters at most`, where);
    if (names.has(name))
      complain(`The state name '${name}' occurs twice; state names are unique in a state machine`, where);
    names.add(name);
    if (isObject(state)) checkState(state, states, where, names, complain);
    else complain("A state must be an object", where);
  }
}

function checkState(
  state: JsonObject,
  siblings: JsonObject,
  at: string,
  names: Set<string>,
  complain: Complain,
): void {
  const kind = state["Type"];
  if (!isKind(kind)) {
    complain(
      `Type must be one of ${Object.keys(FIELDS).join(", ")}, got ${JSON.stringify(kind ?? null)}`,
      `${at}/Type`,
    );
    return;
  }
  checkQueryLanguage(state, at, complain);
  checkFields(state, [...FIELDS[kind], "Type", "Comment", "QueryLanguage"], at, complain);
  checkFlow(state, at, complain);
  if (FIELDS[kind].includes("Next")) checkTransition(state, siblings, at, complain);
  if (FIELDS[kind].includes("Retry")) checkAttempts(state, siblings, at, complain);
  checkKind(kind, state, siblings, at, names, complain);
}

function isKind(kind: Json | undefined): kind is Kind {
  return typeof kind === "string" && Object.hasOwn(FIELDS, kind);
}

function checkFlow(state: JsonObject, at: string, complain: Complain): void {
  for (const field of FLOW) {
    if (state[field] !== undefined && state[field] !== null)
      pathMistake(state[field], `${at}/${field}`, complain);
  }
  checkResultPath(state, at, complain);
  for (const field of ["Parameters", "ResultSelector", "ItemSelector"]) {
    const template = state[field];
    if (template === undefined) continue;
    if (!isObject(template) && field !== "Parameters")
      complain(`${field} must be an object`, `${at}/${field}`);
    templateMistakes(template, `${at}/${field}`, complain);
  }
}

function checkTransition(state: JsonObject, siblings: JsonObject, at: string, complain: Complain): void {
  const { Next: next, End: end } = state;
  if ((next === undefined) === (end === undefined)) complain("A state has either Next or End", at);
  if (end !== undefined && end !== true) complain("End must be true", `${at}/End`);
  if (next !== undefined) checkTarget(next, siblings, `${at}/Next`, complain);
}

function checkKind(
  kind: Kind,
  state: JsonObject,
  siblings: JsonObject,
  at: string,
  names: Set<string>,
  complain: Complain,
): void {
  switch (kind) {
    case "Task":
      checkTask(state, at, complain);
      break;
    case "Choice":
      choiceMistakes(state["Choices"], siblings, at, complain);
      if (state["Default"] !== undefined) checkTarget(state["Default"], siblings, `${at}/Default`, complain);
      break;
    case "Wait":
      checkWait(state, at, complain);
      break;
    case "Fail":
      checkFail(state, at, complain);
      break;
    case "Map":
      checkMap(state, at, names, complain);
      break;
    case "Parallel":
      checkParallel(state, at, names, complain);
      break;
    case "Pass":
    case "Succeed":
      break;
  }
}

function checkMap(state: JsonObject, at: string, names: Set<string>, complain: Complain): void {
  const { ItemProcessor: processor, Iterator: iterator, MaxConcurrency: concurrency } = state;
  if ((processor === undefined) === (iterator === undefined))
    complain("A Map has either ItemProcessor or Iterator", at);
  if (state["ItemSelector"] !== undefined && state["Parameters"] !== undefined)
    complain("A Map has either ItemSelector or Parameters", at);
  if (state["ItemsPath"] !== undefined) pathMistake(state["ItemsPath"], `${at}/ItemsPath`, complain);
  if (state["MaxConcurrencyPath"] !== undefined)
    pathMistake(state["MaxConcurrencyPath"], `${at}/MaxConcurrencyPath`, complain);
  if (concurrency !== undefined && !isWhole(concurrency, 0))
    complain("MaxConcurrency must be an integer, 0 or more", `${at}/MaxConcurrency`);
  const graph = processor ?? iterator;
  const where = `${at}/${processor === undefined ? "Iterator" : "ItemProcessor"}`;
  if (!isObject(graph)) {
    complain("must be an object", where);
    return;
  }
  const config = isObject(graph["ProcessorConfig"]) ? graph["ProcessorConfig"] : {};
  if (config["Mode"] !== undefined && config["Mode"] !== "INLINE") {
    complain(
      `The local cloud runs Maps of Mode 'INLINE', got ${JSON.stringify(config["Mode"])}`,
      `${where}/ProcessorConfig/Mode`,
    );
  }
  checkGraph(graph, where, names, complain);
}

function checkParallel(state: JsonObject, at: string, names: Set<string>, complain: Complain): void {
  const branches = state["Branches"];
  if (!Array.isArray(branches) || branches.length === 0) {
    complain("Branches must be a non-empty array", `${at}/Branches`);
    return;
  }
  for (const [index, branch] of branches.entries()) {
    const where = `${at}/Branches[${String(index)}]`;
    if (isObject(branch)) checkGraph(branch, where, names, complain);
    else complain("A branch must be an object", where);
  }
}
