/** The rules as Pulumi's analyzer runs them. */
import type {
  Policies,
  PolicyResource,
  ReportViolation,
  ResourceValidationArgs,
  StackValidationArgs,
} from "@pulumi/policy";
import type { Exemption, PackConfig } from "./config";
import { evaluate, type Outcome } from "./evaluate";
import { exempted, exemptionOf, undecided } from "./exemptions";
import { guarded, type Properties } from "./known";
import { type Enforcement, messageOf, type Rule } from "./rule";
import type { StackSubject, Subject } from "./subject";
import { object } from "./values";

const RULES_PAGE = "policies/RULES.md";

/** What the SDK's callback takes since 1.17, beside text; its types do not say so, and text would repeat the description. */
type ReportDetails = (violation: { message: string; urn?: string; enforcementLevel?: Enforcement }) => void;

export function policiesOf(
  rules: readonly Rule[],
  config: PackConfig,
  settings: Readonly<Record<string, string>>,
): Policies {
  return rules.map((rule) => {
    const described = {
      name: rule.id,
      displayName: rule.title,
      description: `${rule.title}. ${rule.why}`,
      enforcementLevel: config.levels[rule.id] ?? rule.enforcement,
      severity: rule.severity,
      tags: [rule.group, ...rule.references],
      remediationSteps: `${rule.mend}.`,
      url: `${RULES_PAGE}#${rule.id}`,
    };
    if (rule.validate.on === "stack") {
      return {
        ...described,
        validateStack: about(
          rule.validate.types,
          (args: StackValidationArgs, report: ReportViolation): void => {
            const outcome = evaluate(rule, {
              stack: { resources: args.resources.map(stackSubjectOf), settings },
            });
            if (outcome === null) args.notApplicable("The stack has no such resource");
            else reportAll(rule, outcome, config.exemptions, report);
          },
        ),
      };
    }
    return {
      ...described,
      validateResource: about(
        rule.validate.types,
        (args: ResourceValidationArgs, report: ReportViolation): void => {
          const outcome = evaluate(rule, { resource: subjectOf(args) });
          if (outcome === null) args.notApplicable("The rule is about other resources");
          else reportAll(rule, outcome, config.exemptions, report);
        },
      ),
    };
  });
}

/** Tells the SDK the type of a rule about one: it then passes over other resources without reading them. */
function about<Check extends object>(types: readonly string[], check: Check): Check {
  return types.length === 1 ? Object.assign(check, { __pulumiType: types[0] }) : check;
}

function reportAll(
  rule: Rule,
  outcome: Outcome,
  exemptions: readonly Exemption[],
  violation: ReportViolation,
): void {
  const report = violation as unknown as ReportDetails;
  for (const finding of outcome.findings) {
    const { urn } = finding.subject;
    const message = messageOf(rule, finding);
    const exemption = exemptionOf(exemptions, rule.id, finding.subject);
    if (exemption === undefined) report({ message, urn });
    else report({ message: exempted(exemption, message), urn, enforcementLevel: "advisory" });
  }
  if (outcome.undecided !== null) {
    report({ message: undecided(rule.id, outcome.undecided), enforcementLevel: "advisory" });
  }
}

function subjectOf({
  urn,
  type,
  name,
  props,
  opts,
  provider,
}: ResourceValidationArgs | PolicyResource): Subject {
  return {
    urn,
    type,
    name,
    props: guarded(plain(props)),
    ignoreChanges: opts.ignoreChanges,
    defaultTags: defaultTagsOf(provider === undefined ? {} : plain(provider.props)),
  };
}

function stackSubjectOf(resource: PolicyResource): StackSubject {
  const propertyDependencies = Object.entries(resource.propertyDependencies).map(
    ([property, of]): [string, string[]] => [property, of.map(({ urn }) => urn)],
  );
  return {
    ...subjectOf(resource),
    parent: resource.parent?.urn ?? "",
    propertyDependencies: Object.fromEntries(propertyDependencies),
  };
}

/**
 * The properties below the SDK's proxy, which gives up a whole rule at the first unknown value; `guarded` gives up an item.
 * @see https://github.com/pulumi/pulumi-policy/blob/main/sdk/nodejs/policy/proxy.ts
 */
function plain(props: Record<string, unknown>): Properties {
  return (props["__getSpecialProxyTarget"] ?? props) as Properties;
}

/** As the provider takes them: `{ tags: {…} }`, or that as JSON text. */
function defaultTagsOf({ defaultTags }: Properties): Properties {
  const value = typeof defaultTags === "string" ? (JSON.parse(defaultTags) as Properties) : defaultTags;
  return object(object(value).tags);
}
