/** The numbers of a Map state, in either query language, and the errors of those that do not fit. */
import { queryError } from "../expressions/jsonata";
import { ofType } from "../expressions/jsonata-query";
import type { Query } from "../expressions/query";
import { runtimeError, type StateError } from "../state-error";

/** An integer; undefined when the field is absent. */
export async function wholeField(
  field: string,
  query: Query,
  holder?: object,
  location = field,
): Promise<number | undefined> {
  return numberField(field, query, "integer", holder, location);
}

/** Any number; undefined when the field is absent. */
export async function numberField(
  field: string,
  query: Query,
  kind: "integer" | "float" = "float",
  holder?: object,
  location = field,
): Promise<number | undefined> {
  const found = await query.field(field, holder, location);
  if (found === undefined) return undefined;
  const { value, source } = found;
  // A path may lead to a number as text, as AWS takes it.
  const number =
    query.language === "JSONPath" && typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number === "number" && (kind === "float" ? Number.isFinite(number) : Number.isInteger(number)))
    return number;
  if (query.language === "JSONata") {
    const other = ofType("number", found, location);
    throw queryError(`The ${field} field must be an ${kind}, but was: ${String(other)}`, location);
  }
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  throw runtimeError(
    `The ${field}Path field refers to value "${shown}" which is not a valid ${kind}: ${source ?? ""}`,
  );
}

/** A value of the right type that is out of its bounds. */
export function fieldError(field: string, query: Query, cause: string): StateError {
  return query.language === "JSONata" ? queryError(cause, field) : runtimeError(cause);
}
