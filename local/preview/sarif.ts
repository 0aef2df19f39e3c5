/** Violations as SARIF 2.1.0, which GitHub's code scanning and most editors read. */
import type { RuleInfo } from "./analyzer";
import type { Preview } from "./report";
import type { Source } from "./sources";
import { byResource, type Labelled, labelOf } from "./violations";

/** What GitHub makes of a number: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning */
const SECURITY_SEVERITY = { low: "3.0", medium: "5.5", high: "8.0", critical: "9.5" } as const;

export function sarifOf({ graph, judgement }: Preview, sourceOf: (urn: string) => Source): object {
  const { rules } = judgement;
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        // Each stack is an analysis of its own: the second would otherwise replace the first.
        automationDetails: { id: `loveless-policies/${graph.stack}/` },
        tool: {
          driver: {
            name: "Loveless policies",
            informationUri: "https://www.pulumi.com/docs/insights/policy/",
            rules: rules.map(ruleOf),
          },
        },
        results: byResource(judgement).flatMap(({ violations }) =>
          violations.map((violation) => resultOf(violation, rules, sourceOf(violation.urn))),
        ),
      },
    ],
  };
}

function ruleOf({ id, title, description, mend, severity, url }: RuleInfo): object {
  return {
    id,
    name: title,
    shortDescription: { text: title },
    fullDescription: { text: description },
    help: { text: `${mend} See ${url}.` },
    properties: {
      tags: ["security"],
      ...(severity === null ? {} : { "security-severity": SECURITY_SEVERITY[severity] }),
    },
  };
}

function resultOf(
  { rule, urn, message, kind }: Labelled,
  rules: readonly RuleInfo[],
  { file, line }: Source,
): object {
  return {
    ruleId: rule,
    ruleIndex: rules.findIndex(({ id }) => id === rule),
    level: kind === "mandatory" ? "error" : kind === "advisory" ? "warning" : "note",
    message: { text: message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: file, uriBaseId: "%SRCROOT%" },
          region: { startLine: line },
        },
        logicalLocations: [{ name: labelOf(urn), fullyQualifiedName: urn, kind: "resource" }],
      },
    ],
    // Lines move; the resource and the rule are what a result is known by.
    partialFingerprints: { "resourceAndRule/v1": `${urn} ${rule}` },
    ...(kind === "exempted"
      ? { suppressions: [{ kind: "external", status: "accepted", justification: message }] }
      : {}),
  };
}
