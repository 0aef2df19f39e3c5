/** Values that may not be known before a deployment: reading one stops the check of that item, and of no other. */

/** @see https://github.com/pulumi/pulumi-policy/blob/main/sdk/nodejs/policy/proxy.ts: one sentinel per kind of value. */
const SENTINELS: ReadonlySet<unknown> = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Any value that a resource's properties hold. */
export type Value = string | number | boolean | null | undefined | readonly Value[] | Properties;
export interface Properties {
  readonly [key: string]: Value;
}

/** A check met a value that only a deployment will know; what it found before and beside stands in `findings`. */
export class UnknownValue<Found> extends Error {
  override readonly name = "UnknownValue";
  readonly path: string;
  readonly findings: readonly Found[];
  constructor(path: string, findings: readonly Found[] = []) {
    super(`${path} is not known before the deployment`);
    this.path = path;
    this.findings = findings;
  }
}

function isUnknown(value: unknown): boolean {
  return SENTINELS.has(value);
}

/** The same properties; reading an unknown one throws UnknownValue. */
export function guarded<Shape extends object>(target: Shape, path = ""): Shape {
  return new Proxy(target, {
    get(object, key, receiver) {
      const value: unknown = Reflect.get(object, key, receiver);
      if (typeof key === "symbol") return value;
      const inner = path === "" ? key : `${path}.${key}`;
      if (isUnknown(value)) throw new UnknownValue(inner);
      const isOwn = Object.hasOwn(object, key);
      return isOwn && typeof value === "object" && value !== null ? guarded(value, inner) : value;
    },
  });
}

/** Applies `check` to every item. An item with an unknown value hides no other; the first such is thrown at the end. */
export function each<Item, Found>(
  items: readonly Item[],
  check: (item: Item, index: number) => readonly Found[],
): readonly Found[] {
  const found: Found[] = [];
  let unknown: UnknownValue<Found> | undefined;
  // By index: reading the item itself may already throw.
  for (let index = 0; index < items.length; index += 1) {
    try {
      found.push(...check(items[index] as Item, index));
    } catch (error) {
      if (!(error instanceof UnknownValue)) throw error;
      found.push(...(error.findings as readonly Found[]));
      unknown ??= error as UnknownValue<Found>;
    }
  }
  if (unknown !== undefined) throw new UnknownValue(unknown.path, found);
  return found;
}

/** Several checks of one thing, none of which may hide another. */
export function together<Found>(...checks: readonly (() => readonly Found[])[]): readonly Found[] {
  return each(checks, (check) => check());
}
