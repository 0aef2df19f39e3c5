/** What a change of the program does to its resources: added, removed, and changed property by property. */
import type { Graph, GraphResource, Json } from "../graph";

export interface Change {
  /** `containerDefinitions[function].user` */
  readonly path: string;
  /** Null where it was not there, or is no more. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface ChangedResource {
  readonly urn: string;
  readonly changes: readonly Change[];
}

export interface Comparison {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly ChangedResource[];
}

/** A value in a list of changes is no longer than this. */
const SHOWN_CHARACTERS = 100;
/** Before the place where two texts part. */
const CONTEXT_CHARACTERS = 30;
/** A longer text is code, and told by its length. */
const MOST_CHARACTERS = 4000;
/** Lists of objects are compared by the first of these that tells all of them apart. */
const IDENTITIES = ["Sid", "name", "key", "deviceName", "id"];

export function compare(before: Graph, after: Graph): Comparison {
  const old = new Map(before.resources.map((resource) => [resource.urn, resource]));
  const now = new Map(after.resources.map((resource) => [resource.urn, resource]));
  return {
    added: [...now.keys()].filter((urn) => !old.has(urn)),
    removed: [...old.keys()].filter((urn) => !now.has(urn)),
    changed: [...now.values()].flatMap((resource) => {
      const previous = old.get(resource.urn);
      const changes = previous === undefined ? [] : changesOf(previous, resource);
      return changes.length === 0 ? [] : [{ urn: resource.urn, changes }];
    }),
  };
}

function changesOf(before: GraphResource, after: GraphResource): readonly Change[] {
  const options = ({ protect, ignoreChanges }: GraphResource): Json => ({
    protect,
    ignoreChanges: [...ignoreChanges].sort(),
  });
  const secrets = new Set([...before.secretProperties, ...after.secretProperties]);
  const keys = [...new Set([...Object.keys(before.inputs), ...Object.keys(after.inputs)])];
  return [
    ...keys.flatMap((key) => {
      const changes = difference(key, before.inputs[key], after.inputs[key]);
      return changes.length > 0 && secrets.has(key)
        ? [{ path: key, before: "[secret]", after: "[another secret]" }]
        : changes;
    }),
    ...difference("options", options(before), options(after)),
  ];
}

function difference(path: string, before: Json | undefined, after: Json | undefined): readonly Change[] {
  const [one, other] = [structure(before), structure(after)];
  if (JSON.stringify(one) === JSON.stringify(other)) return [];
  if (isObject(one) && isObject(other)) return ofObjects(path, one, other, (key) => `${path}.${key}`);
  if (Array.isArray(one) && Array.isArray(other)) return ofLists(path, one, other);
  if (typeof one === "string" && typeof other === "string") return [ofTexts(path, one, other)];
  return [{ path, before: shown(one), after: shown(other) }];
}

/** Long texts that begin alike are shown from where they part. */
function ofTexts(path: string, one: string, other: string): Change {
  const length = Math.max(one.length, other.length);
  if (length > MOST_CHARACTERS) {
    const size = (text: string): string => `text of ${String(text.length)} characters`;
    return { path, before: size(one), after: `another ${size(other)}` };
  }
  if (length <= SHOWN_CHARACTERS) return { path, before: shown(one), after: shown(other) };
  let alike = 0;
  while (alike < length && one[alike] === other[alike]) alike += 1;
  const from = Math.max(0, alike - CONTEXT_CHARACTERS);
  const part = (text: string): string | null => shown(`${from > 0 ? "…" : ""}${text.slice(from)}`);
  return { path, before: part(one), after: part(other) };
}

function ofObjects(
  path: string,
  one: { readonly [key: string]: Json },
  other: { readonly [key: string]: Json },
  label: (key: string) => string,
): readonly Change[] {
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return keys.flatMap((key) => difference(path === "" ? key : label(key), one[key], other[key]));
}

function ofLists(path: string, one: readonly Json[], other: readonly Json[]): readonly Change[] {
  const identity = IDENTITIES.find((key) => tellsApart(one, key) && tellsApart(other, key));
  if (identity !== undefined)
    return ofObjects(
      path,
      byIdentity(one, identity),
      byIdentity(other, identity),
      (key) => `${path}[${key}]`,
    );
  if ([...one, ...other].every((each) => typeof each !== "object")) {
    return [
      ...one
        .filter((each) => !other.includes(each))
        .map((each) => ({ path: `${path}[]`, before: shown(each), after: null })),
      ...other
        .filter((each) => !one.includes(each))
        .map((each) => ({ path: `${path}[]`, before: null, after: shown(each) })),
      ...([...one].sort().join() === [...other].sort().join()
        ? [{ path, before: shown([...one]), after: shown([...other]) }]
        : []),
    ];
  }
  const length = Math.max(one.length, other.length);
  return Array.from({ length }, (_, index) =>
    difference(`${path}[${String(index)}]`, one[index], other[index]),
  ).flat();
}

function tellsApart(items: readonly Json[], key: string): boolean {
  const values = items.map((item) => (isObject(item) ? item[key] : undefined));
  return values.every((value) => typeof value === "string") && new Set(values).size === values.length;
}

function byIdentity(items: readonly Json[], key: string): { readonly [key: string]: Json } {
  return Object.fromEntries(items.map((item) => [String((item as { [key: string]: Json })[key]), item]));
}

/** JSON text as what it says, so that one changed statement is one change. */
function structure(value: Json | undefined): Json | undefined {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: Json | undefined): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  return text.length <= SHOWN_CHARACTERS
    ? text
    : `${text.slice(0, SHOWN_CHARACTERS)}… (${String(text.length)} characters)`;
}
