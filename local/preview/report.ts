/** What `npm run preview` says at its end: one object for machines, and the same for people. */
import { isModelled } from "../engine/outputs/complete";
import type { Graph } from "../graph";
import type { Comparison } from "./compare";
import type { Judgement, Violation } from "./policies";

/** The last line of `npm run preview -- --json`. What is not known is null. */
export interface PreviewReport {
  readonly stack: string | null;
  readonly resources: number | null;
  readonly byType: Readonly<Record<string, number>> | null;
  /** From the start of the program to the whole graph, in preview and in up form. */
  readonly graphSeconds: number | null;
  readonly policies: PolicyReport | null;
  /** With --base alone. */
  readonly changes?: Comparison;
  readonly error?: { readonly name: string; readonly cause: string };
}

interface PolicyReport {
  readonly rules: number;
  readonly evaluations: number;
  readonly mandatory: readonly Violation[];
  readonly advisory: readonly Violation[];
  readonly exempted: readonly Violation[];
}

/** What a preview found. */
export interface Preview {
  readonly graph: Graph;
  readonly graphSeconds: number;
  readonly judgement: Judgement;
  /** Null without --base. */
  readonly comparison: Comparison | null;
  /** The graph at --base. */
  readonly base: Graph | null;
  /** About the stack file itself: what it no longer needs. */
  readonly notes: readonly string[];
}

export function reportPreview({ graph, graphSeconds, judgement, comparison }: Preview): PreviewReport {
  const { rules, evaluations, mandatory, advisory, exempted } = judgement;
  return {
    stack: graph.stack,
    resources: graph.resources.length,
    byType: countByType(graph),
    graphSeconds: Math.round(graphSeconds * 100) / 100,
    policies: { rules: rules.length, evaluations, mandatory, advisory, exempted },
    ...(comparison === null ? {} : { changes: comparison }),
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

/** The sentences at the end. */
export function summarise({ graph, graphSeconds, judgement, notes }: Preview): readonly string[] {
  const synthesised = graph.resources.filter((resource) => resource.synthesised).length;
  const types = new Set(graph.resources.filter(({ custom }) => custom).map(({ type }) => type));
  const guessed = [...types].filter((type) => !isModelled(type));
  const { rules, evaluations, mandatory, advisory, exempted } = judgement;
  return [
    `${String(graph.resources.length)} resources of ${String(Object.keys(countByType(graph)).length)} types, ` +
      `${String(synthesised)} of them synthesised for awsx components, in ${graphSeconds.toFixed(2)} s.`,
    ...(guessed.length > 0
      ? [`Outputs are a guess for ${guessed.join(", ")}: see local/engine/outputs.`]
      : []),
    `${String(rules.length)} rules looked ${String(evaluations)} times: ${String(mandatory.length)} mandatory violations, ` +
      `${String(advisory.length)} advisory, ${String(exempted.length)} exempted.`,
    ...notes,
  ];
}

function countByType(graph: Graph): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { type } of graph.resources) counts.set(type, (counts.get(type) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
