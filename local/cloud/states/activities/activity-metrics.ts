/** What CloudWatch hears of activities: AWS's names in namespace AWS/States, dimension ActivityArn. */

/** One data point. `unit` is CloudWatch's, `Count` or `Milliseconds` here. */
export interface MetricPoint {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  readonly unit: string;
  readonly timeMs: number;
}

/** Where the points go. */
export interface MetricSink {
  record(point: MetricPoint): void;
}

/** The instants of one task, in milliseconds since the epoch. */
export interface TaskTimes {
  readonly scheduledMs: number;
  /** Null when no worker ever took it. */
  readonly startedMs: number | null;
  readonly endedMs: number;
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html#cloudwatch-step-functions-activity-metrics */
export interface ActivityMetrics {
  scheduled(activityArn: string, timeMs: number): void;
  started(activityArn: string, scheduledMs: number, startedMs: number): void;
  /** Withdrawn tasks have no end: AWS counts nothing for them. */
  ended(
    activityArn: string,
    how: "Succeeded" | "Failed" | "TimedOut" | "HeartbeatTimedOut",
    times: TaskTimes,
  ): void;
}

export function createActivityMetrics(sink: MetricSink): ActivityMetrics {
  function record(activityArn: string, name: string, value: number, unit: string, timeMs: number): void {
    sink.record({
      namespace: "AWS/States",
      name,
      dimensions: { ActivityArn: activityArn },
      value,
      unit,
      timeMs,
    });
  }
  return {
    scheduled(activityArn, timeMs) {
      record(activityArn, "ActivitiesScheduled", 1, "Count", timeMs);
    },
    started(activityArn, scheduledMs, startedMs) {
      record(activityArn, "ActivitiesStarted", 1, "Count", startedMs);
      record(activityArn, "ActivityScheduleTime", startedMs - scheduledMs, "Milliseconds", startedMs);
    },
    ended(activityArn, how, { scheduledMs, startedMs, endedMs }) {
      record(activityArn, `Activities${how}`, 1, "Count", endedMs);
      record(activityArn, "ActivityTime", endedMs - scheduledMs, "Milliseconds", endedMs);
      if (startedMs !== null)
        record(activityArn, "ActivityRunTime", endedMs - startedMs, "Milliseconds", endedMs);
    },
  };
}
