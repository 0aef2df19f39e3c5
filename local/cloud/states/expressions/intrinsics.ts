/**
 * What the intrinsic functions of payload templates compute.
 * https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
 */
import { createHash, randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Json } from "../../../graph";
import { arrayRange, HASH_ALGORITHMS, partition } from "./intrinsic-arrays";
import { type Expression, parseIntrinsic, unescaped } from "./intrinsic-calls";
import { isObject } from "./json-path";
import { StateError } from "../state-error";

type Intrinsic = (args: readonly Json[], random: () => number) => Json;

const TEXT_LIMIT = 10_000;

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  "States.Format": ([template, ...values]) => format(text(template), values),
  "States.StringToJson": ([source]) => (text(source).trim() === "" ? null : parseJson(text(source))),
  "States.JsonToString": ([value]) => JSON.stringify(present(value)),
  "States.Array": (values) => [...values],
  "States.ArrayPartition": ([array, size]) => partition(list(array), positive(size)),
  "States.ArrayContains": ([array, wanted]) => list(array).some((item) => isDeepStrictEqual(item, wanted)),
  "States.ArrayRange": ([first, last, step]) => arrayRange(integer(first), integer(last), integer(step)),
  "States.ArrayGetItem": ([array, index]) => itemAt(list(array), integer(index)),
  "States.ArrayLength": ([array]) => list(array).length,
  "States.ArrayUnique": ([array]) => unique(list(array)),
  "States.Base64Encode": ([value]) => Buffer.from(limited(value), "utf8").toString("base64"),
  "States.Base64Decode": ([value]) => Buffer.from(limited(value), "base64").toString("utf8"),
  "States.Hash": ([value, algorithm]) => hash(limited(value), text(algorithm)),
  "States.JsonMerge": ([first, second, deep]) => merge(first, second, deep),
  "States.MathRandom": ([start, end, seed], random) => mathRandom(integer(start), integer(end), seed, random),
  "States.MathAdd": ([first, second]) => integer(first) + integer(second),
  "States.StringSplit": ([value, separators]) => split(text(value), text(separators)),
  "States.UUID": () => randomUUID(),
};

/** Calls come from definitions, so there are as many as definitions have. */
const parsedCalls = new Map<string, Expression>();

/** Throws StateError States.IntrinsicFailure when the arguments do not fit. */
export function evaluateIntrinsic(
  source: string,
  readPath: (path: string) => Json,
  random: () => number,
): Json {
  let call = parsedCalls.get(source);
  if (call === undefined) {
    call = parseIntrinsic(source);
    parsedCalls.set(source, call);
  }
  try {
    return evaluate(call, readPath, random);
  } catch (error) {
    if (error instanceof StateError) throw error;
    const cause = `The function '${source}' had the following error: ${(error as Error).message}`;
    throw new StateError({ error: "States.IntrinsicFailure", cause });
  }
}

function evaluate(expression: Expression, readPath: (path: string) => Json, random: () => number): Json {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "string":
      return unescaped(expression.source);
    case "path":
      return readPath(expression.path);
    case "call": {
      const [first] = expression.args;
      const args = expression.args.map((argument) => evaluate(argument, readPath, random));
      // In a format string an escaped brace is not a place, so it is read before anything is taken away.
      if (expression.name === "States.Format" && first?.kind === "string") args[0] = first.source;
      return intrinsicNamed(expression.name)(args, random);
    }
  }
}

function intrinsicNamed(name: string): Intrinsic {
  const intrinsic = INTRINSICS[name];
  if (intrinsic === undefined) throw new Error(`there is no intrinsic function '${name}'`);
  return intrinsic;
}

function format(template: string, values: readonly Json[]): string {
  let used = 0;
  const result = template.replace(/\\([{}\\'])|\{\}/g, (_place, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped;
    const value = values[used++];
    if (value === undefined) throw new Error("there are more {} than arguments");
    return plainText(value);
  });
  if (used < values.length) throw new Error("there are more arguments than {}");
  return result;
}

/** Objects and lists come out as Java writes them: `{a=1, b=[2]}`; so AWS has been seen to do. */
function plainText(value: Json): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return `[${value.map(plainText).join(", ")}]`;
  if (!isObject(value)) return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}=${plainText(item)}`)
    .join(", ")}}`;
}

function itemAt(items: readonly Json[], index: number): Json {
  const item = items[index];
  if (item === undefined)
    throw new Error(`there is no element ${String(index)} among ${String(items.length)}`);
  return item;
}

function unique(items: readonly Json[]): Json {
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = JSON.stringify(item);
    return seen.has(key) ? false : seen.add(key);
  });
}

function hash(value: string, algorithm: string): string {
  const name = HASH_ALGORITHMS[algorithm];
  if (name === undefined)
    throw new Error(`'${algorithm}' is none of ${Object.keys(HASH_ALGORITHMS).join(", ")}`);
  return createHash(name).update(value, "utf8").digest("hex");
}

function merge(first: Json | undefined, second: Json | undefined, deep: Json | undefined): Json {
  if (!isObject(first) || !isObject(second)) throw new Error("the first two arguments must be objects");
  if (deep !== false) throw new Error("only shallow merging exists: the third argument must be false");
  return { ...first, ...second };
}

/** With a seed the number is always the same one; which one AWS would give is not documented. */
function mathRandom(start: number, end: number, seed: Json | undefined, random: () => number): number {
  const share =
    seed === undefined
      ? random()
      : createHash("sha256")
          .update(String(integer(seed)))
          .digest()
          .readUInt32BE() /
        2 ** 32;
  return start + Math.floor(share * (end - start));
}

/** Each character separates; empty parts are dropped, as AWS does. */
function split(value: string, separators: string): Json {
  const parts: string[] = [];
  let part = "";
  for (const character of value) {
    if (!separators.includes(character)) part += character;
    else {
      parts.push(part);
      part = "";
    }
  }
  return [...parts, part].filter((piece) => piece !== "");
}

function parseJson(source: string): Json {
  try {
    return JSON.parse(source) as Json;
  } catch {
    throw new Error("the string is not JSON");
  }
}

function present(value: Json | undefined): Json {
  if (value === undefined) throw new Error("an argument is missing");
  return value;
}

function text(value: Json | undefined): string {
  if (typeof value !== "string") throw new Error(`a string was expected, got ${JSON.stringify(value)}`);
  return value;
}

function limited(value: Json | undefined): string {
  if (text(value).length > TEXT_LIMIT)
    throw new Error(`the string has more than ${String(TEXT_LIMIT)} characters`);
  return text(value);
}

function list(value: Json | undefined): readonly Json[] {
  if (!Array.isArray(value)) throw new Error(`an array was expected, got ${JSON.stringify(value)}`);
  return value;
}

/** Fractions are rounded: "if you specify a non-integer value, Step Functions rounds it off". */
function integer(value: Json | undefined): number {
  if (typeof value !== "number") throw new Error(`a number was expected, got ${JSON.stringify(value)}`);
  return Math.round(value);
}

function positive(value: Json | undefined): number {
  if (integer(value) < 1) throw new Error("the chunk size must be 1 or more");
  return integer(value);
}
