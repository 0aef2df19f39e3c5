/** What an alarm is, in the words of the lists of alarms, and the resource of CloudWatch that is made of it. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Metric } from "./metrics";

/** One alarm: a metric, or an expression over several, against a threshold. */
export interface AlarmSpec {
  readonly name: string;
  /** What it means, and what to look at first; it is what the mail says. */
  readonly description: string;
  readonly metrics: Readonly<Record<string, { readonly metric: Metric; readonly stat: string }>>;
  /** Over the ids of `metrics`; absent with one metric. */
  readonly expression?: string;
  readonly comparison: "GreaterThanThreshold" | "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  readonly threshold: number;
  readonly periodSeconds: number;
  /** Of the last `periods`, how many must be over the threshold. @default all of them */
  readonly datapoints?: number;
  readonly periods: number;
  /** What no data means. @default notBreaching */
  readonly missing?: "breaching" | "notBreaching";
}

/** Names are known to the program, thresholds too; ARNs and names of what is watched only after a deployment. */
export function alarm(
  name: string,
  spec: pulumi.Output<AlarmSpec>,
  topicArn: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): aws.cloudwatch.MetricAlarm {
  return new aws.cloudwatch.MetricAlarm(
    name,
    {
      alarmDescription: spec.description,
      metricQueries: spec.apply(queriesOf),
      comparisonOperator: spec.comparison,
      threshold: spec.threshold,
      evaluationPeriods: spec.periods,
      datapointsToAlarm: spec.apply(({ datapoints, periods }) => datapoints ?? periods),
      treatMissingData: spec.apply(({ missing = "notBreaching" }) => missing),
      alarmActions: [topicArn],
      okActions: [topicArn],
    },
    opts,
  );
}

function queriesOf(spec: AlarmSpec): aws.types.input.cloudwatch.MetricAlarmMetricQuery[] {
  const metrics = Object.entries(spec.metrics).map(([id, { metric, stat }]) => ({
    id,
    metric: {
      namespace: metric.namespace,
      metricName: metric.name,
      dimensions: metric.dimensions,
      period: spec.periodSeconds,
      stat,
    },
    returnData: spec.expression === undefined,
  }));
  if (spec.expression === undefined) return metrics;
  const result = { id: "result", label: spec.name, expression: spec.expression, returnData: true };
  return [...metrics, result];
}
