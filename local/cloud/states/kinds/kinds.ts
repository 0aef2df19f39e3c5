/** What each kind of state does with its input, once. */
import type { Json } from "../../../graph";
import type { ChoiceState, JsonObject, State } from "../definition/asl";
import type { Branch, RunGraph } from "../branch";
import { runMap, runParallel } from "./branches";
import { createQuery, type Left, type Query } from "../expressions/query";
import { StateError } from "../state-error";
import { runTask, tokenFor } from "./task";
import { waitFor } from "./wait";

/** `next` is null at the end of a graph. */
interface Attempt extends Left {
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
  const token = state.Type === "Task" ? tokenFor(branch, state) : null;
  const query = createQuery({
    state,
    input,
    context: token === null ? context : { ...context, Task: { Token: token } },
    variables: branch.variables,
    random: branch.surroundings.random,
  });
  switch (state.Type) {
    case "Fail":
      throw await failureOf(query);
    case "Choice":
      return choose(state, query);
    case "Succeed":
      return { ...(await query.pass(state)), next: null };
    case "Wait":
      await waitFor(branch, state, query);
      return { ...(await query.pass(state)), next: state.Next ?? null };
    case "Pass":
    case "Task":
    case "Map":
    case "Parallel": {
      const result = await resultOf(branch, name, state, query, token, runGraph);
      return { ...(await query.finish(result)), next: state.Next ?? null };
    }
  }
}

type Producing = Exclude<State, { Type: "Fail" | "Choice" | "Succeed" | "Wait" }>;

async function resultOf(
  branch: Branch,
  name: string,
  state: Producing,
  query: Query,
  token: string | null,
  runGraph: RunGraph,
): Promise<Json> {
  switch (state.Type) {
    case "Pass":
      return query.payload();
    case "Task":
      return runTask(branch, state, query, token);
    case "Map":
      return runMap(branch, name, state, query, runGraph);
    case "Parallel":
      return runParallel(branch, state, await query.payload(), runGraph);
  }
}

async function choose(state: ChoiceState, query: Query): Promise<Attempt> {
  const rule = await query.choose();
  const next = rule?.Next ?? state.Default;
  if (next !== undefined) return { ...(await query.pass(rule ?? state)), next };
  const cause = "Failed to transition out of the state. The state does not point to a next state.";
  throw new StateError({ error: "States.NoChoiceMatched", cause });
}

async function failureOf(query: Query): Promise<StateError> {
  return new StateError({ error: await query.text("Error"), cause: await query.text("Cause") }, true);
}
