/** Judges a stack by a policy pack: the graphs of preview and of up together, so that an unknown value hides nothing. */
import type { Graph } from "../graph";
import { analyze, type Diagnostic, rulesOf, type RuleInfo } from "./analyzer";
import type { PackProcess } from "./pack-process";

export interface Violation {
  readonly rule: string;
  readonly urn: string;
  readonly message: string;
}

export interface Judgement {
  readonly rules: readonly RuleInfo[];
  readonly evaluations: number;
  readonly mandatory: readonly Violation[];
  readonly advisory: readonly Violation[];
  /** The message says until when and why. */
  readonly exempted: readonly Violation[];
}

/** How packs say that a value is missing: ours, and Pulumi's SDK on behalf of any other. */
const UNDECIDED = /^(undecided in preview: |can't run policy '[^']+' from policy pack .* during preview: )/;
/** How our pack says that the stack's settings let something through. */
const EXEMPTED = /^exempted until \d{4}-\d{2}-\d{2} \(/;

/**
 * `up` knows what `preview` does not, and decides; `preview` adds what a program declares in a dry run alone. Rejects with
 * PolicyPackError when a rule fails.
 */
export async function judge(
  pack: PackProcess,
  graphs: { readonly preview: Graph; readonly up: Graph },
): Promise<Judgement> {
  const rules = await rulesOf(pack);
  const [inPreview, inUp] = await Promise.all([
    analyze(pack, graphs.preview, rules),
    analyze(pack, graphs.up, rules),
  ]);
  const decided = inPreview.diagnostics.filter(({ message }) => !UNDECIDED.test(message));
  const diagnostics = distinct([...inUp.diagnostics, ...decided]);
  const isExempted = ({ message }: Diagnostic): boolean => EXEMPTED.test(message);
  return {
    rules,
    evaluations: inPreview.evaluations + inUp.evaluations,
    mandatory: diagnostics.filter(({ isMandatory }) => isMandatory).map(violation),
    advisory: diagnostics.filter((each) => !each.isMandatory && !isExempted(each)).map(violation),
    exempted: diagnostics.filter((each) => !each.isMandatory && isExempted(each)).map(violation),
  };
}

/** What was found in both forms is told once. */
function distinct(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(diagnostics.map((each) => [JSON.stringify(each), each])).values()];
}

function violation({ rule, urn, message }: Diagnostic): Violation {
  return { rule, urn, message };
}
