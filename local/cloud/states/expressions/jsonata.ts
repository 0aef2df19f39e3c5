/** JSONata expressions as Step Functions evaluates them: compiled once, with its functions, and errors in its words. */
import jsonata from "jsonata";
import type { Json } from "../../../graph";
import type { JsonObject } from "../definition/asl";
import { STEP_FUNCTIONS } from "./jsonata-functions";
import { StateError } from "../state-error";

/** What stands between `{%` and `%}`, as causes quote it; null for any other text. */
export function expressionIn(text: string): string | null {
  return text.startsWith("{%") && text.endsWith("%}") && text.length >= 4 ? text.slice(2, -2).trim() : null;
}

/** An expression that never ends must not take the laptop with it. The bounds are ours. */
const GUARDS = { timeout: 10_000, stack: 500 };

/** Expressions come from definitions, so there are as many as definitions have. */
const compiled = new Map<string, jsonata.Expression>();

/** Throws what the parser throws: an object with `code` and `message`. */
export function compile(source: string): jsonata.Expression {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const expression = jsonata(source, GUARDS);
  for (const [name, implementation] of Object.entries(STEP_FUNCTIONS)) {
    if (implementation === undefined) expression.assign(name, undefined);
    else expression.registerFunction(name, implementation as (...args: unknown[]) => unknown);
  }
  compiled.set(source, expression);
  return expression;
}

/** A problem of the definition against its data. `location` is a field as AWS writes it: `Arguments/FunctionName`. */
export function queryError(cause: string, location?: string): StateError {
  return new StateError({ error: "States.QueryEvaluationError", cause, location });
}

/** `bindings` are the variables and `$states`. Throws StateError States.QueryEvaluationError. */
export async function evaluateJsonata(source: string, bindings: JsonObject, field: string): Promise<Json> {
  let value: unknown;
  try {
    value = await compile(source).evaluate(undefined, bindings);
  } catch (error) {
    const { code = "", message = "" } = error as { code?: string; message?: string };
    const why = code === "" ? message : `${code}: ${message}`;
    throw queryError(`${subject(source, field)} threw an error during evaluation. ${why}`, field);
  }
  if (value === undefined) throw queryError(`${subject(source, field)} returned nothing (undefined).`, field);
  try {
    return plain(value);
  } catch (error) {
    if (error !== UNSUPPORTED) throw error;
    throw queryError(`${subject(source, field)} returned an unsupported result type.`, field);
  }
}

/** The beginning of every sentence on an expression. */
export function subject(source: string, field: string): string {
  return `The JSONata expression '${source}' specified for the field '${field}'`;
}

const UNSUPPORTED = new Error("A function or a regular expression is no JSON.");

const MARKS = ["sequence", "cons", "keepSingleton", "outerWrapper"];

/**
 * Arrays without the marks that JSONata leaves on its sequences: a marked array of one item would later be taken for
 * that item. Throws UNSUPPORTED for what is no JSON.
 */
function plain(value: unknown): Json {
  if (typeof value === "function") throw UNSUPPORTED;
  if (typeof value !== "object" || value === null) return value as Json;
  if (Array.isArray(value)) {
    const items: Json[] = value.map(plain);
    const marked = MARKS.some((mark) => mark in value);
    return marked || items.some((item, index) => item !== value[index]) ? items : (value as Json[]);
  }
  if ("_jsonata_lambda" in value || "_jsonata_function" in value) throw UNSUPPORTED;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  const cleaned = entries.map(([key, item]): [string, Json] => [key, plain(item)]);
  const same = cleaned.every(([key, item]) => item === (value as JsonObject)[key]);
  return same && cleaned.length === Object.keys(value).length
    ? (value as JsonObject)
    : Object.fromEntries(cleaned);
}

export function typeName(value: Json): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** Evaluates every `{% … %}` in a template; `field` is where the template stands. */
export async function evaluateArguments(template: Json, bindings: JsonObject, field: string): Promise<Json> {
  if (typeof template === "string") {
    const source = expressionIn(template);
    return source === null ? template : evaluateJsonata(source, bindings, field);
  }
  if (Array.isArray(template)) {
    const items: Json[] = [];
    for (const [index, item] of template.entries())
      items.push(await evaluateArguments(item, bindings, `${field}[${String(index)}]`));
    return items;
  }
  if (typeof template !== "object" || template === null) return template;
  const evaluated: [string, Json][] = [];
  for (const [key, item] of Object.entries(template))
    evaluated.push([key, await evaluateArguments(item, bindings, `${field}/${key}`)]);
  return Object.fromEntries(evaluated);
}
