/** Checks of the expressions in a JSONata state: each must be readable, and stand where expressions may. */
import type { Json } from "../../../graph";
import type { JsonObject } from "./asl";
import type { Complain } from "./expression-checks";
import { compile, expressionIn } from "../expressions/jsonata";
import { isObject } from "../expressions/json-path";

/** Fields that may hold expressions anywhere within. */
const TEMPLATES = ["Arguments", "Output", "Assign", "Items", "ItemSelector", "Credentials"];

/** Fields that may be one expression, or a literal. */
const COMPUTED = [
  "TimeoutSeconds",
  "HeartbeatSeconds",
  "Seconds",
  "Timestamp",
  "Error",
  "Cause",
  "MaxConcurrency",
  "ToleratedFailureCount",
  "ToleratedFailurePercentage",
];

export function checkJsonata(holder: JsonObject, at: string, complain: Complain): void {
  for (const field of [...TEMPLATES, ...COMPUTED]) {
    const value = holder[field];
    if (value !== undefined) expressionMistakesIn(value, `${at}/${field}`, complain);
  }
}

/** Every `{% … %}` in a value. */
export function expressionMistakesIn(value: Json, at: string, complain: Complain): void {
  if (typeof value === "string") {
    const problem = expressionProblem(value);
    if (problem !== null) complain(problem, at);
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      expressionMistakesIn(item, `${at}[${String(index)}]`, complain);
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) expressionMistakesIn(item, `${at}/${key}`, complain);
  }
}

/** Null for a readable expression, and for a text that is none. */
export function expressionProblem(text: string): string | null {
  const source = expressionIn(text);
  if (source === null) {
    const half = text.startsWith("{%") || text.endsWith("%}");
    return half ? `A JSONata expression begins with {% and ends with %}, got ${JSON.stringify(text)}` : null;
  }
  if (source === "") return "A JSONata expression must not be empty";
  if (/\$eval\s*\(/.test(source)) return "Step Functions does not support the JSONata function $eval";
  try {
    compile(source);
    return null;
  } catch (error) {
    const { code = "", message = "" } = error as { code?: string; message?: string };
    return `The JSONata expression '${source}' can't be read: ${code} ${message}`;
  }
}

/** True for one expression and nothing else. */
export function isExpression(value: Json | undefined): boolean {
  return typeof value === "string" && expressionIn(value) !== null;
}
