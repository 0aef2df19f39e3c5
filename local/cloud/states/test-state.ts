/**
 * TestState: one state, tried without a state machine, or one of a state machine, with its task called or mocked.
 * https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
 */
import { randomUUID } from "node:crypto";
import type { Json } from "../../graph";
import type { Operation } from "../service";
import type { JsonObject, State, TaskState } from "./definition/asl";
import type { Branch } from "./branch";
import { newCheckpoint } from "./executions/checkpoint";
import type { DefinitionReader } from "./definition/definition";
import type { RunOptions } from "./executions/execution-run";
import { createHistory } from "./executions/history";
import { isObject } from "./expressions/json-path";
import { attemptState } from "./kinds/kinds";
import { createQuery, type Query, type QuerySetting } from "./expressions/query";
import { flag, invalid, oneOf, optionalText, text, type Request } from "./request";
import { decideRetry, findCatcher } from "./kinds/retry";
import { StateError, type Failure } from "./state-error";
import { runTask } from "./kinds/task";
import { jsonIn, readTest, type Test } from "./tested-state";

const LEVELS = ["INFO", "DEBUG", "TRACE"] as const;

export function testStateOperation(options: RunOptions, read: DefinitionReader): Operation {
  return {
    needs: (request) => {
      const roleArn = optionalText(request, "roleArn");
      return [
        { action: "states:TestState", resource: "*" },
        ...(roleArn === undefined ? [] : [{ action: "iam:PassRole", resource: roleArn, context: TO_STATES }]),
        ...(flag(request, "revealSecrets", false) ? [{ action: "states:RevealSecrets", resource: "*" }] : []),
      ];
    },
    async run(request, { signal }) {
      const level = oneOf(optionalText(request, "inspectionLevel") ?? "INFO", "inspectionLevel", LEVELS);
      const test = readTest(request, read);
      const { branch, context } = surroundingsOf(test, request, options, signal);
      const { inspection, ...answer } = await tryState(test, branch, context);
      return level === "INFO" ? answer : { ...answer, inspectionData: inspection };
    },
  };
}

const TO_STATES = { "iam:PassedToService": "states.amazonaws.com" };

interface Tried {
  readonly status: "SUCCEEDED" | "FAILED" | "RETRIABLE" | "CAUGHT_ERROR";
  readonly output?: string;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  readonly nextState?: string;
  readonly inspection: object;
}

async function tryState(test: Test, branch: Branch, context: JsonObject): Promise<Tried> {
  const { state, input } = test;
  const setting = { state, input, context, variables: branch.variables, random: branch.surroundings.random };
  const inspection: Record<string, unknown> = { input: JSON.stringify(input) };
  try {
    const { output, next, assigned } = await attempt(test, branch, setting, inspection);
    if (assigned !== null) branch.variables.assign(assigned);
    return {
      status: "SUCCEEDED",
      output: JSON.stringify(output),
      ...(next === null ? {} : { nextState: next }),
      inspection: withVariables(inspection, branch),
    };
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    return failed(test, error.failure, createQuery(setting), inspection, branch);
  }
}

async function attempt(
  test: Test,
  branch: Branch,
  setting: QuerySetting,
  inspection: Record<string, unknown>,
): Promise<{ readonly output: Json; readonly next: string | null; readonly assigned: JsonObject | null }> {
  const { state, name, input, mock } = test;
  if (state.Type !== "Task" && state.Type !== "Pass" && mock === null)
    return attemptState(branch, name, state, input, setting.context, () =>
      Promise.reject(new Error(`A ${state.Type} without a mock passed the check of TestState.`)),
    );
  const query = createQuery(setting);
  await inspectInput(setting, query, inspection);
  if (mock?.failure !== undefined) throw new StateError(mock.failure);
  const result = mock?.result ?? (await resultOf(state, branch, query));
  inspection["result"] = JSON.stringify(result);
  await inspectResult(setting, result, inspection);
  const { output, assigned } = await query.finish(result);
  return { output, assigned, next: ("Next" in state ? state.Next : undefined) ?? null };
}

async function resultOf(state: State, branch: Branch, query: Query): Promise<Json> {
  return state.Type === "Pass" ? query.payload() : runTask(branch, state as TaskState, query, null);
}

/** What each field makes of the data is what comes out without those behind it. */
async function inspectInput(
  setting: QuerySetting,
  query: Query,
  inspection: Record<string, unknown>,
): Promise<void> {
  if (query.language === "JSONata") {
    inspection["afterArguments"] = JSON.stringify(await query.payload());
    return;
  }
  const plain = createQuery({ ...setting, state: without(setting.state, "Parameters", "Result") });
  inspection["afterInputPath"] = JSON.stringify(await plain.payload());
  inspection["afterParameters"] = JSON.stringify(await query.payload());
}

