/** From the text of a definition to what the interpreter runs, or InvalidDefinition with a sentence for each mistake. */
import { ServiceError } from "../service";
import type { Definition, JsonObject } from "./asl";
import { definitionMistakes } from "./definition-checks";
import { isObject } from "./json-path";

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const DEFINITION_LIMIT_BYTES = 1_048_576;

/** Gives the definition of a text. Throws ServiceError InvalidDefinition. */
export type DefinitionReader = (text: string) => Definition;

/** A reader that checks each text once: the schemas of asl-validator take a tenth of a second. */
export function createDefinitionReader(): DefinitionReader {
  const read = new Map<string, Definition>();
  return (text) => {
    const known = read.get(text);
    if (known !== undefined) return known;
    const definition = readDefinition(text);
    read.set(text, definition);
    return definition;
  };
}

function readDefinition(text: string): Definition {
  if (Buffer.byteLength(text) > DEFINITION_LIMIT_BYTES) throw invalid("the definition is longer than 1 MiB");
  const value = parse(text);
  const mistakes = definitionMistakes(value);
  if (mistakes.length > 0)
    throw invalid(mistakes.map((mistake) => `SCHEMA_VALIDATION_FAILED: ${mistake}`).join(", "));
  const others = schemaMistakes(value);
  if (others.length > 0) throw invalid(others.join(", "));
  return value as unknown as Definition;
}

function parse(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`INVALID_JSON_DESCRIPTION: ${(error as Error).message}`);
  }
  if (isObject(value as JsonObject)) return value as JsonObject;
  throw invalid("INVALID_JSON_DESCRIPTION: Definition must be a valid JSON object");
}

interface Validation {
  readonly errors: readonly { readonly "Error code": string; readonly Message: string }[];
}

function schemaMistakes(value: JsonObject): readonly string[] {
  // Loaded when the first state machine is created: it takes a tenth of a second. It writes into what it is given.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const validate = require("asl-validator") as (definition: JsonObject, options: object) => Validation;
  const { errors } = validate(structuredClone(value), { checkPaths: true, checkArn: false });
  return errors.map((error) => `${error["Error code"]}: ${error.Message}`);
}

function invalid(message: string): ServiceError {
  return new ServiceError("InvalidDefinition", `Invalid State Machine Definition: '${message}'`);
}
