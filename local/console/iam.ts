/** What the roles of the graph are granted, what of it was used, and what AWS would refuse. */
import type { Access } from "../cloud/access";
import type { Graph } from "../graph";
import { iamReport, type GrantReport } from "../iam/report";
import type { GrantUse, IamUse } from "./messages";

export function iamUse(access: Access, graph: Graph): IamUse {
  const report = iamReport(access, graph);
  const calls = new Map<string, number>();
  for (const { principal, count } of access.records())
    calls.set(principal, (calls.get(principal) ?? 0) + count);
  const unused = new Set(report.unused.map(keyOf));
  const reasons = new Map(report.unexercisable.map((grant) => [keyOf(grant), grant.reason]));
  const all = Map.groupBy(access.grants?.all ?? [], ({ roleArn }) => roleArn);
  return {
    mode: report.mode,
    refused: report.refused,
    roles: [...all].map(([arn, grants]) => ({
      role: grants[0]?.role ?? arn,
      arn,
      calls: calls.get(arn) ?? 0,
      grants: grants.map((grant): GrantUse => {
        const { action, resource } = grant;
        const key = keyOf(grant);
        const used = [...(access.grants?.usedActions(grant) ?? [])].sort();
        const reason = reasons.get(key) ?? null;
        const use = used.length > 0 ? "used" : unused.has(key) ? "unused" : "excused";
        return {
          action,
          resource,
          use,
          reason: use === "excused" ? reason : null,
          usedActions: used.filter((each) => each !== action),
        };
      }),
    })),
  };
}

function keyOf({ role, action, resource }: GrantReport): string {
  return `${role} ${action} ${resource}`;
}
