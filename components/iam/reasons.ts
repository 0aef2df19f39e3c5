/** Why a statement has the resource `*`, by its Sid: IAM takes these actions on nothing narrower. */

export const REASONS = {
  AttachToVpc:
    "Lambda checks these rights on every interface, with no condition that a function could be named by.",
  ChangeUnscoped:
    "IAM knows no resource for these; running workers keep their definition, and queries hold no data.",
  DeliverLogs: "A log delivery has no ARN: IAM offers no narrower scope for any of these.",
  FindEndpoint: "Asked before the instance knows its cluster: IAM offers no narrower scope.",
  LogInToRegistry: "The token is the registry's, of which an account has one: IAM offers no narrower scope.",
  ReadMetrics: "Metrics have no ARN, and reading knows no namespace condition: no narrower scope.",
  SeeStack:
    "Describe, Get and List of these services take no resource; they read names and settings, no data.",
  Trace: "A trace has no ARN: IAM offers no narrower scope.",
  WriteOwnMetrics: "Metrics have no ARN; the namespace in the condition is the scope.",
} as const;

/** A Sid with a written reason for its `*`. */
export type Unscopable = keyof typeof REASONS;
