/** Reads a request of TestState: which state, with what data, and what stands in for its task. */
import type { Json } from "../../graph";
import { ServiceError } from "../service";
import type { Definition, JsonObject, State } from "./definition/asl";
import type { DefinitionReader } from "./definition/definition";
import { jsonProblem } from "./expressions/json-problem";
import { isObject } from "./expressions/json-path";
import { invalid, optionalText, text, type Request } from "./request";
import type { Failure } from "./state-error";
import { targetOf } from "./kinds/task";
import { createVariables, type Variables } from "./expressions/variables";

/** One state, and what it is tried with. */
export interface Test {
  readonly name: string;
  readonly state: State;
  /** A state machine around it. */
  readonly definition: Definition;
  readonly input: Json;
  readonly variables: Variables;
  /** What comes in place of a call. */
  readonly mock: { readonly result?: Json; readonly failure?: Failure } | null;
  /** How often the state was tried again before. */
  readonly retries: number;
}

/** Its name where it comes alone. */
const ALONE = "State";

/** Throws InvalidDefinition, InvalidExecutionInput, ValidationException. */
export function readTest(request: Request, read: DefinitionReader): Test {
  const given = text(request, "definition", [1, 1_048_576]);
  const name = optionalText(request, "stateName") ?? ALONE;
  const definition = read(name === ALONE && !isMachine(given) ? machineAround(given) : given);
  const state = definition.States[name];
  if (state === undefined) throw invalid(`The definition has no state '${name}': name one as stateName.`);
  const mock = mockOf(request);
  checkSupport(state, mock !== null);
  const configuration = (request["stateConfiguration"] ?? {}) as Request;
  const retries = configuration["retrierRetryCount"];
  return {
    ...{ name, state, definition, mock },
    input: jsonIn(request, "input") ?? {},
    variables: variablesIn(request),
    retries: typeof retries === "number" ? retries : 0,
  };
}

function isMachine(given: string): boolean {
  const value = parsed(given);
  return isObject(value) && "States" in value && "StartAt" in value;
}

/** States that it leads to need not be there: each is made up. What is no JSON the reader tells. */
function machineAround(given: string): string {
  const state = parsed(given);
  if (!isObject(state)) return given;
  const { QueryLanguage: language = "JSONPath" } = state;
  const ends = [...namesOfNext(state)].map((name) => [name, { Type: "Succeed" }]);
  const states = { ...Object.fromEntries(ends), [ALONE]: state };
  return JSON.stringify({ StartAt: ALONE, QueryLanguage: language, States: states });
}

function namesOfNext(value: Json): ReadonlySet<string> {
  const { Next: next, Default: otherwise, Catch: catchers, Choices: choices } = value as JsonObject;
  const below = [catchers, choices].flatMap((list) => (Array.isArray(list) ? list : [])).filter(isObject);
  const names = [next, otherwise, ...below.map((each) => each["Next"])];
  return new Set(names.filter((name) => typeof name === "string"));
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html */
function checkSupport(state: State, isMocked: boolean): void {
  const calls = state.Type === "Task" || state.Type === "Map" || state.Type === "Parallel";
  if (isMocked && !calls)
    throw invalid(`A mock can only be specified for Task, Map, or Parallel states, got ${state.Type}.`);
  if (isMocked) return;
  if (state.Type === "Map" || state.Type === "Parallel")
    throw invalid(`State type '${state.Type}' is not supported when a mock is not specified.`);
  if (state.Type !== "Task") return;
  const target = targetOf(state.Resource);
  const waits = typeof target === "object" && target !== null && target.pattern !== "request";
  if (target === "activity" || waits)
    throw invalid(`A Task state that calls ${state.Resource} is not supported when a mock is not specified.`);
}

function mockOf(request: Request): Test["mock"] {
  const mock = request["mock"] as Request | undefined;
  if (mock === undefined) return null;
  const errorOutput = mock["errorOutput"] as Request | undefined;
  if (errorOutput !== undefined) {
    if (mock["result"] !== undefined)
      throw invalid("A test mock can have only one of result and errorOutput.");
    const [error, cause] = [optionalText(errorOutput, "error"), optionalText(errorOutput, "cause")];
    return { failure: { error, cause } };
  }
  const result = jsonIn(mock, "result");
  if (result === undefined) throw invalid("A test mock must have a result or an errorOutput.");
  return { result };
}

function variablesIn(request: Request): Variables {
  const variables = createVariables();
  const given = jsonIn(request, "variables");
  if (given === undefined) return variables;
  if (!isObject(given)) throw invalid("The variables must be a JSON object.");
  variables.assign(given);
  return variables;
}

/** A field that holds JSON text. Throws InvalidExecutionInput, ValidationException. */
export function jsonIn(request: Request, field: string): Json | undefined {
  const given = optionalText(request, field);
  if (given === undefined) return undefined;
  const problem = jsonProblem(given);
  if (problem === null) return JSON.parse(given) as Json;
  if (field === "input")
    throw new ServiceError(
      "InvalidExecutionInput",
      `Invalid State Machine Execution Input: '${problem.message}'`,
    );
  throw invalid(`The ${field} is not JSON: ${problem.message}`);
}

function parsed(given: string): Json | undefined {
  try {
    return JSON.parse(given) as Json;
  } catch {
    return undefined;
  }
}
