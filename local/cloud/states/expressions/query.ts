/** How a state reads its fields and makes its output, whichever query language it is written in. */
import type { Json } from "../../../graph";
import type { Catcher, JsonObject, Leaving, State } from "../definition/asl";
import { createJsonataQuery } from "./jsonata-query";
import { createPathQuery } from "./path-query";
import type { Failure } from "../state-error";
import type { Variables } from "./variables";

/** What a state leaves to the next one. */
export interface Left {
  readonly output: Json;
  /** Null when it assigns nothing. */
  readonly assigned: JsonObject | null;
}

/** A field that may be computed, and where it came from, for the sentence that says it does not fit. */
export interface FieldValue {
  readonly value: Json;
  /** The path or the expression; null for a literal. */
  readonly source: string | null;
}

type Soon<T> = T | Promise<T>;

/** The context of one attempt at a state. */
export interface QuerySetting {
  readonly state: State;
  /** The raw input. */
  readonly input: Json;
  /** The context object. */
  readonly context: JsonObject;
  readonly variables: Variables;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface Query {
  readonly language: "JSONPath" | "JSONata";
  /** What the state hands on: to its task or branches, or as Pass to its output. */
  payload(): Soon<Json>;
  /** A field such as TimeoutSeconds, from `holder` or, by default, the state: literal, at a path, or an expression. */
  field(name: string, holder?: object, location?: string): Soon<FieldValue | undefined>;
  /** What a path selects; undefined when it leads nowhere. JSONPath only. */
  peek(path: string): Json | undefined;
  /** As peek, for a path that must lead somewhere. Throws StateError. */
  read(path: string): Json;
  /** A JSON value with expressions in it, such as ItemSelector; `context` is added to the context object. */
  template(template: Json, location: string, context?: JsonObject): Soon<Json>;
  /** The items of a Map. */
  items(): Soon<readonly Json[]>;
  /** A Choice's chosen rule; null when none holds. */
  choose(): Soon<(Leaving & { readonly Next?: string }) | null>;
  /** A Fail's Error or Cause. */
  text(field: "Error" | "Cause"): Soon<string | undefined>;
  /** The output of a state that has a result of its own: Task, Map, Parallel and Pass. */
  finish(result: Json): Soon<Left>;
  /** The output of a state that has none; `by` is the state, or the rule of a Choice. */
  pass(by: Leaving): Soon<Left>;
  /** What a catcher leaves. */
  caught(catcher: Catcher, failure: Failure): Soon<Left>;
}

export function createQuery(setting: QuerySetting): Query {
  return setting.state.QueryLanguage === "JSONata" ? createJsonataQuery(setting) : createPathQuery(setting);
}
