/** Runs states one after another: enter, attempt, retry or catch, exit. What each kind of state does is elsewhere. */
import type { Json } from "../../graph";
import type { Catcher, JsonObject, Retrier, State, StateGraph } from "./definition/asl";
import { appendEvent, note, textOf, type Branch, type BranchEnd } from "./branch";
import type { StateRestart } from "./executions/checkpoint";
import { assertDataLimit } from "./expressions/data-flow";
import type { Details } from "./executions/history";
import { attemptState } from "./kinds/kinds";
import { createQuery, type Left } from "./expressions/query";
import { decideRetry, findCatcher, type RetryCounts } from "./kinds/retry";
import { StateError, type Failure } from "./state-error";
import { sleep } from "./waiting";

type Step = { readonly kind: "next"; readonly name: string; readonly output: Json } | BranchEnd;

/** Rejects with Aborted or HistoryFull; every failure of a state is a value. */
export async function runGraph(branch: Branch, graph: StateGraph, input: Json): Promise<BranchEnd> {
  const { restart, position } = branch.checkpoint;
  branch.checkpoint.restart = null;
  if (restart !== null) branch.previousEventId = restart.previousEventId;
  if (restart?.at === "end") return { kind: "succeeded", output: restart.output };
  const begin = restart?.at === "transition" ? restart : position;
  let resumed = restart?.at === "transition" ? null : position;
  let within = restart?.at === "state" ? restart : null;
  let name = begin?.name ?? graph.StartAt;
  let data = begin === null ? input : begin.input;
  for (;;) {
    const state = graph.States[name];
    if (state === undefined)
      throw new Error(`There is no state '${name}'; the check at creation let that pass.`);
    const beforeId = within?.beforeId ?? branch.previousEventId;
    // A redriven state was entered already: AWS says that it schedules it again, not that it enters it again.
    if (resumed === null) enter(branch, name, state, data);
    resumed = null;
    const step = await runState(branch, name, state, data, beforeId, within);
    within = null;
    if (step.kind !== "next") return step;
    name = step.name;
    data = step.output;
  }
}

function enter(branch: Branch, name: string, state: State, input: Json): void {
  appendEvent(branch, `${state.Type}StateEntered`, { name, input: textOf(branch, input) });
  branch.checkpoint.position = { name, input, parts: new Map() };
}

async function runState(
  branch: Branch,
  name: string,
  state: State,
  input: Json,
  beforeId: number,
  restart: StateRestart | null,
): Promise<Step> {
  const { clock, random } = branch.surroundings;
  branch.running = state.Type;
  const enteredId = restart?.enteredId ?? branch.previousEventId;
  const entered: JsonObject = {
    EnteredTime: new Date(restart?.enteredMs ?? clock.now()).toISOString(),
    Name: name,
  };
  let counts: RetryCounts = restart?.counts ?? [];
  if (restart !== null) await resumeAttempt(branch, restart);
  for (let retries = restart?.retries ?? 0; ; retries++) {
    const context = {
      ...branch.context,
      State: "Retry" in state ? { ...entered, RetryCount: retries } : entered,
    };
    try {
      const { next, ...left } = await attemptState(branch, name, state, input, context, runGraph);
      return exit(branch, name, state, left, next);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      const failure = located(error, name, enteredId);
      const misread = failure.error === "States.QueryEvaluationError" && !error.located;
      if (misread) {
        // A state that has done nothing yet counts as not entered, as AWS writes it; a Wait counts as entered.
        if (branch.previousEventId === enteredId && state.Type !== "Wait") branch.previousEventId = beforeId;
        appendEvent(branch, "EvaluationFailed", { ...evaluationOf(failure), state: name });
      }
      const retry = decideRetry(retriers(state), counts, failure, random);
      if (retry === null)
        return await fail(branch, name, state, input, context, failure, error.located || misread);
      counts = retry.counts;
      branch.checkpoint.position?.parts.clear();
      const { previousEventId } = branch;
      const untilMs = clock.now() + retry.delayMs;
      note(branch, { kind: "retry", counts, retries: retries + 1, untilMs, previousEventId });
      await sleep(clock, retry.delayMs, branch.signal);
    }
  }
}

/** What the present attempt did before the restart it takes from there; one that had not begun waits for its time. */
async function resumeAttempt(branch: Branch, { entries, retries, attemptMs }: StateRestart): Promise<void> {
  const { clock } = branch.surroundings;
  branch.left = entries.length === 0 ? null : [...entries];
  if (entries.length === 0 && retries > 0) await sleep(clock, attemptMs - clock.now(), branch.signal);
}

function exit(
  branch: Branch,
  name: string,
  state: State,
  { output, assigned }: Left,
  next: string | null,
): Step {
  const text = textOf(branch, output);
  assertDataLimit(text, name);
  if (assigned !== null) branch.variables.assign(assigned);
  appendEvent(branch, `${state.Type}StateExited`, { name, output: text, ...written(assigned) }, { next });
  branch.running = null;
  return next === null ? { kind: "succeeded", output } : { kind: "next", name: next, output };
}

/** Each variable by its JSON text. */
function written(assigned: JsonObject | null): Details {
  if (assigned === null || Object.keys(assigned).length === 0) return {};
  const texts = Object.entries(assigned).map(([name, value]) => [name, JSON.stringify(value)] as const);
  return { assignedVariables: Object.fromEntries(texts) };
}

function evaluationOf({ error, cause, location }: Failure): Details {
  return { error, cause, location };
}

/** Caught, or the end of the branch. `begun`: the failure came after the state had begun, and has an event of its own. */
async function fail(
  branch: Branch,
  name: string,
  state: State,
  input: Json,
  context: JsonObject,
  failure: Failure,
  begun: boolean,
): Promise<Step> {
  if (begun && (state.Type === "Map" || state.Type === "Parallel"))
    appendEvent(branch, `${state.Type}StateFailed`);
  const catcher = findCatcher(catchers(state), failure);
  if (catcher === null) return { kind: "failed", failure };
  try {
    const { variables, surroundings } = branch;
    const query = createQuery({ state, input, context, variables, random: surroundings.random });
    return exit(branch, name, state, await query.caught(catcher, failure), catcher.Next);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    return { kind: "failed", failure: error.failure };
  }
}

const LOCATED: ReadonlySet<string> = new Set([
  "States.Runtime",
  "States.IntrinsicFailure",
  "States.QueryEvaluationError",
]);

/** Errors of a definition against its data say where they arose, as AWS's do. */
function located(error: StateError, name: string, enteredId: number): Failure {
  const { failure } = error;
  if (error.located || !LOCATED.has(failure.error ?? "")) return failure;
  const where = `An error occurred while executing the state '${name}' (entered at the event id #${String(enteredId)}).`;
  return { ...failure, cause: `${where} ${failure.cause ?? ""}` };
}

function retriers(state: State): readonly Retrier[] {
  return "Retry" in state ? (state.Retry ?? []) : [];
}

function catchers(state: State): readonly Catcher[] {
  return "Catch" in state ? (state.Catch ?? []) : [];
}
