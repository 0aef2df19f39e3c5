/** What the intrinsic functions of JSONPath and the functions added to JSONata compute alike. */
import type { Json } from "../../../graph";

const RANGE_LIMIT = 1000;

export const HASH_ALGORITHMS: Readonly<Record<string, string>> = {
  MD5: "md5",
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};

/** Chunks of `size` items; the last may have fewer. */
export function partition(items: readonly Json[], size: number): Json[] {
  const chunks: Json[] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}

/** Both ends belong to it. Throws an Error of one sentence. */
export function arrayRange(first: number, last: number, step: number): number[] {
  if (step === 0) throw new Error("the step must not be 0");
  const count = Math.floor((last - first) / step) + 1;
  if (count > RANGE_LIMIT) throw new Error(`a range has ${String(RANGE_LIMIT)} elements at most`);
  return Array.from({ length: Math.max(0, count) }, (_, index) => first + index * step);
}
