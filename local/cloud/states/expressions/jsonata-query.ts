/**
 * States in JSONata: Arguments, Output and Assign, over `$states` and the variables.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
import type { Json } from "../../../graph";
import type { Catcher, ChoiceState, FailState, JsonObject, Leaving, MapState } from "../definition/asl";
import { errorOutput } from "./data-flow";
import { evaluateArguments, evaluateJsonata, expressionIn, queryError, subject, typeName } from "./jsonata";
import type { FieldValue, Left, Query, QuerySetting } from "./query";

export function createJsonataQuery({ state, input, context, variables }: QuerySetting): Query {
  const bindings = (more: JsonObject, moreContext?: JsonObject): JsonObject => ({
    ...variables.visible(),
    states: {
      input,
      context: moreContext === undefined ? context : { ...context, ...moreContext },
      ...more,
    },
  });

  async function leave(by: Leaving, otherwise: Json, more: JsonObject): Promise<Left> {
    // Both see the variables as they were: what is assigned is there for the next state.
    const bound = bindings(more);
    const assigned =
      by.Assign === undefined ? null : ((await evaluateArguments(by.Assign, bound, "Assign")) as JsonObject);
    const output = by.Output === undefined ? otherwise : await evaluateArguments(by.Output, bound, "Output");
    return { output, assigned };
  }

  async function fieldOf(
    name: string,
    holder: object = state,
    location = name,
  ): Promise<FieldValue | undefined> {
    const value = (holder as JsonObject)[name];
    const source = typeof value === "string" ? expressionIn(value) : null;
    if (value === undefined || source === null) return value === undefined ? undefined : { value, source };
    return { value: await evaluateJsonata(source, bindings({}), location), source };
  }

  return {
    language: "JSONata",
    payload: () =>
      "Arguments" in state && state.Arguments !== undefined
        ? evaluateArguments(state.Arguments, bindings({}), "Arguments")
        : input,
    field: fieldOf,
    peek: () => undefined,
    read: (path) => {
      throw new Error(`A path, ${path}, in a state of JSONata passed the check at creation.`);
    },
    template: (template, location, more) => evaluateArguments(template, bindings({}, more), location),
    items: () => itemsOf(state as MapState, input, bindings({})),
    choose: () => choose(state as ChoiceState, bindings({})),
    async text(field) {
      const found = await fieldOf(field, state as FailState);
      return found === undefined ? undefined : ofType("string", found, field);
    },
    finish: (result) => leave(state as Leaving, result, state.Type === "Pass" ? {} : { result }),
    pass: (by) => leave(by, input, {}),
    caught(catcher: Catcher, failure) {
      const error = errorOutput(failure);
      return leave(catcher, error, { errorOutput: error });
    },
  };
}

async function itemsOf(state: MapState, input: Json, bindings: JsonObject): Promise<readonly Json[]> {
  if (state.Items === undefined) {
    if (Array.isArray(input)) return input;
    throw queryError(`Map state input must be an array but was: ${JSON.stringify(input)}`);
  }
  const source = typeof state.Items === "string" ? expressionIn(state.Items) : null;
  const value = await evaluateArguments(state.Items, bindings, "Items");
  if (Array.isArray(value)) return value;
  throw unexpected("array", { value, source }, "Items");
}

async function choose(
  state: ChoiceState,
  bindings: JsonObject,
): Promise<ChoiceState["Choices"][number] | null> {
  for (const [index, rule] of state.Choices.entries()) {
    const location = `Choices[${String(index)}]/Condition`;
    const condition = rule.Condition ?? false;
    const source = typeof condition === "string" ? expressionIn(condition) : null;
    const value = source === null ? condition : await evaluateJsonata(source, bindings, location);
    if (ofType("boolean", { value, source }, location)) return rule;
  }
  return null;
}

type Named = { readonly boolean: boolean; readonly number: number; readonly string: string };

/** The value, when it is of the type that the field needs. */
export function ofType<T extends keyof Named>(type: T, found: FieldValue, field: string): Named[T] {
  if (typeName(found.value) === type) return found.value as Named[T];
  throw unexpected(type, found, field);
}

function unexpected(type: string, { value, source }: FieldValue, field: string): Error {
  const was = `Expected '${type}', but was '${typeName(value)}' for value: ${JSON.stringify(value)}`;
  return source === null
    ? queryError(`The field '${field}' has an unexpected type. ${was}`, field)
    : queryError(`${subject(source, field)} returned an unexpected result type. ${was}`, field);
}
