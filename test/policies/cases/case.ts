/** How a rule's test is written down: a small stack that is valid, and one property at a time that breaks it. */
import type { Graph, GraphResource, Json } from "../../../local/graph";
import { handMadeGraph, recorded } from "../../hand-made-graph";

export type Inputs = Readonly<Record<string, Json>>;

/** Changes one property of one resource: the first part of the path is the resource's name. */
export type Break = (resources: readonly GraphResource[]) => readonly GraphResource[];

export interface Case {
  readonly rule: string;
  readonly valid: readonly GraphResource[];
  /** What is broken, in words, and how. */
  readonly breaks: Readonly<Record<string, Break>>;
  /** Other ways of being valid. */
  readonly alsoValid?: Readonly<Record<string, Break>>;
  readonly settings?: Readonly<Record<string, string>>;
}

const ACCOUNT = "123456789012";
export const PARENT = "urn:pulumi:prod::tests::pulumi:pulumi:Stack::tests-prod";

/** A resource as AWS would have answered it; `arn` and `name` come of the logical name. */
export function resource(
  type: string,
  name: string,
  inputs: Inputs = {},
  options: Partial<Pick<GraphResource, "ignoreChanges" | "parent" | "custom">> = {},
): GraphResource {
  const service = type.split(":")[1]?.split("/")[0] ?? "x";
  const inputsWithTags = type.startsWith("aws:") ? inputs : {};
  return recorded(type, name, inputs, {
    urn: `urn:pulumi:prod::tests::${type}::${name}`,
    parent: PARENT,
    outputs: { arn: arn(service, name), name, ...inputsWithTags },
    ...options,
  });
}

export function arn(service: string, name: string): string {
  return `arn:aws:${service}:eu-west-1:${ACCOUNT}:${name}`;
}

/** `set("shop.imageTagMutability", "MUTABLE")`; numbers are places in lists. */
export function set(path: string, value: Json): Break {
  return edit(path, (holder, key) => {
    holder[key] = value;
  });
}

export function unset(path: string): Break {
  return edit(path, (holder, key) => {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else Reflect.deleteProperty(holder, key);
  });
}

/** Takes a resource out of the stack. */
export function without(name: string): Break {
  return (resources) => resources.filter((each) => each.name !== name);
}

/** Takes away the options of a resource. */
export function withoutIgnoreChanges(name: string): Break {
  return (resources) => resources.map((each) => (each.name === name ? { ...each, ignoreChanges: [] } : each));
}

function edit(path: string, change: (holder: Record<string, Json>, key: string) => void): Break {
  const [name, ...keys] = path.split(".");
  return (resources) => {
    if (!resources.some((each) => each.name === name)) throw new Error(`There is no ${path}.`);
    return resources.map((each) => {
      if (each.name !== name) return each;
      const apply = (properties: Inputs): Inputs => {
        const copy = structuredClone(properties) as Record<string, Json>;
        const last = keys.at(-1);
        if (last === undefined) throw new Error(`${path} names no property.`);
        const holder = keys.slice(0, -1).reduce<Record<string, Json>>((inner, key) => {
          const next = inner[key];
          if (typeof next !== "object" || next === null) throw new Error(`${path}: there is no ${key}.`);
          return next as Record<string, Json>;
        }, copy);
        change(holder, last);
        return copy;
      };
      return { ...each, inputs: apply(each.inputs), outputs: apply(each.outputs) };
    });
  };
}

export function graphOf(resources: readonly GraphResource[]): Graph {
  return handMadeGraph(resources, "tests", "prod");
}
