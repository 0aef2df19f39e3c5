/**
 * States in JSONPath: InputPath, Parameters, then the state's own result, ResultSelector, ResultPath, OutputPath.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
 */
import type { Json } from "../../../graph";
import type { ChoiceState, FailState, JsonObject, Leaving, MapState } from "../definition/asl";
import { chooseRule } from "../kinds/choice";
import { errorOutput, placeResult } from "./data-flow";
import { readPath, selectPath } from "./json-path";
import type { Left, Query, QuerySetting } from "./query";
import { runtimeError } from "../state-error";
import { evaluateExpression, evaluateTemplate, type Scope } from "./templates";

/** The fields that this file reads; every kind of state has some of them. */
interface FlowFields {
  readonly InputPath?: string | null;
  readonly Parameters?: Json;
  readonly Result?: Json;
  readonly ResultSelector?: Json;
  readonly ResultPath?: string | null;
  readonly OutputPath?: string | null;
  readonly Assign?: JsonObject;
}

export function createPathQuery({ state, input, context, variables, random }: QuerySetting): Query {
  const flow: FlowFields = state.Type === "Fail" ? {} : state;
  const scopeOf = (data: Json): Scope => ({ data, context, variables, random });
  const scope = scopeOf(effectiveInput(flow, scopeOf(input)));
  const assignedFrom = (holder: Leaving, data: Json): JsonObject | null =>
    holder.Assign === undefined ? null : (evaluateTemplate(holder.Assign, scopeOf(data)) as JsonObject);
  const leave = (output: Json, assigned: JsonObject | null): Left => ({
    output: throughOutputPath(flow, scopeOf(output)),
    assigned,
  });
  return {
    language: "JSONPath",
    payload() {
      if (state.Type === "Pass" && state.Result !== undefined) return state.Result;
      if (state.Type === "Map" || flow.Parameters === undefined) return scope.data;
      return evaluateTemplate(flow.Parameters, scope);
    },
    field(name, holder = state) {
      const fields = holder as JsonObject;
      const path = fields[`${name}Path`];
      if (typeof path === "string") return { value: readPath(path, scope), source: path };
      const value = fields[name];
      return value === undefined ? undefined : { value, source: null };
    },
    peek: (path) => selectPath(path, scope),
    read: (path) => readPath(path, scope),
    template: (template, _location, more) =>
      evaluateTemplate(template, more === undefined ? scope : { ...scope, context: { ...context, ...more } }),
    items: () => itemsAt((state as MapState).ItemsPath ?? "$", scope),
    choose: () => chooseRule((state as ChoiceState).Choices, scope),
    text(field) {
      const fail = state as FailState;
      const path = fail[`${field}Path`];
      return fail[field] ?? (path === undefined ? undefined : textAt(path, `${field}Path`, scope));
    },
    finish(result) {
      const selected =
        flow.ResultSelector === undefined ? result : evaluateTemplate(flow.ResultSelector, scopeOf(result));
      const assigned = assignedFrom(flow, result);
      return leave(placeResult(flow.ResultPath, input, selected), assigned);
    },
    pass: (by) => leave(scope.data, assignedFrom(by, scope.data)),
    caught(catcher, failure) {
      const error = errorOutput(failure);
      return {
        output: placeResult(catcher.ResultPath, input, error),
        assigned: assignedFrom(catcher, error),
      };
    },
  };
}

/** The input that a state works on, before Parameters. */
function effectiveInput(flow: FlowFields, scope: Scope): Json {
  if (flow.InputPath === null) return {};
  return flow.InputPath === undefined ? scope.data : readPath(flow.InputPath, scope);
}

function throughOutputPath(flow: FlowFields, scope: Scope): Json {
  if (flow.OutputPath === null) return {};
  return flow.OutputPath === undefined ? scope.data : readPath(flow.OutputPath, scope);
}

function itemsAt(path: string, scope: Scope): readonly Json[] {
  const items = readPath(path, scope);
  if (Array.isArray(items)) return items;
  throw runtimeError(`Reference path "${path}" must point to array.`);
}

function textAt(path: string, field: string, scope: Scope): string {
  const value = evaluateExpression(path, field, scope);
  return typeof value === "string" ? value : JSON.stringify(value);
}
