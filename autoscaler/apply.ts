/** Carries out a plan: sets the desired counts that change, and publishes what the next ticks must know. */
import { PutMetricDataCommand, type CloudWatchClient, type MetricDatum } from "@aws-sdk/client-cloudwatch";
import { type ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { inBatches } from "./batches";
import { ACTIVITY_DIMENSION, OWN_METRICS } from "./metrics";
import type { Decision } from "./plan";
import { METRICS_NAMESPACE } from "./settings";

/** What could not be done for one pool. */
export interface Failure {
  readonly decision: Decision;
  readonly error: Error;
}

/** UpdateService is throttled for the whole account, so it is called for changes alone. One pool's failure stops no other. */
export async function apply(
  ecs: ECSClient,
  clusterArn: string,
  decisions: readonly Decision[],
  signal: AbortSignal,
): Promise<readonly Failure[]> {
  const update = async (decision: Decision): Promise<Failure[]> => {
    const { action, desired, pool } = decision;
    if (action === "hold" || desired === null) return [];
    try {
      const change = { cluster: clusterArn, service: pool.serviceArn, desiredCount: desired };
      await ecs.send(new UpdateServiceCommand(change), { abortSignal: signal });
      return [];
    } catch (error) {
      return [{ decision, error: error instanceof Error ? error : new Error(String(error)) }];
    }
  };
  return (await Promise.all(decisions.map(update))).flat();
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
const METRICS_PER_CALL = 1000;

/** What is unknown is not published: a later tick must not take it for a number. */
export async function publish(
  cloudWatch: CloudWatchClient,
  decisions: readonly Decision[],
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  const metrics = decisions.flatMap(({ pool, workers, need }): MetricDatum[] => {
    const datum = (name: string, value: number | undefined): MetricDatum[] =>
      value === undefined
        ? []
        : [
            {
              MetricName: name,
              Dimensions: [{ Name: ACTIVITY_DIMENSION, Value: pool.activityArn }],
              Timestamp: new Date(nowMs),
              Unit: "Count",
              Value: value,
            },
          ];
    return [...datum(OWN_METRICS.running, workers?.running), ...datum(OWN_METRICS.needed, need?.workers)];
  });
  for (const batch of inBatches(metrics, METRICS_PER_CALL)) {
    const command = new PutMetricDataCommand({ Namespace: METRICS_NAMESPACE, MetricData: [...batch] });
    await cloudWatch.send(command, { abortSignal: signal });
  }
}
