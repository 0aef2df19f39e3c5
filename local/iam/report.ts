/** What a run says of its IAM documents: which grants it used, which nothing used and why, and what would be refused on AWS. */
import type { Graph } from "../graph";
import type { Grant, Grants } from "./grants";
import { callerOf, type Call, type IamMode } from "./judge";
import { reasonsFor } from "./reasons";
import { refusalMessage } from "./refusal";

/** One action on one resource, as a role's documents grant it. */
export interface GrantReport {
  /** Logical name. */
  readonly role: string;
  readonly action: string;
  readonly resource: string;
}

export interface RefusedCall {
  /** ARN of the role or user; the name of a service. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly count: number;
  /** AWS's words. */
  readonly message: string;
}

export interface IamReport {
  readonly mode: IamMode;
  /** How many grants the documents have: granted = used + unused + unexercisable. */
  readonly granted: number;
  readonly used: number;
  readonly unused: readonly GrantReport[];
  /** Grants that are written with a wildcard, and the actions that they were needed for. */
  readonly wildcards: readonly (GrantReport & { readonly usedActions: readonly string[] })[];
  readonly refused: readonly RefusedCall[];
  /** Not used, and with a reason in writing (reasons.ts). */
  readonly unexercisable: readonly (GrantReport & { readonly reason: string })[];
}

/** What a run has noted of its calls. */
interface Notes {
  readonly mode: IamMode;
  /** Null where there are no documents. */
  readonly grants: Grants | null;
  /** Each kind of call that the documents do not allow. */
  readonly refused: () => readonly Call[];
}

export function iamReport({ mode, grants, refused }: Notes, graph: Graph): IamReport {
  const all = grants?.all ?? [];
  const usedActions = (grant: Grant): readonly string[] => [...(grants?.usedActions(grant) ?? [])].sort();
  const idle = all.filter((grant) => usedActions(grant).length === 0);
  const loose = all.filter((grant) => !idle.includes(grant) && !usedActions(grant).includes(grant.action));
  const reasons = reasonsFor(graph);
  const reasonOf = (grant: Grant): string | undefined =>
    reasons.find(({ applies }) => applies(grant))?.reason;
  return {
    mode,
    granted: all.length,
    used: all.length - idle.length,
    unused: idle.filter((grant) => reasonOf(grant) === undefined).map(facts),
    wildcards: loose.map((grant) => ({ ...facts(grant), usedActions: usedActions(grant) })),
    refused: refused().flatMap(refusedCall),
    unexercisable: idle.flatMap((grant) => {
      const reason = reasonOf(grant);
      return reason === undefined ? [] : [{ ...facts(grant), reason }];
    }),
  };
}

/** What makes a run under strict IAM a failed one; null when nothing does. */
export function iamProblem({
  mode,
  refused,
  unused,
}: IamReport): { readonly name: string; readonly cause: string } | null {
  if (mode === "report") return null;
  const [call] = refused;
  if (call !== undefined) {
    const more = refused.length > 1 ? ` (and ${String(refused.length - 1)} more)` : "";
    return { name: "AccessDenied", cause: `${call.message}${more}` };
  }
  const [grant] = unused;
  if (grant === undefined) return null;
  const more = unused.length > 1 ? `, and ${String(unused.length - 1)} more` : "";
  const what = `${grant.action} on ${grant.resource} of ${grant.role}${more}`;
  return {
    name: "UnusedGrants",
    cause: `Nothing used ${what}; take the grant back, or write its reason into local/iam/reasons.ts.`,
  };
}

/** For people. */
export function iamLines(report: IamReport): readonly string[] {
  const { granted, used, unused, wildcards, refused, unexercisable } = report;
  return [
    `IAM: ${String(used)} of ${String(granted)} grants were used, ${String(unexercisable.length)} have a reason not to be`,
    ...unused.map(({ role, action, resource }) => `IAM: nothing used ${action} on ${resource} of ${role}`),
    ...wildcards.map(
      ({ role, action, resource, usedActions }) =>
        `IAM: ${action} on ${resource} of ${role} was needed for ${usedActions.join(", ")} alone`,
    ),
    ...refused.map(({ message, count }) => `${refusedLine(report.mode, message)} (${String(count)} times)`),
  ];
}

/** One refusal, for people. */
export function refusalLine(mode: IamMode, call: Call): string {
  return refusedLine(mode, refusedCall(call)[0]?.message ?? "");
}

function refusedLine(mode: IamMode, message: string): string {
  return `IAM: ${mode === "strict" ? "refused" : "would be refused on AWS"}: ${message}`;
}

function facts({ role, action, resource }: Grant): GrantReport {
  return { role, action, resource };
}

function refusedCall({ principal, request, decision, count }: Call): readonly RefusedCall[] {
  if (decision.allowed) return [];
  const { action, resource } = request;
  const { arn, sessionArn } = callerOf(principal);
  const message = refusalMessage(sessionArn ?? arn, request, decision);
  return [{ principal: arn, action, resource, count, message }];
}
