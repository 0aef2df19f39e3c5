/** Finds the exemptions of a stack file that let nothing through any more. */
import type { Violation } from "./policies";
import { nameOf } from "../engine/urn";

/** As the pack reads them, from the setting `policies:exemptions`; the pack has already proved their shape. */
interface Exemption {
  readonly rule: string;
  readonly resource: string | readonly string[];
}

/** One sentence for each; none for a pack that knows no such setting. */
export function needlessExemptions(
  setting: string | undefined,
  exempted: readonly Violation[],
): readonly string[] {
  if (setting === undefined) return [];
  const exemptions = JSON.parse(setting) as readonly Exemption[];
  return exemptions.flatMap(({ rule, resource }) =>
    [resource]
      .flat()
      .filter((pattern) => !exempted.some((each) => each.rule === rule && matches(pattern, each.urn)))
      .map(
        (pattern) =>
          `The exemption of ${pattern} from ${rule} lets nothing through: take it out of the stack file.`,
      ),
  );
}

function matches(pattern: string, urn: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\?]/g, "\\$&").replaceAll("*", ".*");
  return [nameOf(urn), urn].some((each) => new RegExp(`^${escaped}$`).test(each));
}
