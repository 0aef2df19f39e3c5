/**
 * What a definition must be for this interpreter to run it as AWS would: each mistake is one sentence that says where.
 * What AWS could run and this interpreter can't is refused here too, never run wrongly.
 */
import type { Json } from "../../../graph";
import type { JsonObject, QueryLanguage } from "./asl";
import { checkAttempts, checkFields, checkResultPath, checkTarget } from "./attempt-checks";
import { choiceMistakes } from "./choice-checks";
import { type Complain, isWhole, pathMistake, templateMistakes } from "./expression-checks";
import { checkJsonata } from "./jsonata-checks";
import { isObject } from "../expressions/json-path";
import { checkFail, checkTask, checkWait } from "./kind-checks";
import { checkMap } from "./map-checks";
import { fieldsOf, KINDS, type Kind } from "./state-fields";
import { assignedIn, checkAssign } from "./variable-checks";

/** As ValidateStateMachineDefinition tells it. */
export interface Mistake {
  readonly code: string;
  readonly message: string;
  /** Such as `/States/Wait/Seconds`; undefined when it is the whole text. */
  readonly location?: string;
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-common-fields.html */
const NAME_LIMIT = 80;

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-state-machine-structure.html */
const TOP_FIELDS = ["Comment", "StartAt", "States", "TimeoutSeconds", "Version", "QueryLanguage"];

/** What is known of the place that is checked. */
export interface Setting {
  readonly express: boolean;
  /** The language of states that do not say theirs. */
  readonly language: QueryLanguage;
  /** State names are unique in the whole definition. */
  readonly names: Set<string>;
  /** The variables that the graphs around this one assign: here they can be read, not assigned. */
  readonly outer: ReadonlySet<string>;
  readonly complain: Complain;
}

/** Every mistake, in the order of the definition; empty when it can be run. */
export function definitionMistakes(definition: JsonObject, express = false): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  const complain: Complain = (message, at, code = "SCHEMA_VALIDATION_FAILED") =>
    mistakes.push({ code, message, location: at === "" ? "/" : at });
  const { TimeoutSeconds: timeout, Version: version, QueryLanguage: language } = definition;
  for (const field of Object.keys(definition))
    if (!TOP_FIELDS.includes(field)) complain(`Field '${field}' is not supported`, "");
  if (timeout !== undefined && !isWhole(timeout, 1))
    complain("TimeoutSeconds must be a positive integer", "/TimeoutSeconds");
  if (version !== undefined && version !== "1.0") complain("The only version is '1.0'", "/Version");
  checkLanguage(language, "", complain);
  checkComment(definition, "", complain);
  const chosen = language === "JSONata" ? "JSONata" : "JSONPath";
  checkGraph(definition, "", {
    express,
    language: chosen,
    names: new Set(),
    outer: new Set(),
    complain,
  });
  return mistakes;
}

function checkLanguage(language: Json | undefined, at: string, complain: Complain): void {
  if (language === undefined || language === "JSONPath" || language === "JSONata") return;
  complain(
    `QueryLanguage must be JSONPath or JSONata, got ${JSON.stringify(language)}`,
    `${at}/QueryLanguage`,
  );
}

function checkComment(holder: JsonObject, at: string, complain: Complain): void {
  const comment = holder["Comment"];
  if (comment !== undefined && typeof comment !== "string")
    complain("Comment must be a string", `${at}/Comment`);
}

export function checkGraph(graph: JsonObject, at: string, setting: Setting): void {
  const { complain, names } = setting;
  const { StartAt: start, States: states } = graph;
  const missing = [
    ...(isObject(states) ? [] : ["States"]),
    ...(typeof start === "string" ? [] : ["StartAt"]),
  ];
  if (missing.length > 0) complain(`These fields are required: [${missing.join(", ")}]`, at);
  if (!isObject(states)) return;
  if (Object.keys(states).length === 0) complain("States must not be empty", `${at}/States`);
  if (typeof start === "string" && states[start] === undefined)
    complain(`There is no state '${start}'`, `${at}/StartAt`, "MISSING_TRANSITION_TARGET");
  for (const [name, state] of Object.entries(states)) {
    const where = `${at}/States/${name}`;
    if (name.length > NAME_LIMIT)
      complain(`A state name has ${String(NAME_LIMIT)} characters at most`, where);
    if (names.has(name))
      complain(
        `The state name '${name}' occurs twice; state names are unique in a state machine`,
        where,
        "DUPLICATE_STATE_NAME",
      );
    names.add(name);
    if (isObject(state)) checkState(state, states, where, setting, outerOf(state, states, setting));
    else complain("A state must be an object", where);
  }
  checkWays(start, states, at, complain);
}

