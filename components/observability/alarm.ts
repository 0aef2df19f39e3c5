/** Turns an alarm's description into CloudWatch's resource. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { AlarmSpec } from "./pool-alarms";

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
