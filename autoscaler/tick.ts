/** One tick: observe, plan, apply, publish, and a log line for each decision. */
import { apply, type Failure, publish } from "./apply";
import { type AutoscalerClients, observe } from "./observe";
import { type Decision, plan } from "./plan";
import type { AutoscalerSettings } from "./settings";

/** What an event is called, and what belongs to it. */
export type Log = (event: string, fields: Readonly<Record<string, unknown>>) => void;

const EVENTS = { hold: "held", scaleOut: "scaledOut", scaleIn: "scaledIn" } as const;

/** Does for each pool what can be done, then rejects with one line that names each that failed, or whose state is unknown. */
export async function tick(
  clients: AutoscalerClients,
  settings: AutoscalerSettings,
  { now, log, signal }: { readonly now: () => number; readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  if (settings.pools.length === 0) return;
  const nowMs = now();
  const observation = await observe(clients, settings, nowMs, signal);
  const decisions = plan(observation, settings, nowMs);
  const failures = await apply(clients.ecs, settings.clusterArn, decisions, signal);
  for (const decision of decisions) logDecision(log, decision, failures);
  const troubles = [
    ...failures.map(({ decision, error }) => `${decision.pool.function} was not updated: ${String(error)}`),
    ...decisions.filter(({ need }) => need === null).map(({ pool, reason }) => `${pool.function}: ${reason}`),
  ];
  try {
    await publish(clients.cloudWatch, decisions, nowMs, signal);
  } catch (error) {
    troubles.push(`what the next ticks must know was not published: ${String(error)}`);
  }
  if (troubles.length > 0) throw new Error(troubles.join("; "));
}

function logDecision(log: Log, decision: Decision, failures: readonly Failure[]): void {
  const { pool, action, desired, reason, workers, need } = decision;
  const failure = failures.find((each) => each.decision === decision);
  log(failure === undefined ? EVENTS[action] : "updateFailed", {
    activity: pool.activityArn,
    pool: pool.function,
    from: workers?.desired ?? null,
    desired,
    reason,
    backlog: need?.backlog ?? null,
    inFlight: need?.inFlight ?? null,
    needed: need?.workers ?? null,
    running: workers?.running ?? null,
    pending: workers?.pending ?? null,
    ...(failure === undefined ? {} : { error: String(failure.error) }),
  });
}
