/** Payload templates: JSON whose fields that end in `.$` are computed from the data and the context object. */
import type { Json } from "../../../graph";
import { evaluateIntrinsic } from "./intrinsics";
import { type Readable, selectPath } from "./json-path";
import { runtimeError } from "../state-error";

/** What expressions may read. */
export interface Scope extends Readable {
  /** In [0, 1). */
  readonly random: () => number;
}

export function evaluateTemplate(template: Json, scope: Scope): Json {
  if (Array.isArray(template)) return template.map((item) => evaluateTemplate(item, scope));
  if (typeof template !== "object" || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) =>
      key.endsWith(".$") && typeof value === "string"
        ? [key.slice(0, -2), evaluateExpression(value, key, scope)]
        : [key, evaluateTemplate(value, scope)],
    ),
  );
}

/** A path or a call of an intrinsic function; `field` is where it stands, for the error. */
export function evaluateExpression(expression: string, field: string, scope: Scope): Json {
  const read = (path: string): Json => {
    const value = selectPath(path, scope);
    if (value !== undefined) return value;
    const input = JSON.stringify(scope.data);
    throw runtimeError(
      `The JSONPath '${path}' specified for the field '${field}' could not be found in the input '${input}'`,
    );
  };
  return expression.startsWith("$") ? read(expression) : evaluateIntrinsic(expression, read, scope.random);
}
