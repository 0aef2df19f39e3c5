/** What each pool is watched for. Data: every alarm says what it means and what to look at first. */
import { DEPLOYMENT_FAILED } from "../../autoscaler/settings";
import type { AlarmSpec } from "./alarm";
import { ofActivity, ofPool, ofService, type WatchedPool } from "./metrics";

const MINUTE = 60;
const QUARTER = 15 * MINUTE;
/** As long as a cold GPU instance takes at worst, and then some. */
const START_PERIODS = 15;
/** A pool may well be at its maximum for a while; for this long, in minutes, it is too small. */
const FULL_PERIODS = 30;

export function poolAlarms(pool: WatchedPool, maxWaitSeconds: number): readonly AlarmSpec[] {
  return [waiting(pool, maxWaitSeconds), unserved(pool), notStarting(pool), failing(pool), full(pool)];
}

function waiting(pool: WatchedPool, maxWaitSeconds: number): AlarmSpec {
  return {
    name: `${pool.name}-waiting`,
    description: `A task of ${pool.functionName} waited more than ${String(maxWaitSeconds)} s for a worker. Look at desired and running workers of ${pool.name}: is it at its maximum, or slow to start?`,
    metrics: { wait: { metric: ofActivity(pool, "ActivityScheduleTime"), stat: "Maximum" } },
    comparison: "GreaterThanThreshold",
    threshold: maxWaitSeconds * 1000,
    periodSeconds: MINUTE,
    periods: 5,
    datapoints: 1,
  };
}

/** The wait of a task that never started is in no metric: this one tells. */
function unserved(pool: WatchedPool): AlarmSpec {
  return {
    name: `${pool.name}-unserved`,
    description: `Tasks of ${pool.functionName} were scheduled and none was started in 15 minutes. Look at the autoscaler's log for ${pool.name}, then at the service's events: no capacity, no quota (GPU quotas are 0 in new accounts), an image that can't be pulled.`,
    metrics: {
      scheduled: { metric: ofActivity(pool, "ActivitiesScheduled"), stat: "Sum" },
      started: { metric: ofActivity(pool, "ActivitiesStarted"), stat: "Sum" },
    },
    expression: "IF(FILL(scheduled,0)>0 AND FILL(started,0)==0,1,0)",
    comparison: "GreaterThanOrEqualToThreshold",
    threshold: 1,
    periodSeconds: QUARTER,
    periods: 1,
  };
}

function notStarting(pool: WatchedPool): AlarmSpec {
  return {
    name: `${pool.name}-failed-starts`,
    description: `${pool.name} wants workers and has had none for 15 minutes, or ECS has given its newest deployment up. Look at the service's events and at its stopped tasks: they say why a start failed.`,
    metrics: {
      desired: { metric: ofService(pool, "DesiredTaskCount"), stat: "Maximum" },
      running: { metric: ofService(pool, "RunningTaskCount"), stat: "Maximum" },
      // The autoscaler wants no more workers of such a deployment, so the two above don't tell.
      failed: { metric: ofPool(pool, DEPLOYMENT_FAILED), stat: "Maximum" },
    },
    expression: "IF((FILL(desired,0)>0 AND FILL(running,0)==0) OR FILL(failed,0)>0,1,0)",
    comparison: "GreaterThanOrEqualToThreshold",
    threshold: 1,
    periodSeconds: MINUTE,
    periods: START_PERIODS,
  };
}

function failing(pool: WatchedPool): AlarmSpec {
  return {
    name: `${pool.name}-failures`,
    description: `Tasks of ${pool.functionName} fail, time out or lose their worker, retries included. Follow one by the saved query; a failed execution can be redriven (docs/operations.md).`,
    metrics: {
      failed: { metric: ofActivity(pool, "ActivitiesFailed"), stat: "Sum" },
      timedOut: { metric: ofActivity(pool, "ActivitiesTimedOut"), stat: "Sum" },
      lost: { metric: ofActivity(pool, "ActivitiesHeartbeatTimedOut"), stat: "Sum" },
    },
    expression: "FILL(failed,0)+FILL(timedOut,0)+FILL(lost,0)",
    comparison: "GreaterThanThreshold",
    threshold: 0,
    periodSeconds: 5 * MINUTE,
    periods: 1,
  };
}

function full(pool: WatchedPool): AlarmSpec {
  return {
    name: `${pool.name}-full`,
    description: `${pool.name} has been at its maximum of ${String(pool.maxWorkers)} workers for half an hour. Raise maxWorkers in the stack file, or accept the wait.`,
    metrics: { running: { metric: ofService(pool, "RunningTaskCount"), stat: "Minimum" } },
    comparison: "GreaterThanOrEqualToThreshold",
    threshold: pool.maxWorkers,
    periodSeconds: MINUTE,
    periods: FULL_PERIODS,
  };
}
