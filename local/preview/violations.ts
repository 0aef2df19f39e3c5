/** Violations by resource, the worst first, as a reviewer reads them. */
import { nameOf, typeOf } from "../engine/urn";
import type { Judgement, Violation } from "./policies";

export type Kind = "mandatory" | "advisory" | "exempted";

export interface Labelled extends Violation {
  readonly kind: Kind;
}

export interface ByResource {
  readonly urn: string;
  /** `aws:ecs/service:Service detect`; "the stack" where it is about all of it. */
  readonly label: string;
  readonly violations: readonly Labelled[];
}

const KINDS: readonly Kind[] = ["mandatory", "advisory", "exempted"];

export function labelOf(urn: string): string {
  return urn === "" ? "the stack" : `${typeOf(urn)} ${nameOf(urn)}`;
}

export function byResource(judgement: Judgement): readonly ByResource[] {
  const groups = new Map<string, Labelled[]>();
  for (const kind of KINDS) {
    for (const violation of judgement[kind]) {
      groups.set(violation.urn, [...(groups.get(violation.urn) ?? []), { ...violation, kind }]);
    }
  }
  // Insertion has put resources with mandatory violations first.
  return [...groups].map(([urn, violations]) => ({ urn, label: labelOf(urn), violations }));
}

/** For a terminal. */
export function listViolations(judgement: Judgement): readonly string[] {
  return byResource(judgement).flatMap(({ label, violations }) => [
    label,
    ...violations.map(({ kind, rule, message }) => `  ${kind.padEnd(9)} ${rule}: ${message}`),
  ]);
}
