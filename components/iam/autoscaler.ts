/** Rights of the autoscaler: read metrics, write its own, and set the desired count of its pools. */
import { METRICS_NAMESPACE, SIGNAL_TAG } from "../../autoscaler/settings";
import { onEverything, type Statement } from "./document";

/** Without services there is nothing to scale: only the metrics are left. */
export function scalePools(clusterArn: string, serviceArns: readonly string[]): readonly Statement[] {
  return [...metrics(), ...(serviceArns.length === 0 ? [] : services(clusterArn, serviceArns))];
}

function metrics(): readonly Statement[] {
  return [
    onEverything("ReadMetrics", ["cloudwatch:GetMetricData"]),
    onEverything("WriteOwnMetrics", ["cloudwatch:PutMetricData"], {
      StringEquals: { "cloudwatch:namespace": METRICS_NAMESPACE },
    }),
  ];
}

function services(clusterArn: string, serviceArns: readonly string[]): readonly Statement[] {
  const inCluster = { ArnEquals: { "ecs:cluster": clusterArn } };
  return [
    {
      Sid: "SeePools",
      Effect: "Allow",
      Action: ["ecs:DescribeServices"],
      Resource: serviceArns,
      Condition: inCluster,
    },
    {
      Sid: "ScalePools",
      Effect: "Allow",
      Action: ["ecs:UpdateService"],
      Resource: serviceArns,
      // Counts alone: a call that names a task definition is another deployment, and refused.
      Condition: { ...inCluster, Null: { "ecs:task-definition": "true" } },
    },
  ];
}

/** Read what the autoscaler is told, at each tick. */
export function readSettings(parameterArns: readonly string[]): readonly Statement[] {
  return [{ Sid: "ReadSettings", Effect: "Allow", Action: ["ssm:GetParameters"], Resource: parameterArns }];
}

/**
 * Mark a service with what the state machine's log said, and nothing else. The action has no `ecs:cluster`:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
 */
export function markPools(serviceArns: readonly string[]): readonly Statement[] {
  if (serviceArns.length === 0) return [];
  return [
    {
      Sid: "MarkPools",
      Effect: "Allow",
      Action: ["ecs:TagResource"],
      Resource: serviceArns,
      Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": [SIGNAL_TAG] } },
    },
  ];
}
