/** Reads properties of declared resources: what AWS would have answered, or else what was asked for. */
import type { GraphResource, Json } from "../graph";

/** "" when there is none. */
export function textOf(resource: GraphResource, property: string): string {
  const value = propertyOf(resource, property);
  return typeof value === "string" ? value : "";
}

export function listOf(resource: GraphResource, property: string): readonly Json[] {
  const value = propertyOf(resource, property);
  return Array.isArray(value) ? value : [];
}

/** The provider's default tags included. */
export function tagsOf(resource: GraphResource): Readonly<Record<string, string>> {
  const tags = propertyOf(resource, "tagsAll") ?? propertyOf(resource, "tags");
  if (typeof tags !== "object" || tags === null || Array.isArray(tags)) return {};
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, String(value)]));
}

export function propertyOf({ inputs, outputs }: GraphResource, property: string): Json | undefined {
  return outputs[property] ?? inputs[property];
}
