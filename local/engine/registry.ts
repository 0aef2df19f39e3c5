/** What the program has registered so far, and the graph that comes of it. */
import type { Graph, GraphResource } from "../graph";
import { STACK_TYPE } from "./urn";
import type { JsonObject } from "./wire";

/** A resource, with the outputs as the program's SDK sees them. */
export interface Registered {
  readonly resource: GraphResource;
  /** Outputs in wire form: secrets and references are still wrapped. */
  readonly state: JsonObject;
  /** Read from AWS rather than declared: not part of the graph. */
  readonly external: boolean;
}

class DuplicateUrnError extends Error {
  override readonly name = "DuplicateUrn";
}

export interface Registry {
  /** Throws DuplicateUrnError, in Pulumi's words. */
  add(registered: Registered): void;
  get(urn: string): Registered | undefined;
  /** What the engine added on behalf of a component. */
  synthesisedUnder(component: string): readonly GraphResource[];
  /** Takes the place of a resource that is known. */
  replace(resource: GraphResource): void;
  /** What a component gave to registerResourceOutputs. */
  setOutputs(urn: string, outputs: JsonObject, secretProperties: readonly string[], state: JsonObject): void;
  /** URN of the stack, once it is registered. */
  root(): string | null;
  graph(): Graph;
}

export function createRegistry(project: string, stack: string): Registry {
  const byUrn = new Map<string, Registered>();
  let rootUrn: string | null = null;
  return {
    add(registered) {
      const { urn, type } = registered.resource;
      if (byUrn.has(urn))
        throw new DuplicateUrnError(`Duplicate resource URN '${urn}'; try giving it a unique name`);
      byUrn.set(urn, registered);
      if (type === STACK_TYPE) rootUrn = urn;
    },
    get: (urn) => byUrn.get(urn),
    synthesisedUnder(component) {
      const parentOf = (urn: string): string | null => byUrn.get(urn)?.resource.parent ?? null;
      const isUnder = (urn: string): boolean => {
        for (let parent = parentOf(urn); parent !== null; parent = parentOf(parent)) {
          if (parent === component) return true;
        }
        return false;
      };
      const all = [...byUrn.values()].map(({ resource }) => resource);
      return all.filter(({ synthesised, urn }) => synthesised && isUnder(urn));
    },
    replace(resource) {
      byUrn.set(resource.urn, { resource, state: resource.outputs, external: false });
    },
    setOutputs(urn, outputs, secretProperties, state) {
      const known = byUrn.get(urn);
      if (known === undefined) return;
      const resource = {
        ...known.resource,
        outputs: { ...known.resource.outputs, ...outputs },
        secretProperties: [...new Set([...known.resource.secretProperties, ...secretProperties])],
      };
      byUrn.set(urn, { ...known, resource, state: { ...known.state, ...state } });
    },
    root: () => rootUrn,
    graph() {
      const root = rootUrn === null ? undefined : byUrn.get(rootUrn);
      const declared = [...byUrn.values()].filter(({ external }) => !external);
      return {
        project,
        stack,
        resources: inStableOrder(declared.map(({ resource }) => resource)),
        outputs: root?.resource.outputs ?? {},
        secretOutputs: root?.resource.secretProperties ?? [],
      };
    },
  };
}

/**
 * Parents and dependencies first, then by URN. The order in which registrations arrive depends on timing; this does
 * not, so two runs of a program give the same graph.
 */
function inStableOrder(resources: readonly GraphResource[]): readonly GraphResource[] {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const placed = new Set<string>();
  const ordered: GraphResource[] = [];
  const place = (resource: GraphResource): void => {
    if (placed.has(resource.urn)) return;
    placed.add(resource.urn);
    const before =
      resource.parent === null ? resource.dependencies : [resource.parent, ...resource.dependencies];
    for (const urn of [...before].sort()) {
      const dependency = byUrn.get(urn);
      if (dependency !== undefined) place(dependency);
    }
    ordered.push(resource);
  };
  for (const resource of [...resources].sort((a, b) => (a.urn < b.urn ? -1 : 1))) place(resource);
  return ordered;
}
