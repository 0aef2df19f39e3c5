/** What the autoscaler is told of its pools, in parameters that it reads at each tick. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { acrossParameters, type AutoscalerSettingsInput, MOST_POOLS } from "../autoscaler/settings";
import type { Cluster } from "./cluster";
import type { Pool } from "./pools/pool";

/** A bin of the metrics on AWS, and the shortest rate of EventBridge Scheduler. */
export const MINUTE_SECONDS = 60;

export interface AutoscaledPools {
  readonly cluster: Cluster;
  readonly pools: readonly Pool[];
  /** The state machine's log, which wakes sleeping pools in seconds. @default none: metrics alone, in minutes */
  readonly signal?: aws.cloudwatch.LogGroup | undefined;
  /** How long one worker may try a new deployment that no task needs, in minutes. @default 0: none does */
  readonly canaryMinutes?: number | undefined;
}

/**
 * Declares `${name}-settings`, and more where the pools are many. Read at each tick: a change counts at once. Beyond 4 KiB,
 * at about 12 pools, SSM calls one advanced: $0.05 a month.
 */
export function settingsParameters(
  name: string,
  args: AutoscaledPools,
  opts: pulumi.CustomResourceOptions,
): readonly aws.ssm.Parameter[] {
  const count = args.pools.length;
  if (count > MOST_POOLS) {
    throw new pulumi.RunError(
      `The autoscaler can look after ${String(MOST_POOLS)} pools, got ${String(count)}; give some of the functions a stack of their own.`,
    );
  }
  return acrossParameters(settings(args)).map(
    (value, index) =>
      new aws.ssm.Parameter(
        index === 0 ? `${name}-settings` : `${name}-settings-${String(index + 1)}`,
        { type: "String", tier: "Intelligent-Tiering", value: pulumi.jsonStringify(value) },
        opts,
      ),
  );
}

function settings(args: AutoscaledPools): AutoscalerSettingsInput<pulumi.Output<string>> {
  return {
    clusterArn: args.cluster.cluster.arn,
    minuteSeconds: MINUTE_SECONDS,
    fastSignal: args.signal !== undefined,
    canaryMinutes: args.canaryMinutes ?? 0,
    pools: args.pools.map((pool) => ({
      function: pool.functionName,
      activityArn: pool.activity.arn,
      serviceArn: pool.service.arn,
      slots: pool.slots,
      minWorkers: pool.minWorkers,
      maxWorkers: pool.maxWorkers,
      profile: pool.profile,
      ...(pool.dollarsPerWorkerHour === null ? {} : { pricePerWorkerHour: pool.dollarsPerWorkerHour }),
      ...(pool.maxDollarsPerHour === null ? {} : { spendCapPerHour: pool.maxDollarsPerHour }),
    })),
  };
}
