import type { GraphResource, Json } from "../../local/graph";
import { RULES } from "../../policies/rules";
import { CASES } from "./cases/all";
import { graphOf } from "./cases/case";
import { judge } from "./judge";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const ODD: readonly Json[] = [
  null,
  "",
  "x",
  "{}",
  "[",
  7,
  true,
  [],
  [null],
  ["x"],
  {},
  { "": null },
  UNKNOWN,
];

/** Every place within a value, as a path. */
function places(value: Json, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))];
}

function put(value: Json, [key, ...rest]: readonly string[], odd: Json): Json {
  if (key === undefined) return odd;
  const copy = structuredClone(value) as Record<string, Json>;
  copy[key] = put(copy[key] ?? null, rest, odd);
  return copy;
}

it.each(CASES)("$rule takes whatever shape a program gives a value", ({ rule, valid, settings }) => {
  const rules = RULES.filter(({ id }) => id === rule);
  for (const target of valid) {
    for (const place of places(target.inputs as Json).filter(({ length }) => length > 0)) {
      for (const odd of ODD) {
        const changed: GraphResource = {
          ...target,
          inputs: put(target.inputs as Json, place, odd) as GraphResource["inputs"],
          outputs: {
            ...target.outputs,
            ...(put(target.inputs as Json, place, odd) as GraphResource["inputs"]),
          },
        };
        const resources = valid.map((each) => (each === target ? changed : each));
        expect(() => judge(graphOf(resources), rules, { ...settings })).not.toThrow();
      }
    }
  }
});
