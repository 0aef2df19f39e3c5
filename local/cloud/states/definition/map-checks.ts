/** Checks of Map states: inline ones, and distributed ones with what they read, batch, tolerate and write. */
import type { Json } from "../../../graph";
import type { JsonObject, QueryLanguage } from "./asl";
import type { Setting } from "./definition-checks";
import { type Complain, isWhole, pathMistake, templateMistakes } from "./expression-checks";
import { expressionMistakesIn, isExpression } from "./jsonata-checks";
import { isObject } from "../expressions/json-path";

const DISTRIBUTED_ONLY = ["ItemReader", "ItemBatcher", "ResultWriter", "Label"];

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html */
const LABEL_LIMIT = 40;

export const GET_OBJECT = "arn:aws:states:::s3:getObject";
export const LIST_OBJECTS = "arn:aws:states:::s3:listObjectsV2";
export const PUT_OBJECT = "arn:aws:states:::s3:putObject";

type CheckGraph = (graph: JsonObject, at: string, setting: Setting) => void;

export function checkMap(
  state: JsonObject,
  at: string,
  setting: Setting,
  language: QueryLanguage,
  checkGraph: CheckGraph,
): void {
  const { complain } = setting;
  const { ItemProcessor: processor, Iterator: iterator } = state;
  if ((processor === undefined) === (iterator === undefined))
    complain("A Map has either ItemProcessor or Iterator", at);
  if (state["ItemSelector"] !== undefined && state["Parameters"] !== undefined)
    complain("A Map has either ItemSelector or Parameters", at);
  if (state["ItemsPath"] !== undefined) pathMistake(state["ItemsPath"], `${at}/ItemsPath`, complain);
  checkItems(state["Items"], at, complain);
  checkNumber(state, "MaxConcurrency", language, at, complain);
  checkNumber(state, "ToleratedFailureCount", language, at, complain);
  checkNumber(state, "ToleratedFailurePercentage", language, at, complain, 100);
  const graph = processor ?? iterator;
  const where = `${at}/${processor === undefined ? "Iterator" : "ItemProcessor"}`;
  if (!isObject(graph)) {
    complain("must be an object", where);
    return;
  }
  const distributed = modeOf(graph, where, complain) === "DISTRIBUTED";
  if (distributed) checkDistributed(state, graph, language, at, setting);
  else
    for (const field of DISTRIBUTED_ONLY)
      if (state[field] !== undefined)
        complain(`${field} needs a Map whose ProcessorConfig has Mode DISTRIBUTED`, `${at}/${field}`);
  // A distributed Map's children are executions of their own: they see no variables from outside.
  checkGraph(graph, where, distributed ? { ...setting, outer: new Set() } : setting);
}

function checkItems(items: Json | undefined, at: string, complain: Complain): void {
  if (items === undefined || Array.isArray(items) || isExpression(items)) return;
  complain("Items must be an array or a JSONata expression", `${at}/Items`);
}

function modeOf(graph: JsonObject, at: string, complain: Complain): Json {
  const config = graph["ProcessorConfig"] ?? {};
  if (!isObject(config)) {
    complain("ProcessorConfig must be an object", `${at}/ProcessorConfig`);
    return null;
  }
  const { Mode: mode = "INLINE", ExecutionType: type } = config;
  if (mode !== "INLINE" && mode !== "DISTRIBUTED")
    complain(`Mode must be INLINE or DISTRIBUTED, got ${JSON.stringify(mode)}`, `${at}/ProcessorConfig/Mode`);
  if (type !== undefined && type !== "STANDARD" && type !== "EXPRESS")
    complain(
      `ExecutionType must be STANDARD or EXPRESS, got ${JSON.stringify(type)}`,
      `${at}/ProcessorConfig/ExecutionType`,
    );
  if (mode === "DISTRIBUTED" && type === undefined)
    complain("A Map of Mode DISTRIBUTED needs an ExecutionType", `${at}/ProcessorConfig`);
  return mode;
}

