/** Runs states one after another: enter, attempt, retry or catch, exit. What each kind of state does is elsewhere. */
import type { Json } from "../../graph";
import type { Catcher, JsonObject, Retrier, State, StateGraph } from "./asl";
import { appendEvent, textOf, type Branch, type BranchEnd } from "./branch";
import { assertDataLimit, errorOutput, placeResult } from "./data-flow";
import { attemptState } from "./kinds";
import { decideRetry, findCatcher, type RetryCounts } from "./retry";
import { StateError, type Failure } from "./state-error";
import { sleep } from "./waiting";

type Step = { readonly kind: "next"; readonly name: string; readonly output: Json } | BranchEnd;

/** Rejects with Aborted or HistoryFull; every failure of a state is a value. */
export async function runGraph(branch: Branch, graph: StateGraph, input: Json): Promise<BranchEnd> {
  let name = graph.StartAt;
  let data = input;
  for (;;) {
    const state = graph.States[name];
    if (state === undefined)
      throw new Error(`There is no state '${name}'; the check at creation let that pass.`);
    const step = await runState(branch, name, state, data);
    if (step.kind !== "next") return step;
    name = step.name;
    data = step.output;
  }
}

async function runState(branch: Branch, name: string, state: State, input: Json): Promise<Step> {
  appendEvent(branch, `${state.Type}StateEntered`, { name, input: textOf(branch, input) });
  branch.running = state.Type;
  const enteredId = branch.previousEventId;
  const entered: JsonObject = {
    EnteredTime: new Date(branch.surroundings.clock.now()).toISOString(),
    Name: name,
  };
  let counts: RetryCounts = [];
  for (let retries = 0; ; retries++) {
    const context = {
      ...branch.context,
      State: "Retry" in state ? { ...entered, RetryCount: retries } : entered,
    };
    try {
      const { output, next } = await attemptState(branch, name, state, input, context, runGraph);
      return exit(branch, name, state, output, next);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      const failure = located(error, name, enteredId);
      const retry = decideRetry(retriers(state), counts, failure, branch.surroundings.random);
      if (retry === null) return fail(branch, name, state, input, failure, error.located);
      counts = retry.counts;
      await sleep(branch.surroundings.clock, retry.delayMs, branch.signal);
    }
  }
}

function exit(branch: Branch, name: string, state: State, output: Json, next: string | null): Step {
  const text = textOf(branch, output);
  assertDataLimit(text, name);
  appendEvent(branch, `${state.Type}StateExited`, { name, output: text });
  branch.running = null;
  return next === null ? { kind: "succeeded", output } : { kind: "next", name: next, output };
}

/** Caught, or the end of the branch. `inside`: the failure came out of a Map's or Parallel's own branches. */
function fail(
  branch: Branch,
  name: string,
  state: State,
  input: Json,
  failure: Failure,
  inside: boolean,
): Step {
  if (inside && (state.Type === "Map" || state.Type === "Parallel"))
    appendEvent(branch, `${state.Type}StateFailed`);
  const catcher = findCatcher(catchers(state), failure);
  if (catcher === null) return { kind: "failed", failure };
  try {
    return exit(
      branch,
      name,
      state,
      placeResult(catcher.ResultPath, input, errorOutput(failure)),
      catcher.Next,
    );
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    return { kind: "failed", failure: error.failure };
  }
}

/** Errors of a definition against its data say where they arose, as AWS's do. */
function located(error: StateError, name: string, enteredId: number): Failure {
  const { failure } = error;
  if (error.located || (failure.error !== "States.Runtime" && failure.error !== "States.IntrinsicFailure"))
    return failure;
  const where = `An error occurred while executing the state '${name}' (entered at the event id #${String(enteredId)}).`;
  return { ...failure, cause: `${where} ${failure.cause ?? ""}` };
}

function retriers(state: State): readonly Retrier[] {
  return "Retry" in state ? (state.Retry ?? []) : [];
}

function catchers(state: State): readonly Catcher[] {
  return "Catch" in state ? (state.Catch ?? []) : [];
}
