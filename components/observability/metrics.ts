/** The metrics that dashboard and alarms look at, and the pools as they know them. Pure: names and ARNs arrive as values. */

import { type DEPLOYMENT_FAILED, METRICS_NAMESPACE } from "../../autoscaler/settings";

/** A pool, with its ARNs and names known. */
export interface WatchedPool {
  readonly name: string;
  readonly functionName: string;
  readonly activityArn: string;
  readonly clusterName: string;
  readonly serviceName: string;
  readonly maxWorkers: number;
  readonly dollarsPerWorkerHour: number | null;
}

export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html#cloudwatch-step-functions-activities-metrics */
export type ActivityMetric =
  | "ActivitiesScheduled"
  | "ActivitiesStarted"
  | "ActivitiesSucceeded"
  | "ActivitiesFailed"
  | "ActivitiesTimedOut"
  | "ActivitiesHeartbeatTimedOut"
  | "ActivityScheduleTime"
  | "ActivityRunTime";

export function ofActivity({ activityArn }: WatchedPool, name: ActivityMetric): Metric {
  return { namespace: "AWS/States", name, dimensions: { ActivityArn: activityArn } };
}

/** What the autoscaler says of a pool. */
export function ofPool({ activityArn }: WatchedPool, name: typeof DEPLOYMENT_FAILED): Metric {
  return { namespace: METRICS_NAMESPACE, name, dimensions: { ActivityArn: activityArn } };
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html */
export function ofService(
  { clusterName, serviceName }: WatchedPool,
  name: "DesiredTaskCount" | "PendingTaskCount" | "RunningTaskCount",
): Metric {
  return {
    namespace: "ECS/ContainerInsights",
    name,
    dimensions: { ClusterName: clusterName, ServiceName: serviceName },
  };
}