/** A state's own Assign, and those of its catchers, come when the graphs within it have ended: AWS lets them share names. */
function outerOf(state: JsonObject, siblings: JsonObject, { outer }: Setting): ReadonlySet<string> {
  if (state["Type"] !== "Map" && state["Type"] !== "Parallel") return outer;
  const others = Object.values(siblings).filter((sibling) => sibling !== state);
  return new Set([...outer, ...assignedIn(others)]);
}

/** Every state can be reached, and some way leads to an end. */
function checkWays(start: Json | undefined, states: JsonObject, at: string, complain: Complain): void {
  if (typeof start !== "string" || states[start] === undefined) return;
  const reached = new Set([start]);
  for (const name of reached) {
    for (const target of targetsOf(states[name] ?? null))
      if (states[target] !== undefined) reached.add(target);
  }
  for (const name of Object.keys(states))
    if (!reached.has(name))
      complain(`State "${name}" is not reachable.`, `${at}/States/${name}`, "MISSING_TRANSITION_TARGET");
}

function targetsOf(state: Json): readonly string[] {
  if (!isObject(state)) return [];
  const rules = [state["Choices"], state["Catch"]].flatMap((list) => (Array.isArray(list) ? list : []));
  const targets = [state["Next"], state["Default"], ...rules.map((rule) => isObject(rule) && rule["Next"])];
  return targets.filter((target) => typeof target === "string");
}

/** `outer`: the variables that a graph within this state can't assign. */
function checkState(
  state: JsonObject,
  siblings: JsonObject,
  at: string,
  setting: Setting,
  outer: ReadonlySet<string>,
): void {
  const { complain } = setting;
  const kind = state["Type"];
  if (!isKind(kind)) {
    complain(`Type must be one of ${KINDS.join(", ")}, got ${JSON.stringify(kind ?? null)}`, `${at}/Type`);
    return;
  }
  const own = state["QueryLanguage"];
  checkLanguage(own, at, complain);
  checkComment(state, at, complain);
  if (own === "JSONPath" && setting.language === "JSONata")
    complain("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", at);
  const language = own === "JSONata" ? own : setting.language;
  const fields = fieldsOf(kind, language);
  checkFields(state, fields, language, at, complain);
  if (fields.includes("Next")) checkTransition(state, siblings, at, complain);
  if (fields.includes("Retry")) checkAttempts(state, siblings, language, at, setting);
  if (language === "JSONata") checkJsonata(state, at, complain);
  else checkFlow(state, at, complain);
  checkAssign(state, language, at, setting);
  checkKind(kind, state, siblings, at, setting, outer, language);
}

function isKind(kind: Json | undefined): kind is Kind {
  return KINDS.some((known) => known === kind);
}

function checkFlow(state: JsonObject, at: string, complain: Complain): void {
  for (const field of ["InputPath", "OutputPath"]) {
    if (state[field] !== undefined && state[field] !== null)
      pathMistake(state[field], `${at}/${field}`, complain);
  }
  checkResultPath(state, at, complain);
  for (const field of ["Parameters", "ResultSelector", "ItemSelector", "Credentials"]) {
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
  setting: Setting,
  outer: ReadonlySet<string>,
  language: QueryLanguage,
): void {
  const { complain } = setting;
  switch (kind) {
    case "Task":
      checkTask(state, at, complain, setting.express);
      break;
    case "Choice":
      choiceMistakes(state["Choices"], siblings, language, at, setting);
      if (state["Default"] !== undefined) checkTarget(state["Default"], siblings, `${at}/Default`, complain);
      break;
    case "Wait":
      checkWait(state, at, complain, language);
      break;
    case "Fail":
      checkFail(state, at, complain);
      break;
    case "Map":
      checkMap(state, at, { ...setting, outer }, language, checkGraph);
      break;
    case "Parallel":
      checkParallel(state, at, { ...setting, outer });
      break;
    case "Pass":
    case "Succeed":
      break;
  }
}

function checkParallel(state: JsonObject, at: string, setting: Setting): void {
  const branches = state["Branches"];
  if (!Array.isArray(branches) || branches.length === 0) {
    setting.complain("Branches must be a non-empty array", `${at}/Branches`);
    return;
  }
  for (const [index, branch] of branches.entries()) {
    const where = `${at}/Branches[${String(index)}]`;
    if (isObject(branch)) checkGraph(branch, where, setting);
    else setting.complain("A branch must be an object", where);
  }
}
