/** Walks a state machine's definition: every state, however deep in maps and parallel branches. */
import { each, type Properties, together, type Value } from "./known";
import { document, list, object, text } from "./values";

/** Applies `check` to each state of the definition; text that is no definition has none. */
export function eachState<Found>(
  definition: Value,
  check: (state: Properties, name: string) => readonly Found[],
): readonly Found[] {
  const machine = document(definition);
  return machine === undefined ? [] : eachStateOf(machine, check);
}

function eachStateOf<Found>(
  machine: Properties,
  check: (state: Properties, name: string) => readonly Found[],
): readonly Found[] {
  const states = object(machine.States);
  return each(Object.keys(states), (name) => {
    const state = object(states[name]);
    const inner = [...list(state.Branches), ...list(state.ItemProcessor), ...list(state.Iterator)].map(
      object,
    );
    return together(
      () => check(state, name),
      () => each(inner, (machine) => eachStateOf(machine, check)),
    );
  });
}

export function isTask(state: Properties): boolean {
  return state.Type === "Task";
}

/** The ARN of the activity that a state calls, or null. */
export function activityOf(state: Properties): string | null {
  const resource = text(state.Resource);
  return isTask(state) && /^arn:[^:]+:states:[^:]+:\d*:activity:/.test(resource) ? resource : null;
}

/** Every text of a value, with the name of the property that holds it. */
export function texts(value: Value, name = ""): readonly (readonly [name: string, text: string])[] {
  if (typeof value === "string") return [[name, value]];
  if (Array.isArray(value)) return (value as readonly Value[]).flatMap((inner) => texts(inner, name));
  const properties = object(value);
  return Object.keys(properties).flatMap((key) => texts(properties[key], key));
}
