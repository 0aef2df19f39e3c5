/**
 * The functions that Step Functions adds to JSONata, and the one that it takes away.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn
 */
import { createHash, randomUUID } from "node:crypto";
import type { Json } from "../../../graph";
import { arrayRange, HASH_ALGORITHMS, partition } from "./intrinsic-arrays";

/** An error as JSONata's own functions raise them. */
interface JsonataFailure {
  readonly code: string;
  readonly message: string;
}

function failure(code: string, message: string): Error & JsonataFailure {
  return Object.assign(new Error(message), { code });
}

/** By name; undefined takes the built-in function of that name away. An undefined argument gives an undefined result. */
export const STEP_FUNCTIONS: Readonly<Record<string, ((...args: never[]) => unknown) | undefined>> = {
  partition: (array: Json[] | undefined, size: number) =>
    array === undefined ? undefined : partition(array, wholeChunk(size)),
  range: (first: number, last: number, step: number) => {
    if ([first, last, step].some((value) => typeof value !== "number"))
      throw failure("T0410", "Function range takes three numbers");
    // A sequence to JSONata, as AWS's is: one of a single number is that number.
    return Object.assign(arrayRange(first, last, step), { sequence: true });
  },
  hash: (content: string | undefined, algorithm: string) => {
    if (content === undefined) return undefined;
    const name = HASH_ALGORITHMS[algorithm];
    if (typeof content !== "string" || name === undefined)
      throw failure(
        "T0410",
        `Function hash takes a string and one of ${Object.keys(HASH_ALGORITHMS).join(", ")}`,
      );
    return createHash(name).update(content, "utf8").digest("hex");
  },
  random: (seed?: number) => (seed === undefined ? Math.random() : seeded(seed)),
  uuid: () => randomUUID(),
  parse: (text: string | undefined) => {
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as Json;
    } catch (error) {
      throw failure("D3141", `Function parse could not read its argument: ${(error as Error).message}`);
    }
  },
  eval: undefined,
};

/** With a seed the number is always the same one; which one AWS would give is not documented. */
function seeded(seed: number): number {
  return createHash("sha256").update(String(seed)).digest().readUInt32BE() / 2 ** 32;
}

function wholeChunk(size: number): number {
  const whole = Math.trunc(size);
  if (typeof size !== "number" || whole < 1)
    throw failure("T0410", "Function partition takes an array and a chunk size of 1 or more");
  return whole;
}
