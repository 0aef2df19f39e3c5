/**
 * One log line for each decision, which CloudWatch reads metrics from as well (embedded metric format):
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import type { Failure } from "./apply";
import { ACTIVITY_DIMENSION } from "./metrics";
import type { Decision } from "./plan";
import { isWorthTelling } from "./publish";
import { DEPLOYMENT_FAILED, METRICS_NAMESPACE } from "./settings";

/** What an event is called, and what belongs to it. */
export type Log = (event: string, fields: Readonly<Record<string, unknown>>) => void;

const EVENTS = { hold: "held", scaleOut: "scaledOut", scaleIn: "scaledIn" } as const;
/** Running and desired are published at once (publish.ts): the next tick reads them. */
export const EMBEDDED = [
  { Name: "Backlog", Unit: "Count" },
  { Name: "InFlight", Unit: "Count" },
  { Name: "NeededWorkers", Unit: "Count" },
  { Name: "WaitEstimate", Unit: "Seconds" },
] as const;
export function logDecision(log: Log, decision: Decision, failures: readonly Failure[], nowMs: number): void {
  const { pool, action, desired, reason, workers, need } = decision;
  const failure = failures.find((each) => each.decision === decision);
  log(failure === undefined ? EVENTS[action] : "updateFailed", {
    activity: pool.activityArn,
    pool: pool.function,
    from: workers?.desired ?? null,
    desired,
    reason,
    backlog: rounded(need?.backlog),
    inFlight: rounded(need?.inFlight),
    needed: need?.workers ?? null,
    floor: need?.floor ?? null,
    waitSeconds: rounded(need?.waitSeconds),
    arrivalsPerMinute: rounded(need?.arrivalsPerMinute),
    dispersion: rounded(need?.dispersion),
    runSeconds: rounded(need?.runSeconds),
    startUpSeconds: rounded(need?.startUpSeconds),
    running: workers?.running ?? null,
    pending: workers?.pending ?? null,
    ...(failure === undefined ? {} : { error: String(failure.error) }),
    ...embedded(decision, nowMs),
  });
}

function embedded(decision: Decision, nowMs: number): Readonly<Record<string, unknown>> {
  const { pool, need, deploymentFailed } = decision;
  const told = need !== null && isWorthTelling(decision);
  const metrics = [
    ...(told ? EMBEDDED : []),
    ...(deploymentFailed ? [{ Name: DEPLOYMENT_FAILED, Unit: "Count" }] : []),
  ];
  if (metrics.length === 0) return {};
  return {
    [ACTIVITY_DIMENSION]: pool.activityArn,
    ...(told
      ? {
          Backlog: need.backlog,
          InFlight: need.inFlight,
          NeededWorkers: need.workers,
          WaitEstimate: need.waitSeconds,
        }
      : {}),
    ...(deploymentFailed ? { [DEPLOYMENT_FAILED]: 1 } : {}),
    _aws: metadata(nowMs, [[ACTIVITY_DIMENSION]], metrics),
  };
}

/** One for all pools: how many were held although something else was needed, how many are unknown, how many failed. */
export function logTick(
  log: Log,
  decisions: readonly Decision[],
  failures: readonly Failure[],
  nowMs: number,
): void {
  const counts = {
    Holds: decisions.filter(({ action, need, desired }) => action === "hold" && need?.workers !== desired)
      .length,
    UnknownPools: decisions.filter(({ need }) => need === null).length,
    FailedUpdates: failures.length,
  };
  const metrics = Object.keys(counts).map((Name) => ({ Name, Unit: "Count" }));
  log("ticked", { pools: decisions.length, ...counts, _aws: metadata(nowMs, [[]], metrics) });
}

function metadata(
  nowMs: number,
  dimensions: readonly (readonly string[])[],
  metrics: readonly { readonly Name: string; readonly Unit: string }[],
): object {
  return {
    Timestamp: nowMs,
    CloudWatchMetrics: [{ Namespace: METRICS_NAMESPACE, Dimensions: dimensions, Metrics: metrics }],
  };
}

/** Three places: a log line is read by people too. */
function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 1000) / 1000;
}
