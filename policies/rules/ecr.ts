/** What is required of image repositories. */
import { isEverything } from "../iam/actions";
import { each } from "../known";
import { openToEverybody } from "../iam/scope";
import type { Finding, Rule } from "../rule";
import { ofType, refersTo, stackNameOf, type Stack, type Subject } from "../subject";
import {
  LIFECYCLE_POLICY,
  REGISTRY_POLICY,
  REGISTRY_SCANNING,
  REPOSITORY,
  REPOSITORY_POLICY,
} from "../types";
import { document, isPresent, isTrue, list, object, shown, text, unless } from "../values";

/** Stacks that hold what can't be made again. */
const PRODUCTION = /(^|[-_.])(prod|production|live)([-_.]|$)/i;

function tagMutability({ props }: Subject): readonly string[] {
  const mutability = text(props.imageTagMutability);
  if (mutability !== "IMMUTABLE_WITH_EXCLUSION") {
    return unless(mutability === "IMMUTABLE", "imageTagMutability", props.imageTagMutability);
  }
  const filters = list(props.imageTagMutabilityExclusionFilters).map((filter) => text(object(filter).filter));
  return filters.some(isEverything) ? [`imageTagMutabilityExclusionFilters is ${shown(filters)}`] : [];
}

/** By the repository itself, or by a rule of the registry whose filter takes it in. */
function scanning(stack: Stack): readonly Finding[] {
  const registry = ofType(stack, REGISTRY_SCANNING).flatMap(({ props }) =>
    list(props.rules)
      .map(object)
      .filter(({ scanFrequency }) => text(scanFrequency) !== "MANUAL")
      .flatMap((rule) => list(rule.repositoryFilters).map((filter) => text(object(filter).filter))),
  );
  if (registry.some(isEverything)) return [];
  return each(ofType(stack, REPOSITORY), (subject) => {
    const { scanOnPush } = object(subject.props.imageScanningConfiguration);
    return isTrue(scanOnPush)
      ? []
      : [{ subject, found: `imageScanningConfiguration.scanOnPush is ${shown(scanOnPush)}` }];
  });
}

function lifecycle(stack: Stack): readonly Finding[] {
  const policies = ofType(stack, LIFECYCLE_POLICY);
  return each(ofType(stack, REPOSITORY), (subject) => {
    const own = policies.filter((policy) =>
      refersTo(policy, "repository", () => policy.props.repository, subject),
    );
    if (own.length === 0) return [{ subject, found: "no lifecycle policy names it" }];
    const rules = own.flatMap(({ props }) => list(document(props.policy)?.rules));
    return rules.length > 0 ? [] : [{ subject, found: "its lifecycle policy has no rules" }];
  });
}

function customerKey({ props }: Subject): readonly string[] {
  const { encryptionType, kmsKey } = object(props.encryptionConfigurations ?? props.encryptionConfiguration);
  const holds = text(encryptionType).startsWith("KMS") && isPresent(kmsKey);
  return unless(holds, "encryptionConfigurations", props.encryptionConfigurations);
}

function forceDelete(subject: Subject): readonly string[] {
  const stack = stackNameOf(subject);
  return PRODUCTION.test(stack) && isTrue(subject.props.forceDelete)
    ? [`forceDelete is true in the stack ${stack}`]
    : [];
}

export const ecrRules: readonly Rule[] = [
  {
    id: "ecr-immutable-tags",
    requirement: 1,
    group: "ECR",
    title: "Image tags are immutable",
    what: "`imageTagMutability` of each repository is `IMMUTABLE`, or `IMMUTABLE_WITH_EXCLUSION` with filters that leave something immutable.",
    why: "A tag that can be pushed again makes what was tested differ from what runs.",
    severity: "high",
    enforcement: "mandatory",
    references: ["ECR.2", "CKV_AWS_51"],
    mend: 'set imageTagMutability to "IMMUTABLE"',
    validate: { on: "resource", types: [REPOSITORY], check: tagMutability },
  },
  {
    id: "ecr-scan-on-push",
    requirement: 2,
    group: "ECR",
    title: "Images are scanned when they are pushed",
    what: "Each repository scans on push, or the stack's registry scans every repository.",
    why: "Vulnerabilities in an image are found before it runs, not after.",
    severity: "high",
    enforcement: "mandatory",
    references: ["ECR.1", "CKV_AWS_163"],
    mend: "set imageScanningConfiguration.scanOnPush to true",
    validate: { on: "stack", types: [REPOSITORY], check: scanning },
  },
  {
    id: "ecr-lifecycle-policy",
    requirement: 3,
    group: "ECR",
    title: "Repositories forget what nobody needs",
    what: "Each repository of the stack has an `aws.ecr.LifecyclePolicy` with at least one rule.",
    why: "Old images cost money for ever, and keep known vulnerabilities at hand.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["ECR.3"],
    mend: "declare an aws.ecr.LifecyclePolicy for it",
    validate: { on: "stack", types: [REPOSITORY], check: lifecycle },
  },
  {
    id: "ecr-no-public-policy",
    requirement: 4,
    group: "ECR",
    title: "Repositories are not public",
    what: "No statement of a repository's or the registry's policy allows everybody, unless a condition names an organisation, account, role or network.",
    why: "Images hold code, and often more than their makers know.",
    severity: "critical",
    enforcement: "mandatory",
    references: ["CKV_AWS_32"],
    mend: "name the accounts or roles in its principal, or add a condition on aws:PrincipalOrgID",
    validate: {
      on: "resource",
      types: [REPOSITORY_POLICY, REGISTRY_POLICY],
      check: ({ props }) => openToEverybody(props.policy),
    },
  },
  {
    id: "ecr-customer-key",
    requirement: 5,
    group: "ECR",
    title: "Images are encrypted with a key of your own",
    what: "`encryptionConfigurations` has the type `KMS` (or `KMS_DSSE`) and a `kmsKey`.",
    why: "With a key of your own you decide, and see, who can read the images. It can't be changed later.",
    severity: "low",
    enforcement: "advisory",
    references: ["CKV_AWS_136"],
    mend: 'set encryptionConfigurations to [{ encryptionType: "KMS", kmsKey: KEY }] when the repository is made',
    validate: { on: "resource", types: [REPOSITORY], check: customerKey },
  },
  {
    id: "ecr-no-force-delete",
    requirement: 6,
    group: "ECR",
    title: "Production's images survive a careless destroy",
    what: "`forceDelete` is not true in a stack whose name says production: prod, production or live.",
    why: "Without its image a sleeping pool can't start again, nor can a roll-back.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["Loveless"],
    mend: "set forceDelete to false",
    validate: { on: "resource", types: [REPOSITORY], check: forceDelete },
  },
];
