/**
 * What flows through a state: InputPath, Parameters, then the state's own result, ResultSelector, ResultPath, OutputPath.
 * The one place that knows the query language of a state.
 */
import type { Json } from "../../graph";
import { readPath, writePath } from "./json-path";
import { StateError, type Failure } from "./state-error";
import { evaluateTemplate, type Scope } from "./templates";

/** The fields that this file reads; every kind of state has some of them. */
interface FlowFields {
  readonly InputPath?: string | null;
  readonly Parameters?: Json;
  readonly ResultSelector?: Json;
  readonly ResultPath?: string | null;
  readonly OutputPath?: string | null;
}

/** Bytes of UTF-8 that the data of a state may have. @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const DATA_LIMIT_BYTES = 262_144;

/** The input that a state works on, before Parameters. */
export function effectiveInput(state: FlowFields, input: Json, context: Json): Json {
  return state.InputPath === null
    ? {}
    : state.InputPath === undefined
      ? input
      : readPath(state.InputPath, input, context);
}

/** Parameters applied to the effective input. */
export function applyParameters(state: FlowFields, scope: Scope): Json {
  return state.Parameters === undefined ? scope.data : evaluateTemplate(state.Parameters, scope);
}

/** The output of a state whose result is known. `input` is the raw input: ResultPath writes into that. */
export function outputOf(state: FlowFields, input: Json, result: Json, scope: Omit<Scope, "data">): Json {
  const selected =
    state.ResultSelector === undefined
      ? result
      : evaluateTemplate(state.ResultSelector, { ...scope, data: result });
  const combined = placeResult(state.ResultPath, input, selected);
  return throughOutputPath(state, combined, scope.context);
}

export function throughOutputPath(state: FlowFields, data: Json, context: Json): Json {
  return state.OutputPath === null
    ? {}
    : state.OutputPath === undefined
      ? data
      : readPath(state.OutputPath, data, context);
}

/** Null drops the result; `$`, the default, drops the input. */
export function placeResult(path: string | null | undefined, input: Json, result: Json): Json {
  if (path === null) return input;
  return path === undefined || path === "$" ? result : writePath(path, input, result);
}

/** What a Catch puts in the place of the result. */
export function errorOutput(failure: Failure): Json {
  return { Error: failure.error ?? "", Cause: failure.cause ?? "" };
}

/** `producer` is the state, or the resource that the task called. */
export function assertDataLimit(text: string, producer: string): void {
  // No text of n UTF-16 units has more than 3 n bytes: counting them is for the few that may be too long.
  if (text.length * 3 <= DATA_LIMIT_BYTES || Buffer.byteLength(text) <= DATA_LIMIT_BYTES) return;
  throw new StateError({
    error: "States.DataLimitExceeded",
    cause: `The state/task '${producer}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  });
}
