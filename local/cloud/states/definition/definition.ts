/** From the text of a definition to what the interpreter runs, or InvalidDefinition with a sentence for each mistake. */
import type { Json } from "../../../graph";
import { ServiceError } from "../../service";
import type { Definition, JsonObject } from "./asl";
import { definitionMistakes, type Mistake } from "./definition-checks";
import { isObject } from "../expressions/json-path";
import { schemaMistakes } from "./definition-schema";

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const DEFINITION_LIMIT_BYTES = 1_048_576;

export type MachineType = "STANDARD" | "EXPRESS";

/** Gives the definition of a text. Throws ServiceError InvalidDefinition. @default STANDARD */
export type DefinitionReader = (text: string, type?: string) => Definition;

/** Further mistakes of a definition in which `definition-checks.ts` found none. */
export type SecondOpinion = (definition: JsonObject) => readonly Mistake[];

/**
 * A reader that checks each text once: the schemas of asl-validator take a tenth of a second, since it compiles them anew
 * each time. @default secondOpinion asl-validator's
 */
export function createDefinitionReader(secondOpinion: SecondOpinion = schemaMistakes): DefinitionReader {
  const read = new Map<string, Definition>();
  return (text, type = "STANDARD") => {
    const key = `${type} ${text}`;
    const known = read.get(key);
    if (known !== undefined) return known;
    const definition = readDefinition(text, type, secondOpinion);
    read.set(key, definition);
    return definition;
  };
}

function readDefinition(text: string, type: string, secondOpinion: SecondOpinion): Definition {
  if (Buffer.byteLength(text) > DEFINITION_LIMIT_BYTES) throw invalid("the definition is longer than 1 MiB");
  const mistakes = diagnose(text, type, secondOpinion);
  if (mistakes.length > 0) throw invalid(mistakes.map(sentence).join(", "));
  const definition = JSON.parse(text) as JsonObject;
  return withLanguage(definition, languageOf(definition)) as unknown as Definition;
}

function sentence({ code, message, location }: Mistake): string {
  return `${code}: ${message}${location === undefined ? "" : ` at ${location}`}`;
}

/** Every mistake of a definition, as ValidateStateMachineDefinition tells them; empty when it can be run. */
export function diagnose(
  text: string,
  type = "STANDARD",
  secondOpinion: SecondOpinion = schemaMistakes,
): readonly Mistake[] {
  let value: Json;
  try {
    value = text.trim() === "" ? null : (JSON.parse(text) as Json);
  } catch (error) {
    return [{ code: "INVALID_JSON_DESCRIPTION", message: (error as Error).message }];
  }
  if (!isObject(value))
    return [{ code: "SCHEMA_VALIDATION_FAILED", message: "Definition must be a valid JSON object" }];
  const mistakes = definitionMistakes(value, type === "EXPRESS");
  return mistakes.length > 0 ? mistakes : secondOpinion(value);
}

function languageOf(holder: JsonObject): Json {
  return holder["QueryLanguage"] ?? "JSONPath";
}

/** A copy in which every state says its own query language. */
function withLanguage(value: JsonObject, language: Json): JsonObject {
  const states = value["States"];
  if (!isObject(states)) return value;
  const said = Object.entries(states).map(([name, state]) => [
    name,
    isObject(state) ? stateWithLanguage(state, state["QueryLanguage"] ?? language, language) : state,
  ]);
  return { ...value, States: Object.fromEntries(said) as JsonObject };
}

function stateWithLanguage(state: JsonObject, own: Json, language: Json): JsonObject {
  const said: JsonObject = { ...state, QueryLanguage: own };
  for (const field of ["ItemProcessor", "Iterator"]) {
    const graph = state[field];
    if (isObject(graph)) said[field] = withLanguage(graph, language);
  }
  const branches = state["Branches"];
  if (Array.isArray(branches))
    said["Branches"] = branches.map((graph) => (isObject(graph) ? withLanguage(graph, language) : graph));
  return said;
}

function invalid(message: string): ServiceError {
  return new ServiceError("InvalidDefinition", `Invalid State Machine Definition: '${message}'`);
}
