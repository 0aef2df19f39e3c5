/** What `npm run preview` says at its end: one object for machines, and the same for people. */
import { isModelled } from "../engine/outputs/complete";
import type { Graph } from "../graph";

/** The last line of `npm run preview -- --json`. What is not known is null. */
export interface PreviewReport {
  readonly stack: string | null;
  readonly resources: number | null;
  readonly byType: Readonly<Record<string, number>> | null;
  /** From the start of the program to the whole graph. */
  readonly graphSeconds: number | null;
  readonly policies: PolicyReport | null;
  readonly error?: { readonly name: string; readonly cause: string };
}

interface PolicyReport {
  readonly rules: number;
  readonly evaluations: number;
  readonly mandatory: readonly Violation[];
  readonly advisory: readonly Violation[];
  readonly exempted: readonly Violation[];
}

interface Violation {
  readonly rule: string;
  readonly urn: string;
  readonly message: string;
}

export function reportGraph(graph: Graph, graphSeconds: number): PreviewReport {
  return {
    stack: graph.stack,
    resources: graph.resources.length,
    byType: countByType(graph),
    graphSeconds: Math.round(graphSeconds * 100) / 100,
    policies: { rules: 0, evaluations: 0, mandatory: [], advisory: [], exempted: [] },
  };
}

export function reportFailure(
  stack: string | null,
  error: { readonly name: string; readonly message: string },
): PreviewReport {
  return {
    stack,
    resources: null,
    byType: null,
    graphSeconds: null,
    policies: null,
    error: { name: error.name, cause: error.message },
  };
}

/** The sentences that follow the tree. */
export function summarise(graph: Graph, report: PreviewReport): readonly string[] {
  const synthesised = graph.resources.filter((resource) => resource.synthesised).length;
  const types = new Set(graph.resources.filter(({ custom }) => custom).map(({ type }) => type));
  const guessed = [...types].filter((type) => !isModelled(type));
  return [
    `${String(report.resources)} resources of ${String(Object.keys(report.byType ?? {}).length)} types, ` +
      `${String(synthesised)} of them synthesised for awsx components, in ${String(report.graphSeconds)} s.`,
    ...(guessed.length > 0
      ? [`Outputs are a guess for ${guessed.join(", ")}: see local/engine/outputs.`]
      : []),
  ];
}

function countByType(graph: Graph): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { type } of graph.resources) counts.set(type, (counts.get(type) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
