/** What the stack as a whole is watched for: its executions, and whether the autoscaler does its work. */
import type { AlarmSpec } from "./alarm";

const MINUTE = 60;

/** Failed executions: they stay, and can be redriven for 14 days. */
export function executionAlarms(name: string, stateMachineArn: string): readonly AlarmSpec[] {
  const metric = (end: string) => ({
    metric: {
      namespace: "AWS/States",
      name: `Executions${end}`,
      dimensions: { StateMachineArn: stateMachineArn },
    },
    stat: "Sum",
  });
  return [
    {
      name: `${name}-failures`,
      description: `Executions of ${name} failed or timed out. Their history says where; mend it and redrive them (docs/operations.md).`,
      metrics: { failed: metric("Failed"), timedOut: metric("TimedOut") },
      expression: "FILL(failed,0)+FILL(timedOut,0)",
      comparison: "GreaterThanThreshold",
      threshold: 0,
      periodSeconds: 5 * MINUTE,
      periods: 1,
    },
  ];
}

/** Without its ticks no pool grows, and none shrinks. */
export function autoscalerAlarms(
  name: string,
  functionName: string,
  failureQueueName: string,
): readonly AlarmSpec[] {
  const lambda = (metric: string) => ({
    metric: { namespace: "AWS/Lambda", name: metric, dimensions: { FunctionName: functionName } },
    stat: "Sum",
  });
  return [
    {
      name: `${name}-errors`,
      description: `The autoscaler failed in 3 of 5 minutes: pools keep their counts. Its log names the pool and the reason.`,
      metrics: { errors: lambda("Errors") },
      comparison: "GreaterThanThreshold",
      threshold: 0,
      periodSeconds: MINUTE,
      periods: 5,
      datapoints: 3,
    },
    {
      name: `${name}-stale`,
      description: `The autoscaler has not been called for 5 minutes: pools keep their counts. Look at its schedule, and at throttles of the account.`,
      metrics: { invocations: lambda("Invocations") },
      comparison: "LessThanThreshold",
      threshold: 1,
      periodSeconds: MINUTE,
      periods: 5,
      missing: "breaching",
    },
    {
      name: `${name}-lost`,
      description: `An invocation of the autoscaler was given up: ${failureQueueName} says which and why.`,
      metrics: {
        lost: {
          metric: {
            namespace: "AWS/SQS",
            name: "ApproximateNumberOfMessagesVisible",
            dimensions: { QueueName: failureQueueName },
          },
          stat: "Maximum",
        },
      },
      comparison: "GreaterThanThreshold",
      threshold: 0,
      periodSeconds: 5 * MINUTE,
      periods: 1,
    },
  ];
}
