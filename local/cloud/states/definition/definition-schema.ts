/** What asl-validator's schemas say of a definition, without the fields that they do not know as AWS does. */
import type { Json } from "../../../graph";
import type { JsonObject } from "./asl";
import type { Mistake } from "./definition-checks";
import { isObject } from "../expressions/json-path";

interface Validation {
  readonly errors: readonly { readonly "Error code": string; readonly Message: string }[];
}

export function schemaMistakes(value: JsonObject): readonly Mistake[] {
  // Loaded when the first state machine is created: it takes a tenth of a second. It writes into what it is given.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const validate = require("asl-validator") as (definition: JsonObject, options: object) => Validation;
  const seen = asSchemasKnow(structuredClone(value)) as JsonObject;
  const { errors } = validate(seen, { checkPaths: false, checkArn: false });
  return errors.map((error) => ({ code: error["Error code"], message: error.Message }));
}

/**
 * asl-validator 4.0.0 refuses what AWS takes in these fields: any JSON in Output and Assign, a boolean as Condition, a
 * fraction as ToleratedFailurePercentage, 0 as MaxItems. They are checked by `definition-checks.ts`.
 */
const MISJUDGED: ReadonlySet<string> = new Set([
  "Output",
  "Assign",
  "Arguments",
  "Items",
  "Condition",
  "Credentials",
  "ToleratedFailurePercentage",
  "ItemReader",
  "ItemBatcher",
  "ResultWriter",
]);

/** Fields whose value is the user's own JSON. */
const DATA: ReadonlySet<string> = new Set(["Parameters", "ResultSelector", "ItemSelector", "Result"]);

/** `byName`: the keys are names of states, not fields. */
function asSchemasKnow(value: Json, byName = false): Json {
  if (Array.isArray(value)) return value.map((item) => asSchemasKnow(item));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([field]) => byName || !MISJUDGED.has(field));
  const seen = Object.fromEntries(
    kept.map(([field, inner]) => [
      field,
      !byName && DATA.has(field) ? inner : asSchemasKnow(inner, !byName && field === "States"),
    ]),
  );
  return !byName && "Condition" in value ? { ...seen, Condition: "{% true %}" } : seen;
}
