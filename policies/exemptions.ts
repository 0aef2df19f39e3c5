/** Which violations the stack's settings let through, and until when. */
import type { Exemption } from "./config";
import { wildcard } from "./iam/actions";
import type { Subject } from "./subject";

/** The exemption that holds for a resource and a rule. */
export function exemptionOf(
  exemptions: readonly Exemption[],
  rule: string,
  { urn, name }: Pick<Subject, "urn" | "name">,
): Exemption | undefined {
  return exemptions.find((each) => {
    if (each.rule !== rule) return false;
    const pattern = wildcard(each.resource, "");
    return pattern.test(name) || pattern.test(urn);
  });
}

/** How an exempted violation is reported: machines read the first words. */
export function exempted({ reason, expires }: Exemption, message: string): string {
  return `exempted until ${expires} (${reason}): ${message}`;
}

/** How a check is reported that preview can't make: machines read the first words. */
export function undecided(rule: string, path: string): string {
  return `undecided in preview: ${rule} needs ${path}, which only a deployment knows`;
}
