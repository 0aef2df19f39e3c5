/** Judges graphs by the rules in this process, by the same path as the analyzer: fast enough for hundreds of cases. */
import { type Graph, type GraphResource, resourcesOfType } from "../../local/graph";
import { evaluate } from "../../policies/evaluate";
import { guarded, type Properties } from "../../policies/known";
import { messageOf, type Rule } from "../../policies/rule";
import { RULES } from "../../policies/rules";
import type { StackSubject } from "../../policies/subject";

export interface Verdict {
  readonly rule: string;
  readonly name: string;
  readonly message: string;
}

export interface Judgement {
  readonly violations: readonly Verdict[];
  /** Rules that met an unknown value. */
  readonly undecided: readonly string[];
}

export function judge(
  graph: Pick<Graph, "resources">,
  rules: readonly Rule[] = RULES,
  settings: Record<string, string> = {},
): Judgement {
  const violations: Verdict[] = [];
  const undecided = new Set<string>();
  const resources = graph.resources.map((resource) => subjectOf(resource, "outputs"));
  for (const rule of rules) {
    const outcomes =
      rule.validate.on === "stack"
        ? [evaluate(rule, { stack: { resources, settings } })]
        : graph.resources.map((resource) => evaluate(rule, { resource: subjectOf(resource, "inputs") }));
    for (const outcome of outcomes) {
      if (outcome === null) continue;
      if (outcome.undecided !== null) undecided.add(rule.id);
      for (const finding of outcome.findings) {
        violations.push({ rule: rule.id, name: finding.subject.name, message: messageOf(rule, finding) });
      }
    }
  }
  return { violations, undecided: [...undecided] };
}

/** As preview sends them: inputs to a rule about a resource, what AWS answered to a rule about the stack. */
function subjectOf(resource: GraphResource, form: "inputs" | "outputs"): StackSubject {
  const { tagsAll } = resource.outputs;
  const props =
    form === "inputs"
      ? { ...resource.inputs, ...(tagsAll === undefined ? {} : { tagsAll }) }
      : { ...resource.outputs, ...(resource.id === null ? {} : { id: resource.id }) };
  return {
    urn: resource.urn,
    type: resource.type,
    name: resource.name,
    parent: resource.parent ?? "",
    props: guarded(props as Properties),
    ignoreChanges: resource.ignoreChanges,
    defaultTags: {},
    propertyDependencies: resource.propertyDependencies,
  };
}

/** A copy of the graph in which one resource is another. */
export function changed(
  graph: Graph,
  type: string,
  name: string,
  change: (resource: GraphResource) => Partial<GraphResource> | null,
): Graph {
  const found = resourcesOfType(graph, type).filter((each) => each.name === name);
  if (found.length !== 1) throw new Error(`There are ${String(found.length)} ${type} ${name}.`);
  const resources = graph.resources.flatMap((each) => {
    if (each !== found[0]) return [each];
    const difference = change(each);
    return difference === null ? [] : [{ ...each, ...difference }];
  });
  return { ...graph, resources };
}
