/** Paths into JSON: `$.a['b'][0]` and the wider JSONPath, read as Step Functions' evaluator reads them. */
import { JSONPath } from "jsonpath-plus";
import type { Json } from "../../../graph";
import type { JsonObject } from "../definition/asl";
import { runtimeError, StateError } from "../state-error";
import type { Variables } from "./variables";

/** Names and indexes, when a path leads to one place only; null when it selects any number of places. */
type Steps = readonly (string | number)[] | null;

const STEP = /\.([^.[\]()*?@:,\s'"]+)|\[(-?\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y;

/** Paths come from definitions, so there are as many as definitions have. */
const parsedPaths = new Map<string, Steps>();

/** Null when `path` has operators (`*`, `..`, slices, filters); those always give a list. */
export function parseSteps(path: string): Steps {
  const known = parsedPaths.get(path);
  if (known !== undefined) return known;
  const steps = stepsOf(path);
  parsedPaths.set(path, steps);
  return steps;
}

function stepsOf(path: string): Steps {
  const steps: (string | number)[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (match === null) return null;
    const [, name, index, single, double] = match;
    if (index !== undefined) steps.push(Number(index));
    else
      steps.push(name ?? single?.replace(/\\(['\\])/g, "$1") ?? (double ?? "").replace(/\\(["\\])/g, "$1"));
  }
  return steps;
}

/** True for what ResultPath may be: one place, below `$`, no negative index. */
export function isReferencePath(path: string): boolean {
  if (!path.startsWith("$") || path.startsWith("$$") || variableOf(path) !== null) return false;
  const steps = parseSteps(path);
  return steps !== null && steps.every((step) => typeof step === "string" || step >= 0);
}

/** What paths read: `$` the data, `$$` the context object, `$name` a variable. */
export interface Readable {
  readonly data: Json;
  readonly context: Json;
  readonly variables: Pick<Variables, "read">;
}

/** What a path selects; undefined when it leads nowhere. */
export function selectPath(path: string, from: Readable): Json | undefined {
  const { root, local } = rootOf(path, from);
  const steps = parseSteps(local);
  if (steps === null) return root === undefined ? undefined : selectMany(local, root);
  let value = root;
  for (const step of steps) {
    value = child(value, step);
    if (value === undefined) return undefined;
  }
  return value;
}

/** As `selectPath`, for the paths that must lead somewhere (InputPath, OutputPath and kin). */
export function readPath(path: string, from: Readable): Json {
  const value = selectPath(path, from);
  if (value !== undefined) return value;
  throw runtimeError(`Invalid path '${path}' : ${whyNothing(path, from)}`);
}

/** The variable that a path begins with, such as `total` of `$total.net`; null when it begins with none. */
export function variableOf(path: string): string | null {
  return /^\$([\p{ID_Start}][\p{ID_Continue}]*)/u.exec(path)?.[1] ?? null;
}

/** Where a path starts, and the rest of it as a path from there. */
function rootOf(path: string, from: Readable): { root: Json | undefined; local: string } {
  if (path.startsWith("$$")) return { root: from.context, local: path.slice(1) };
  const name = variableOf(path);
  if (name === null) return { root: from.data, local: path };
  return { root: from.variables.read(name), local: `$${path.slice(1 + name.length)}` };
}

/** A copy of `document` with `value` at a reference path; objects are made on the way. */
export function writePath(path: string, document: Json, value: Json): Json {
  return write(parseSteps(path) ?? [], 0, document, value, () => {
    const cause = `Unable to apply ReferencePath ${path} to input ${JSON.stringify(document)}`;
    return new StateError({ error: "States.ResultPathMatchFailure", cause });
  });
}

function write(
  steps: readonly (string | number)[],
  at: number,
  document: Json | undefined,
  value: Json,
  mismatch: () => StateError,
): Json {
  const step = steps[at];
  if (step === undefined) return value;
  if (typeof step === "number") {
    if (!Array.isArray(document) || document[step] === undefined) throw mismatch();
    return document.with(step, write(steps, at + 1, document[step], value, mismatch));
  }
  if (document !== undefined && !isObject(document)) throw mismatch();
  const next = write(
    steps,
    at + 1,
    document === undefined ? undefined : child(document, step),
    value,
    mismatch,
  );
  return withOwn(document ?? {}, step, next);
}

/** A spread would set a prototype for the key `__proto__`. */
function withOwn(object: JsonObject, key: string, value: Json): JsonObject {
  return Object.fromEntries([...Object.entries(object).filter(([name]) => name !== key), [key, value]]);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function child(value: Json | undefined, step: string | number): Json | undefined {
  if (typeof step === "number") return Array.isArray(value) ? value.at(step) : undefined;
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

function selectMany(path: string, root: Json): Json {
  if (typeof root !== "object" || root === null) return [];
  return JSONPath<Json[]>({ path, json: root, wrap: true, eval: "safe", ignoreEvalErrors: true }) ?? [];
}

/** The wording of AWS's evaluator (Jayway JsonPath), as executions on AWS have shown it. */
function whyNothing(path: string, from: Readable): string {
  const { root, local } = rootOf(path, from);
  const steps = parseSteps(local) ?? [];
  let value = root;
  let walked = "$";
  for (const [index, step] of steps.entries()) {
    walked += typeof step === "number" ? `[${String(step)}]` : `['${step}']`;
    value = child(value, step);
    if (value !== undefined) continue;
    if (typeof step === "number") return `Index out of bounds when evaluating path ${walked}`;
    return index === steps.length - 1
      ? `No results for path: ${walked}`
      : `Missing property in path ${walked}`;
  }
  return `No results for path: ${walked}`;
}
