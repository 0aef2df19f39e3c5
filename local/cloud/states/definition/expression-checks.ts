/** Checks of what stands in a definition's fields: paths, payload templates, numbers. */
import { JSONPath } from "jsonpath-plus";
import type { Json } from "../../../graph";
import { parseIntrinsic, pathsIn } from "../expressions/intrinsic-calls";
import { parseSteps, variableOf } from "../expressions/json-path";

/** Notes a mistake: a sentence, where in the definition, and AWS's code for its kind. @default SCHEMA_VALIDATION_FAILED */
export type Complain = (message: string, at: string, code?: string) => void;

export function isWhole(value: Json, least: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= least;
}

/** Complains unless `path` is a path that this interpreter evaluates as AWS does. */
export function pathMistake(path: Json | undefined, at: string, complain: Complain): void {
  const problem = typeof path === "string" ? pathProblem(path) : "must be a string";
  if (problem !== null) complain(`${JSON.stringify(path ?? null)} is not a path: ${problem}`, at);
}

/** Null when there is none. */
function pathProblem(path: string): string | null {
  if (!path.startsWith("$")) return "it must begin with $";
  const variable = variableOf(path);
  if (variable === "states") return "$states is for JSONata";
  const local = variable === null ? path.replace(/^\$\$/, "$") : `$${path.slice(1 + variable.length)}`;
  if (parseSteps(local) !== null) return null;
  if (!/^\$[.[]/.test(local)) return "$ must be followed by . or [, or by the name of a variable";
  if (/=~/.test(local)) return "the local cloud does not run filters with =~";
  if (/\.\w+\(\)/.test(local))
    return "the local cloud does not run functions in paths, use an intrinsic function";
  return operatorsIn(local) ? null : "it can't be read; it should be such as $.a.b, $['a'][0] or $.a[*]";
}

/** What `parseSteps` can't read must be an operator, or it is a mistake. */
function operatorsIn(local: string): boolean {
  if (!/\*|\.\.|\[\s*\?|\[[^\]'"]*[:,]/.test(local)) return false;
  try {
    JSONPath({ path: local, json: {}, eval: "safe", ignoreEvalErrors: true });
    return true;
  } catch {
    return false;
  }
}

/** The sentence is AWS's. */
export function expressionMistakes(expression: Json, field: string, at: string, complain: Complain): void {
  const mistake = (why: string): void => {
    complain(
      `The value for the field '${field}' must be a valid JSONPath or a valid intrinsic function call (${why})`,
      at,
    );
  };
  if (typeof expression !== "string") mistake("it must be a string");
  else if (expression.startsWith("$")) {
    const problem = pathProblem(expression);
    if (problem !== null) mistake(problem);
  } else {
    try {
      for (const path of pathsIn(parseIntrinsic(expression))) {
        const problem = pathProblem(path);
        if (problem !== null) mistake(`${path}: ${problem}`);
      }
    } catch (error) {
      mistake((error as Error).message);
    }
  }
}

export function templateMistakes(template: Json, at: string, complain: Complain): void {
  if (Array.isArray(template)) {
    for (const item of template) templateMistakes(item, at, complain);
  } else if (typeof template === "object" && template !== null) {
    for (const [key, value] of Object.entries(template)) {
      if (!key.endsWith(".$")) templateMistakes(value, `${at}/${key}`, complain);
      else {
        if (key.slice(0, -2) in template)
          complain(`The fields '${key}' and '${key.slice(0, -2)}' name the same`, at);
        expressionMistakes(value, key, at, complain);
      }
    }
  }
}
