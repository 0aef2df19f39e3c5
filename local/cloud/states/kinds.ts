/** What each kind of state does with its input, once. */
import type { Json } from "../../graph";
import type { ChoiceState, FailState, JsonObject, PassState, State } from "./asl";
import type { Branch, RunGraph } from "./branch";
import { runMap, runParallel } from "./branches";
import { chooseRule } from "./choice";
import { applyParameters, effectiveInput, outputOf, throughOutputPath } from "./data-flow";
import { StateError } from "./state-error";
import { runTask } from "./task";
import { evaluateExpression, type Scope } from "./templates";
import { waitFor } from "./wait";

/** `next` is null at the end of a graph. */
interface Attempt {
  readonly output: Json;
  readonly next: string | null;
}

/** One attempt at a state. Throws StateError when it fails. */
export async function attemptState(
  branch: Branch,
  name: string,
  state: State,
  input: Json,
  context: JsonObject,
  runGraph: RunGraph,
): Promise<Attempt> {
  const { random } = branch.surroundings;
  if (state.Type === "Fail") throw new StateError(failureOf(state, { data: input, context, random }), true);
  const scope = { data: effectiveInput(state, input, context), context, random };
  switch (state.Type) {
    case "Pass":
      return { output: outputOf(state, input, passResult(state, scope), scope), next: state.Next ?? null };
    case "Succeed":
      return { output: throughOutputPath(state, scope.data, context), next: null };
    case "Choice":
      return { output: throughOutputPath(state, scope.data, context), next: choose(state, scope) };
    case "Wait":
      await waitFor(branch, state, scope);
      return { output: throughOutputPath(state, scope.data, context), next: state.Next ?? null };
    case "Task": {
      const result = await runTask(branch, state, applyParameters(state, scope), scope);
      return { output: outputOf(state, input, result, scope), next: state.Next ?? null };
    }
    case "Map": {
      const result = await runMap(branch, name, state, scope, runGraph);
      return { output: outputOf(state, input, result, scope), next: state.Next ?? null };
    }
    case "Parallel": {
      const result = await runParallel(branch, state, applyParameters(state, scope), runGraph);
      return { output: outputOf(state, input, result, scope), next: state.Next ?? null };
    }
  }
}

function passResult(state: PassState, scope: Scope): Json {
  return state.Result === undefined ? applyParameters(state, scope) : state.Result;
}

function choose(state: ChoiceState, scope: Scope): string {
  const chosen = chooseRule(state.Choices, scope.data, scope.context)?.Next ?? state.Default;
  if (chosen !== undefined) return chosen;
  const cause = "Failed to transition out of the state. The state does not point to a next state.";
  throw new StateError({ error: "States.NoChoiceMatched", cause });
}

function failureOf(state: FailState, scope: Scope): { error: string | undefined; cause: string | undefined } {
  const read = (path: string | undefined, field: string): string | undefined =>
    path === undefined ? undefined : plain(evaluateExpression(path, field, scope));
  return {
    error: state.Error ?? read(state.ErrorPath, "ErrorPath"),
    cause: state.Cause ?? read(state.CausePath, "CausePath"),
  };
}

function plain(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
