/** Reads what the local cloud needs of a resource, by schema: a resource that says it otherwise is named, not guessed at. */
import type { z } from "zod";
import { UNKNOWN, type GraphResource } from "../graph";

/** What cannot be run here, in words for the list of resources. Expected: such a resource is recorded, not realised. */
export interface NotRunnable {
  readonly why: string;
}

/** The resource's inputs, completed by its outputs, as `schema` parses them; or why they can't be. */
export function propertiesOf<T>(resource: GraphResource, schema: z.ZodType<T>): T | NotRunnable {
  const parsed = schema.safeParse({ ...resource.inputs, ...known(resource.outputs) });
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  return { why: `the local cloud can't read it: ${wrong.join("; ")}` };
}

export function isNotRunnable(value: object | NotRunnable): value is NotRunnable {
  return "why" in value;
}

/** Each resource by whatever name others may refer to it: ARN, id, name. */
export function byReference(resources: readonly GraphResource[]): ReadonlyMap<string, GraphResource> {
  const found = new Map<string, GraphResource>();
  for (const resource of resources) {
    for (const reference of [
      resource.id,
      resource.outputs["arn"],
      resource.outputs["name"],
      resource.outputs["family"],
    ]) {
      if (typeof reference === "string" && !found.has(reference)) found.set(reference, resource);
    }
  }
  return found;
}

function known(outputs: GraphResource["outputs"]): GraphResource["outputs"] {
  return Object.fromEntries(
    Object.entries(outputs).filter(([, value]) => value !== UNKNOWN && value !== null),
  );
}
