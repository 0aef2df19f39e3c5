/** What a rule is: data about a requirement, and the function that looks for what breaks it. */
import type { Stack, Subject } from "./subject";

/** Whether a violation stops a deployment. */
export type Enforcement = "mandatory" | "advisory";

/** How bad it is where it happens. */
export type Severity = "low" | "medium" | "high" | "critical";

/** The headings of RULES.md, in its order. */
export const GROUPS = [
  "ECR",
  "Task definition",
  "Service, cluster, capacity provider",
  "Auto Scaling group, launch template",
  "Network",
  "IAM",
  "Lambda",
  "Step Functions",
  "Other",
  "Loveless",
] as const;

export type Group = (typeof GROUPS)[number];

/** What is wrong with one resource: the property and the value that was found, without its name and without the mend. */
export interface Finding {
  readonly subject: Subject;
  readonly found: string;
}

/** Looks at one resource at a time: Pulumi stops a wrong one before it is registered. */
export interface ResourceCheck {
  readonly on: "resource";
  readonly types: readonly string[];
  /** Each string is a finding about this resource. */
  readonly check: (subject: Subject) => readonly string[];
}

/** Looks at resources together, since what is required of one is said by another. */
export interface StackCheck {
  readonly on: "stack";
  /** Only a stack with a resource of one of these types is looked at. */
  readonly types: readonly string[];
  readonly check: (stack: Stack) => readonly Finding[];
}

export interface Rule {
  /** As configuration and messages name it. */
  readonly id: string;
  /** The number of the requirement that it holds; several rules may hold parts of one. */
  readonly requirement: number;
  readonly group: Group;
  /** What is true where the rule holds. */
  readonly title: string;
  /** What exactly is looked at, and what is let through. */
  readonly what: string;
  readonly why: string;
  readonly severity: Severity;
  readonly enforcement: Enforcement;
  /** Ids of the same requirement elsewhere: Security Hub, Checkov, cdk-nag; or the decision of this project. */
  readonly references: readonly string[];
  /** What to do, as the end of the sentence "NAME: FOUND; MEND." */
  readonly mend: string;
  readonly validate: ResourceCheck | StackCheck;
}

/** The sentence that a user reads. */
export function messageOf(rule: Rule, { subject, found }: Finding): string {
  return `${subject.name}: ${found}; ${rule.mend}.`;
}
