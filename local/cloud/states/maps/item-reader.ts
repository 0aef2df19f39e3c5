/** The items of a distributed Map that lie in S3. https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html */
import type { Json } from "../../../graph";
import type { ItemReader, JsonObject } from "../definition/asl";
import { parseCsv } from "./csv";
import type { CallContext } from "../integrations/service-call";
import { isObject } from "../expressions/json-path";
import { DELIMITERS, LIST_OBJECTS } from "../definition/map-checks";
import { wholeField } from "./map-fields";
import { ObjectStoreError, type ObjectStore } from "./object-store";
import type { Query } from "../expressions/query";
import { StateError } from "../state-error";

/** What a reader asks for, evaluated before the Map Run starts. */
export interface ItemSource {
  /** Rejects with StateError States.ItemReaderFailed. */
  read(): Promise<readonly Json[]>;
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html#input-itemreader-max-items */
const MOST_ITEMS = 100_000_000;

export async function itemSource(
  reader: ItemReader,
  query: Query,
  store: ObjectStore,
  context: CallContext,
): Promise<ItemSource> {
  const config = reader.ReaderConfig ?? {};
  const location = "ItemReader/ReaderConfig/MaxItems";
  const maxItems = (await wholeField("MaxItems", query, config, location)) ?? 0;
  const template = (query.language === "JSONata" ? reader.Arguments : reader.Parameters) ?? {};
  const given = await query.template(template, "ItemReader/Arguments");
  const limit = maxItems === 0 ? MOST_ITEMS : Math.min(maxItems, MOST_ITEMS);
  return {
    async read() {
      if (maxItems < 0) throw readerFailed("field MaxItems must be positive");
      try {
        return (await readItems(reader, given, limit, store, context)).slice(0, limit);
      } catch (error) {
        throw error instanceof ObjectStoreError ? readerFailed(error.message) : error;
      }
    },
  };
}

async function readItems(
  { Resource: resource, ReaderConfig: config = {} }: ItemReader,
  given: Json,
  limit: number,
  store: ObjectStore,
  context: CallContext,
): Promise<readonly Json[]> {
  const bucket = textField(given, "Bucket");
  if (resource === LIST_OBJECTS) {
    const listed = await store.list(bucket, optionalField(given, "Prefix"), limit, context);
    return listed.map(asItem);
  }
  const text = await store.read(bucket, textField(given, "Key"), context);
  const type = config["InputType"];
  if (type === "CSV") return fromCsv(text, config);
  if (type === "JSONL") {
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
    return lines.map(parse);
  }
  const items = parse(text);
  if (Array.isArray(items)) return items;
  throw readerFailed("Attempting to map over non-iterable node.");
}

/** A listed object as an item: the instant in seconds, and `Etag` spelt so. */
function asItem({
  ETag: etag,
  Key: key,
  LastModified: modified,
  Size: size,
  StorageClass: storage,
}: JsonObject): Json {
  return {
    Etag: etag ?? "",
    Key: key ?? "",
    LastModified: Date.parse(String(modified)) / 1000,
    Size: size ?? 0,
    StorageClass: storage ?? "STANDARD",
  };
}

function fromCsv(text: string, config: JsonObject): readonly Json[] {
  const rows = parseCsv(text, DELIMITERS[String(config["CSVDelimiter"] ?? "COMMA")]);
  const declared = config["CSVHeaders"];
  const headers = Array.isArray(declared) ? declared.map(String) : (rows[0] ?? []);
  if (new Set(headers).size < headers.length) throw readerFailed("CSV headers cannot contain duplicates.");
  const body = Array.isArray(declared) ? rows : rows.slice(1);
  return body.map((row) => Object.fromEntries(headers.map((header, index) => [header, row[index] ?? ""])));
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw readerFailed(`The items are not JSON: ${(error as Error).message}`);
  }
}

function textField(given: Json, field: string): string {
  const value = isObject(given) ? given[field] : undefined;
  if (typeof value === "string") return value;
  throw readerFailed(`The field '${field}' of the ItemReader must be a string.`);
}

function optionalField(given: Json, field: string): string {
  return isObject(given) && given[field] !== undefined ? textField(given, field) : "";
}

export function readerFailed(cause: string): StateError {
  return new StateError({ error: "States.ItemReaderFailed", cause }, true);
}
