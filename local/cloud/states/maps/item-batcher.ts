/** The items of a Map, and what each child execution of a distributed one is given: one item, or a batch of them. */
import type { Json } from "../../../graph";
import type { ItemBatcher, JsonObject, MapState } from "../definition/asl";
import { note, takeNote, type Branch } from "../branch";
import { fieldError, wholeField } from "./map-fields";
import type { Query } from "../expressions/query";
import { StateError } from "../state-error";

/** The input of one child execution. */
export interface Unit {
  readonly input: Json;
  /** How many items it has. */
  readonly items: number;
}

/** The bounds of a batch, and what every batch carries. */
export interface Batching {
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly batchInput: Json | undefined;
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html */
const MOST_BYTES = 262_144;

/** Null when the Map does not batch. */
export async function batchingOf(batcher: ItemBatcher | undefined, query: Query): Promise<Batching | null> {
  if (batcher === undefined) return null;
  const size = async (field: string): Promise<number | undefined> => {
    const value = await wholeField(field, query, batcher, `ItemBatcher/${field}`);
    if (value !== undefined && value < 1) throw fieldError(field, query, `${field} must be positive.`);
    return value;
  };
  const maxItems = (await size("MaxItemsPerBatch")) ?? Infinity;
  const maxBytes = Math.min((await size("MaxInputBytesPerBatch")) ?? MOST_BYTES, MOST_BYTES);
  const { BatchInput: template } = batcher;
  const batchInput =
    template === undefined ? undefined : await query.template(template, "ItemBatcher/BatchInput");
  return { maxItems, maxBytes, batchInput };
}

/** Functions of JSONata that give something else each time. */
const BY_CHANCE = /\$(random|shuffle|uuid|now|millis)\b/;

/** The items of a Map that come with its input; after a restart the same again. */
export async function itemsOf(branch: Branch, state: MapState, query: Query): Promise<readonly Json[]> {
  const known = takeNote(branch, "items");
  if (known !== null) return known.items;
  const items = await query.items();
  if (state.Items !== undefined && BY_CHANCE.test(JSON.stringify(state.Items)))
    note(branch, { kind: "items", items });
  return items;
}

/** The input of each item, selected; `index` counts over all items. */
export function selectItem(state: MapState, item: Json, index: number, query: Query): Json | Promise<Json> {
  const selector = state.ItemSelector ?? state.Parameters;
  if (selector === undefined) return item;
  return query.template(selector, "ItemSelector", { Map: { Item: { Index: index, Value: item } } });
}

/** Batches of items that are selected already. Throws StateError for an item that no batch has room for. */
export function batches(
  items: readonly Json[],
  { maxItems, maxBytes, batchInput }: Batching,
): readonly Unit[] {
  const head: JsonObject = batchInput === undefined ? {} : { BatchInput: batchInput };
  const emptyBytes = Buffer.byteLength(JSON.stringify({ ...head, Items: [] }));
  const units: Unit[] = [];
  let batch: Json[] = [];
  let bytes = emptyBytes;
  const close = (): void => {
    if (batch.length > 0) units.push({ input: { ...head, Items: batch }, items: batch.length });
    batch = [];
    bytes = emptyBytes;
  };
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item));
    if (emptyBytes + size > maxBytes)
      throw new StateError(
        {
          error: "States.ItemReaderFailed",
          cause: `An item of ${String(size)} bytes does not fit into a batch of ${String(maxBytes)} bytes.`,
        },
        true,
      );
    const grown = bytes + size + (batch.length > 0 ? 1 : 0);
    if (batch.length >= maxItems || grown > maxBytes) close();
    bytes += size + (batch.length > 0 ? 1 : 0);
    batch.push(item);
  }
  close();
  return units;
}