async function inspectResult(
  setting: QuerySetting,
  result: Json,
  inspection: Record<string, unknown>,
): Promise<void> {
  if (setting.state.QueryLanguage === "JSONata") return;
  const finish = async (...fields: string[]): Promise<string> => {
    const state = without(setting.state, ...fields);
    return JSON.stringify((await createQuery({ ...setting, state }).finish(result)).output);
  };
  inspection["afterResultSelector"] = await finish("ResultPath", "OutputPath", "Assign");
  inspection["afterResultPath"] = await finish("OutputPath", "Assign");
}

function without(state: State, ...fields: readonly string[]): State {
  return Object.fromEntries(
    Object.entries(state).filter(([field]) => !fields.includes(field)),
  ) as unknown as State;
}

async function failed(
  { state, retries }: Test,
  failure: Failure,
  query: Query,
  inspection: Record<string, unknown>,
  branch: Branch,
): Promise<Tried> {
  const { error, cause } = failure;
  const retriers = "Retry" in state ? (state.Retry ?? []) : [];
  const catchers = "Catch" in state ? (state.Catch ?? []) : [];
  const counts = retriers.map(() => retries);
  // Without jitter: what is told is the interval itself.
  const retry = decideRetry(retriers, counts, failure, () => 1);
  if (retry !== null) {
    const retryIndex = retry.counts.findIndex((count) => count > retries);
    const errorDetails = { retryIndex, retryBackoffIntervalSeconds: retry.delayMs / 1000 };
    return { status: "RETRIABLE", error, cause, inspection: { ...inspection, errorDetails } };
  }
  const catcher = findCatcher(catchers, failure);
  if (catcher === null) return { status: "FAILED", error, cause, inspection };
  const { output, assigned } = await query.caught(catcher, failure);
  if (assigned !== null) branch.variables.assign(assigned);
  const errorDetails = { catchIndex: catchers.indexOf(catcher) };
  return {
    ...{ status: "CAUGHT_ERROR", output: JSON.stringify(output), error, cause, nextState: catcher.Next },
    inspection: { ...withVariables(inspection, branch), errorDetails },
  };
}

function withVariables(inspection: Record<string, unknown>, { variables }: Branch): object {
  const visible = variables.visible();
  return Object.keys(visible).length === 0
    ? inspection
    : { ...inspection, variables: JSON.stringify(visible) };
}

/** What the state reaches beyond its own data: as in an execution, of a state machine that there is not. */
function surroundingsOf(
  { state, name, input, definition, variables }: Test,
  request: Request,
  { clock, surroundings, invoker }: RunOptions,
  signal: AbortSignal,
): { readonly branch: Branch; readonly context: JsonObject } {
  const { region, accountId } = surroundings;
  const roleArn = optionalText(request, "roleArn") ?? "";
  if (state.Type === "Task" && roleArn === "" && request["mock"] === undefined)
    throw invalid("A Task state is tested as a role: roleArn must be given, or a mock.");
  const nowMs = clock.now();
  const prefix = `arn:aws:states:${region}:${accountId}`;
  const arn = `${prefix}:stateMachine:test-state`;
  const executionArn = `${prefix}:execution:test-state:${randomUUID()}`;
  const logging = { level: "OFF", includeExecutionData: false } as const;
  const revision = {
    key: executionArn,
    id: null,
    text: text(request, "definition"),
    definition,
    sinceMs: nowMs,
    roleArn,
    logging,
    tracing: false,
  };
  const machine = {
    ...{ arn, name: "test-state", type: "STANDARD" as const, createdMs: nowMs, revision, lastVersion: 0 },
    versions: new Map(),
    aliases: new Map(),
  };
  const caller = { arn: roleArn };
  const started = new Date(nowMs).toISOString();
  const context = contextIn(request) ?? {
    Execution: {
      Id: executionArn,
      Input: input,
      StartTime: started,
      Name: "test-state",
      RoleArn: roleArn,
      RedriveCount: 0,
    },
    StateMachine: { Id: arn, Name: "test-state" },
    State: { EnteredTime: started, Name: name },
  };
  const branch: Branch = {
    surroundings: {
      ...surroundings,
      clock,
      caller,
      machineArn: arn,
      startChild: () => {
        throw new Error("A Map without a mock passed the check of TestState.");
      },
      childrenOf: () => new Map(),
      execution: { arn: executionArn, target: { machine, revision, version: null, alias: null } },
      invoke: (functionArn, payload, whileWanted, { as = caller, requestId }) =>
        invoker.invoke(functionArn, payload, as, whileWanted, requestId),
    },
    history: createHistory({ events: [], characters: 0, logKeys: new Map() }, clock, () => undefined, null),
    path: "",
    left: null,
    checkpoint: newCheckpoint(variables),
    variables,
    context,
    signal,
    previousEventId: 0,
    running: state.Type,
    lastText: null,
  };
  return { branch, context };
}

function contextIn(request: Request): JsonObject | null {
  const given = jsonIn(request, "context");
  if (given === undefined || isObject(given)) return given ?? null;
  throw invalid("The context must be a JSON object.");
}
