/** One tick: observe, plan, apply, publish, and a log line for each decision. */
import { apply, type Scale, scaleNothing, scaleServices } from "./apply";
import { type Log, logDecision, logTick } from "./decision-log";
import { type AutoscalerClients, observe } from "./observe";
import { writeRecord } from "./plan-record";
import { plan } from "./plan";
import { publish } from "./publish";
import { type AutoscalerSettings, METRICS_NAMESPACE } from "./settings";

export type { Log } from "./decision-log";

export interface TickOptions {
  readonly now: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Does for each pool what can be done, then rejects with one line that names each that failed, or whose state is unknown. */
export async function tick(
  clients: AutoscalerClients,
  settings: AutoscalerSettings,
  { now, log, signal }: TickOptions,
): Promise<void> {
  if (settings.pools.length === 0) return;
  const nowMs = now();
  const observation = await observe(clients, settings, nowMs, signal);
  if (settings.logObservations) log("observed", writeRecord({ observation, settings, nowMs }));
  const decisions = plan(observation, settings, nowMs);
  const failures = await apply(scaleBy(clients, settings, signal), decisions);
  for (const decision of decisions) logDecision(log, decision, failures, nowMs);
  logTick(log, decisions, failures, nowMs);
  const troubles = [
    ...failures.map(({ decision, error }) => `${decision.pool.function} was not updated: ${String(error)}`),
    ...decisions.filter(({ need }) => need === null).map(({ pool, reason }) => `${pool.function}: ${reason}`),
  ];
  try {
    await publish(clients.cloudWatch, METRICS_NAMESPACE, decisions, nowMs, signal);
  } catch (error) {
    troubles.push(`what the next ticks must know was not published: ${String(error)}`);
  }
  if (troubles.length > 0) throw new Error(troubles.join("; "));
}

export function scaleBy(
  { ecs }: AutoscalerClients,
  { dryRun, clusterArn }: AutoscalerSettings,
  signal: AbortSignal,
): Scale {
  return dryRun ? scaleNothing() : scaleServices(ecs, clusterArn, { signal });
}
