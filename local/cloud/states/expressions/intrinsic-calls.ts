/** Calls of intrinsic functions, `States.Format('{}', $.name)`, as text and as a tree. */
import type { Json } from "../../../graph";

/** An argument: a literal, a path, or a further call. */
export type Expression =
  | { readonly kind: "literal"; readonly value: Json }
  /** `source` still has its escapes: `\'`, `\\`, `\{` and `\}`. */
  | { readonly kind: "string"; readonly source: string }
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] };

/** How many arguments each takes: [least, most]. */
const ARITY: Readonly<Record<string, readonly [number, number]>> = {
  "States.Format": [1, Infinity],
  "States.StringToJson": [1, 1],
  "States.JsonToString": [1, 1],
  "States.Array": [0, Infinity],
  "States.ArrayPartition": [2, 2],
  "States.ArrayContains": [2, 2],
  "States.ArrayRange": [3, 3],
  "States.ArrayGetItem": [2, 2],
  "States.ArrayLength": [1, 1],
  "States.ArrayUnique": [1, 1],
  "States.Base64Encode": [1, 1],
  "States.Base64Decode": [1, 1],
  "States.Hash": [2, 2],
  "States.JsonMerge": [3, 3],
  "States.MathRandom": [2, 3],
  "States.MathAdd": [2, 2],
  "States.StringSplit": [2, 2],
  "States.UUID": [0, 0],
};

export function unescaped(source: string): string {
  return source.replace(/\\(['\\{}])/g, "$1");
}

/** Throws an Error of one sentence when `source` is not a call of a known function. */
export function parseIntrinsic(source: string): Expression {
  const reader = { source, at: 0 };
  const call = readCall(reader);
  skipSpace(reader);
  if (reader.at !== source.length) throw unexpected(reader);
  return call;
}

interface Reader {
  readonly source: string;
  at: number;
}

function readCall(reader: Reader): Expression {
  const name = take(reader, /\s*([A-Za-z][\w.]*)\s*\(/y)?.[1];
  if (name === undefined) throw unexpected(reader);
  const arity = ARITY[name];
  if (arity === undefined) throw new Error(`there is no intrinsic function '${name}'`);
  const args: Expression[] = [];
  if (take(reader, /\s*\)/y) === null) {
    do args.push(readArgument(reader));
    while (take(reader, /\s*,/y) !== null);
    if (take(reader, /\s*\)/y) === null) throw unexpected(reader);
  }
  if (args.length < arity[0] || args.length > arity[1]) {
    const wanted = arity[0] === arity[1] ? String(arity[0]) : `${String(arity[0])} or more`;
    throw new Error(`${name} takes ${wanted} arguments, got ${String(args.length)}`);
  }
  return { kind: "call", name, args };
}

function readArgument(reader: Reader): Expression {
  skipSpace(reader);
  const string = take(reader, /'((?:[^'\\]|\\['\\{}])*)'/y)?.[1];
  if (string !== undefined) return { kind: "string", source: string };
  const path = readPathText(reader);
  if (path !== null) return { kind: "path", path };
  const plain = take(reader, /(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?=\s*[,)])/y)?.[1];
  if (plain !== undefined) return { kind: "literal", value: JSON.parse(plain) as Json };
  return readCall(reader);
}

/** A path ends at the comma or bracket that is not its own. */
function readPathText(reader: Reader): string | null {
  if (reader.source[reader.at] !== "$") return null;
  const start = reader.at;
  let depth = 0;
  let quote: string | null = null;
  for (; reader.at < reader.source.length; reader.at++) {
    const character = reader.source.charAt(reader.at);
    if (quote !== null) {
      if (character === "\\") reader.at++;
      else if (character === quote) quote = null;
    } else if (character === "'" || character === '"') quote = character;
    else if (character === "[" || character === "(") depth++;
    else if (depth > 0 && (character === "]" || character === ")")) depth--;
    else if (depth === 0 && (character === "," || character === ")")) break;
  }
  return reader.source.slice(start, reader.at).trim();
}

function take(reader: Reader, pattern: RegExp): RegExpExecArray | null {
  pattern.lastIndex = reader.at;
  const match = pattern.exec(reader.source);
  if (match !== null) reader.at = pattern.lastIndex;
  return match;
}

function skipSpace(reader: Reader): void {
  take(reader, /\s*/y);
}

function unexpected(reader: Reader): Error {
  return new Error(`'${reader.source}' can't be read from '${reader.source.slice(reader.at)}' on`);
}

/** Every path that a call reads. */
export function pathsIn(expression: Expression): readonly string[] {
  if (expression.kind === "path") return [expression.path];
  return expression.kind === "call" ? expression.args.flatMap(pathsIn) : [];
}
