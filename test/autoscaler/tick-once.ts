/** One tick on the test's cloud, for pools that differ by their number alone. */
import type { AutoscalerSettings } from "../../autoscaler/settings";
import { tick } from "../../autoscaler/tick";
import { CLUSTER, type TestCloud } from "./cloud";

export const activity = (index: number): string =>
  `arn:aws:states:eu-west-1:123456789012:activity:a${String(index)}`;
export const service = (index: number): string =>
  `arn:aws:ecs:eu-west-1:123456789012:service/loveless/s${String(index)}`;

export function settingsOf(count: number, minuteSeconds = 60): AutoscalerSettings {
  const pools = Array.from({ length: count }, (_, index) => ({
    function: `function${String(index)}`,
    activityArn: activity(index),
    serviceArn: service(index),
    slots: 1,
    minWorkers: 0,
    maxWorkers: 8,
    profile: "balanced" as const,
  }));
  const switches = { fastSignal: false, dryRun: false, logObservations: false, canaryMinutes: 0 };
  return { clusterArn: CLUSTER, minuteSeconds, pools, ...switches };
}

/** The lines that were logged, and the error that it ended with. */
export async function tickAt(cloud: TestCloud, settings: AutoscalerSettings, nowMs: number) {
  const lines: Record<string, unknown>[] = [];
  cloud.calls.length = 0;
  const error = await tick(cloud.clients, settings, {
    now: () => nowMs,
    log: (event, fields) => lines.push({ event, ...fields }),
    signal: AbortSignal.timeout(10_000),
  }).then(
    () => null,
    (reason: unknown) => (reason as Error).message,
  );
  return { lines, error };
}