/** A literal that fits, a path beside it, or in JSONata an expression. */
function checkNumber(
  holder: JsonObject,
  field: string,
  language: QueryLanguage,
  at: string,
  complain: Complain,
  most = Infinity,
): void {
  const value = holder[field];
  const path = holder[`${field}Path`];
  if (path !== undefined) pathMistake(path, `${at}/${field}Path`, complain);
  if (path !== undefined && value !== undefined)
    complain(`There is either ${field} or ${field}Path`, `${at}/${field}`);
  if (value === undefined || (language === "JSONata" && isExpression(value))) return;
  const fits =
    most === Infinity
      ? isWhole(value, 0)
      : typeof value === "number" && Number.isFinite(value) && value >= 0 && value <= most;
  if (!fits)
    complain(
      most === Infinity
        ? `${field} must be an integer, 0 or more`
        : `${field} must be between 0 and ${String(most)}`,
      `${at}/${field}`,
    );
}

function checkDistributed(
  state: JsonObject,
  graph: JsonObject,
  language: QueryLanguage,
  at: string,
  { complain, express }: Setting,
): void {
  if (express) complain("Express state machines have no Maps of Mode DISTRIBUTED", at);
  const label = state["Label"];
  if (label !== undefined && (typeof label !== "string" || label.length < 1))
    complain("Label must be a string", `${at}/Label`);
  if (typeof label === "string" && label.length > LABEL_LIMIT)
    complain(`Label cannot exceed ${String(LABEL_LIMIT)} characters`, `${at}/Label`);
  if (typeof label === "string" && /[\s?*<>{}[\]:;,\\|^~$#%&`"\x00-\x1f\x7f-\x9f]/.test(label))
    complain("Label has a character that names of executions can't have", `${at}/Label`);
  if (state["ItemReader"] !== undefined) checkReader(state["ItemReader"], language, at, complain);
  if (state["ItemReader"] !== undefined && state["Items"] !== undefined)
    complain("A Map has either ItemReader or Items", at);
  if (state["ItemBatcher"] !== undefined) checkBatcher(state["ItemBatcher"], language, at, complain);
  if (state["ResultWriter"] !== undefined) checkWriter(state["ResultWriter"], language, at, complain);
  const config = isObject(graph["ProcessorConfig"]) ? graph["ProcessorConfig"] : {};
  if (config["ExecutionType"] === "EXPRESS" && usesCallbacks(graph))
    complain(
      "Child executions of type EXPRESS can't call activities, nor wait for a task token or for the end of work",
      `${at}/ItemProcessor`,
    );
}

function usesCallbacks(graph: JsonObject): boolean {
  return /"Resource":"[^"]*(:activity:|\.waitForTaskToken|\.sync)/.test(JSON.stringify(graph));
}

const INPUT_TYPES = ["CSV", "JSON", "JSONL", "MANIFEST"];

function checkReader(reader: Json, language: QueryLanguage, at: string, complain: Complain): void {
  const where = `${at}/ItemReader`;
  if (!isObject(reader)) {
    complain("ItemReader must be an object", where);
    return;
  }
  checkKnown(reader, ["Resource", "ReaderConfig", given(language)], where, complain);
  const resource = reader["Resource"];
  if (resource !== GET_OBJECT && resource !== LIST_OBJECTS)
    complain(
      `ItemReader's Resource must be ${GET_OBJECT} or ${LIST_OBJECTS}, got ${JSON.stringify(resource ?? null)}`,
      `${where}/Resource`,
    );
  checkTemplate(reader, language, where, complain);
  const config = reader["ReaderConfig"] ?? {};
  if (!isObject(config)) {
    complain("ReaderConfig must be an object", `${where}/ReaderConfig`);
    return;
  }
  const types = resource === LIST_OBJECTS ? ["NONE"] : INPUT_TYPES;
  checkConfig(config, types, resource === GET_OBJECT, `${where}/ReaderConfig`, complain);
  checkNumber(config, "MaxItems", language, `${where}/ReaderConfig`, complain);
}

function checkConfig(
  config: JsonObject,
  types: readonly string[],
  typeNeeded: boolean,
  at: string,
  complain: Complain,
): void {
  checkKnown(
    config,
    [
      "InputType",
      "CSVHeaderLocation",
      "CSVHeaders",
      "CSVDelimiter",
      "MaxItems",
      "MaxItemsPath",
      "Transformation",
    ],
    at,
    complain,
  );
  const {
    InputType: type,
    CSVHeaderLocation: location,
    CSVHeaders: headers,
    CSVDelimiter: delimiter,
  } = config;
  if (type === "MANIFEST" || type === "PARQUET" || config["Transformation"] !== undefined)
    complain(
      "The local cloud reads items as CSV, JSON, JSONL or a list of objects: no inventories, Parquet or Transformation",
      at,
    );
  else if ((type !== undefined || typeNeeded) && !types.includes(type as string))
    complain(
      `InputType must be one of ${types.join(", ")}, got ${JSON.stringify(type ?? null)}`,
      `${at}/InputType`,
    );
  if (type === "CSV" && location !== "FIRST_ROW" && location !== "GIVEN")
    complain("CSVHeaderLocation must be FIRST_ROW or GIVEN", `${at}/CSVHeaderLocation`);
  if ((location === "GIVEN") !== (headers !== undefined))
    complain("CSVHeaders are for CSVHeaderLocation GIVEN, which needs them", `${at}/CSVHeaders`);
  if (headers !== undefined && !(Array.isArray(headers) && headers.every((name) => typeof name === "string")))
    complain("CSVHeaders must be an array of strings", `${at}/CSVHeaders`);
  if (delimiter !== undefined && !Object.hasOwn(DELIMITERS, delimiter as string))
    complain(`CSVDelimiter must be one of ${Object.keys(DELIMITERS).join(", ")}`, `${at}/CSVDelimiter`);
}

export const DELIMITERS: Readonly<Record<string, string>> = {
  COMMA: ",",
  PIPE: "|",
  SEMICOLON: ";",
  SPACE: " ",
  TAB: "\t",
};

function checkBatcher(batcher: Json, language: QueryLanguage, at: string, complain: Complain): void {
  const where = `${at}/ItemBatcher`;
  if (!isObject(batcher)) {
    complain("ItemBatcher must be an object", where);
    return;
  }
  const sizes = ["MaxItemsPerBatch", "MaxInputBytesPerBatch"];
  const paths = language === "JSONPath" ? sizes.map((size) => `${size}Path`) : [];
  checkKnown(batcher, [...sizes, ...paths, "BatchInput"], where, complain);
  if (![...sizes, ...paths].some((field) => batcher[field] !== undefined))
    complain("ItemBatcher needs MaxItemsPerBatch or MaxInputBytesPerBatch", where);
  for (const size of sizes) checkNumber(batcher, size, language, where, complain);
  const input = batcher["BatchInput"];
  if (input === undefined) return;
  if (language === "JSONata") expressionMistakesIn(input, `${where}/BatchInput`, complain);
  else templateMistakes(input, `${where}/BatchInput`, complain);
}

function checkWriter(writer: Json, language: QueryLanguage, at: string, complain: Complain): void {
  const where = `${at}/ResultWriter`;
  if (!isObject(writer)) {
    complain("ResultWriter must be an object", where);
    return;
  }
  checkKnown(writer, ["Resource", "WriterConfig", given(language)], where, complain);
  const { Resource: resource, WriterConfig: config } = writer;
  if (resource !== undefined && resource !== PUT_OBJECT)
    complain(
      `ResultWriter's Resource must be ${PUT_OBJECT}, got ${JSON.stringify(resource)}`,
      `${where}/Resource`,
    );
  if (resource === undefined && config === undefined)
    complain("ResultWriter needs a Resource, a WriterConfig, or both", where);
  if (resource !== undefined && writer[given(language)] === undefined)
    complain(`ResultWriter's Resource needs ${given(language)}`, where);
  checkTemplate(writer, language, where, complain);
  if (config === undefined) return;
  const { Transformation: transformation, OutputType: type } = isObject(config) ? config : {};
  if (
    !["NONE", "COMPACT", "FLATTEN"].includes(transformation as string) ||
    !["JSON", "JSONL"].includes(type as string)
  )
    complain(
      "WriterConfig needs a Transformation (NONE, COMPACT or FLATTEN) and an OutputType (JSON or JSONL)",
      `${where}/WriterConfig`,
    );
}

function given(language: QueryLanguage): string {
  return language === "JSONata" ? "Arguments" : "Parameters";
}

function checkTemplate(holder: JsonObject, language: QueryLanguage, at: string, complain: Complain): void {
  const field = given(language);
  const template = holder[field];
  if (template === undefined) return;
  if (language === "JSONata") expressionMistakesIn(template, `${at}/${field}`, complain);
  else templateMistakes(template, `${at}/${field}`, complain);
}

function checkKnown(holder: JsonObject, fields: readonly string[], at: string, complain: Complain): void {
  for (const field of Object.keys(holder))
    if (!fields.includes(field)) complain(`Field '${field}' is not supported`, `${at}/${field}`);
}
