/** Publishes what later ticks read: how many workers ran, and how many were desired. Each metric has its price. */
import { PutMetricDataCommand, type CloudWatchClient, type MetricDatum } from "@aws-sdk/client-cloudwatch";
import { inBatches } from "./batches";
import { ACTIVITY_DIMENSION, OWN_METRICS } from "./metrics";
import type { Decision } from "./plan";
import { isAtRest } from "./rest";

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
const METRICS_PER_CALL = 1000;

/** Whether there is anything to tell of a pool: of one at rest that stays so there is not. */
export function isWorthTelling({ workers, pool, action }: Decision): boolean {
  return workers !== null && (action !== "hold" || !isAtRest(pool, workers));
}

/** What is unknown is not published: a later tick must not take it for a number. */
export async function publish(
  cloudWatch: CloudWatchClient,
  namespace: string,
  decisions: readonly Decision[],
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  const metrics = decisions.filter(isWorthTelling).flatMap(({ pool, workers, desired }): MetricDatum[] => {
    const datum = (name: string, value: number): MetricDatum => ({
      MetricName: name,
      Dimensions: [{ Name: ACTIVITY_DIMENSION, Value: pool.activityArn }],
      Timestamp: new Date(nowMs),
      Unit: "Count",
      Value: value,
    });
    if (workers === null) return [];
    return [
      datum(OWN_METRICS.running, workers.running),
      datum(OWN_METRICS.desired, desired ?? workers.desired),
    ];
  });
  for (const batch of inBatches(metrics, METRICS_PER_CALL)) {
    const command = new PutMetricDataCommand({ Namespace: namespace, MetricData: [...batch] });
    await cloudWatch.send(command, { abortSignal: signal });
  }
}
