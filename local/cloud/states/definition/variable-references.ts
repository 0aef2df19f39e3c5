/** Which variables each state of a definition reads, as DescribeStateMachine tells. */
import type { Json } from "../../../graph";
import type { JsonObject } from "./asl";
import { isObject } from "../expressions/json-path";

/** Undefined when no state reads any. */
export function variableReferences(definition: unknown): Record<string, string[]> | undefined {
  const states = new Map<string, JsonObject>();
  collect(definition as Json, states);
  const assigned = new Set([...states.values()].flatMap(assignedBy));
  const references: Record<string, string[]> = {};
  for (const [name, state] of states) {
    const read = new Set(expressionsOf(state).flatMap((expression) => variablesIn(expression, assigned)));
    if (read.size > 0) references[name] = [...read].sort();
  }
  return Object.keys(references).length === 0 ? undefined : references;
}

/** Every state at any depth. */
function collect(value: Json, found: Map<string, JsonObject>): void {
  if (!isObject(value)) return;
  const states = value["States"];
  if (!isObject(states)) return;
  for (const [name, state] of Object.entries(states)) {
    if (!isObject(state)) continue;
    found.set(name, state);
    for (const field of ["ItemProcessor", "Iterator"]) collect(state[field] ?? null, found);
    const branches = state["Branches"];
    if (Array.isArray(branches)) for (const branch of branches) collect(branch, found);
  }
}

function assignedBy(state: JsonObject): readonly string[] {
  const rules = [state["Choices"], state["Catch"]].flatMap((list) => (Array.isArray(list) ? list : []));
  return [state, ...rules.filter((rule) => isObject(rule))].flatMap((holder) => {
    const assign = holder["Assign"];
    return isObject(assign) ? Object.keys(assign).map((name) => name.replace(/\.\$$/, "")) : [];
  });
}

/** The texts of a state that are evaluated, without those of the states within it. */
function expressionsOf(value: Json, field = ""): readonly string[] {
  if (typeof value === "string") {
    const isPath = field.endsWith(".$") || field.endsWith("Path") || field === "Variable";
    const isQuery = value.startsWith("{%") && value.endsWith("%}");
    return isPath || isQuery ? [value] : [];
  }
  if (Array.isArray(value)) return value.flatMap((item) => expressionsOf(item, field));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    ["ItemProcessor", "Iterator", "Branches"].includes(key) ? [] : expressionsOf(inner, key),
  );
}

function variablesIn(expression: string, assigned: ReadonlySet<string>): readonly string[] {
  const names = [...expression.matchAll(/\$([A-Za-z_][A-Za-z0-9_]*)/g)].map((match) => match[1] ?? "");
  return names.filter((name) => assigned.has(name));
}
