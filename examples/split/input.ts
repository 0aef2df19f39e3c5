/** The input of `split`, checked. */
import { InvalidInput } from "./errors.ts";

export interface SplitInput {
  readonly bucket: string;
  readonly key: string;
  /** Luminance from which a pixel belongs to an object: 0 to 255. */
  readonly threshold: number;
  /** Pixels that an object has at least. */
  readonly minArea: number;
  /** Width and height of a tile in pixels, 64 or more; the last tile of a row or column may be smaller. */
  readonly tileSize: number;
}

/** Throws InvalidInput that names the first wrong field. */
export function parseInput(input: unknown): SplitInput {
  if (typeof input !== "object" || input === null) throw wrong("the input", "an object", input);
  const fields = input as Readonly<Record<string, unknown>>;
  return {
    bucket: text(fields, "bucket"),
    key: text(fields, "key"),
    threshold: integer(fields, "threshold", 0, 255),
    minArea: integer(fields, "minArea", 1, Number.MAX_SAFE_INTEGER),
    tileSize: integer(fields, "tileSize", 64, Number.MAX_SAFE_INTEGER),
  };
}

function text(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = fields[name];
  if (typeof value === "string" && value !== "") return value;
  throw wrong(name, "a text that is not empty", value);
}

function integer(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  least: number,
  most: number,
): number {
  const value = fields[name];
  if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) return Number(value);
  const range =
    most === Number.MAX_SAFE_INTEGER ? `${String(least)} or more` : `${String(least)} to ${String(most)}`;
  throw wrong(name, `an integer, ${range}`, value);
}

function wrong(name: string, allowed: string, found: unknown): InvalidInput {
  const got = found === undefined ? "nothing" : JSON.stringify(found);
  return new InvalidInput(`${name} must be ${allowed}, got ${got}; correct the execution's input`);
}
