/** What tells how the stack does: a dashboard, alarms to a topic, a saved query and a budget. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Autoscaler } from "../autoscaler";
import type { Cluster } from "../cluster";
import type { EncryptionKey } from "../encryption-key";
import { logGroupName, stackName } from "../naming";
import type { Pool } from "../pools/pool";
import { tagged } from "../stack-wide";
import type { StatelessFunction } from "../stateless-function";
import type { Workflow } from "../workflow";
import { alarm } from "./alarm";
import { monthlyBudget } from "./budget";
import { dashboardBody } from "./dashboard-body";
import type { WatchedPool } from "./metrics";
import { poolAlarms } from "./pool-alarms";
import { followTask } from "./saved-query";
import { autoscalerAlarms, executionAlarms } from "./stack-alarms";
import { AlarmTopic } from "./topic";

export interface ObservabilityArgs {
  readonly workflow: Workflow;
  readonly functions: readonly StatelessFunction[];
  /** Absent where every function is on Lambda. */
  readonly cluster?: Cluster | undefined;
  /** Absent where there is no pool to scale. */
  readonly autoscaler?: Autoscaler | undefined;
  readonly key: EncryptionKey;
  readonly email?: string | undefined;
  readonly maxWaitSeconds: number;
  readonly dollarsPerMonth: number;
}

export class Observability extends pulumi.ComponentResource {
  readonly topic: AlarmTopic;

  constructor(name: string, args: ObservabilityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:Observability", name, {}, opts);
    const child = { parent: this };
    this.topic = new AlarmTopic(`${name}-alarms`, { key: args.key, email: args.email }, child);
    const topicArn = this.topic.arn;
    const pools = args.functions.flatMap((each) => each.pools);
    for (const pool of pools) watchPool(pool, args, topicArn, child);
    watchExecutions(args, topicArn, child);
    if (args.autoscaler !== undefined) watchAutoscaler(args.autoscaler, topicArn, child);
    dashboard(name, args, pools, child);
    followTask(`${name}-follow-task`, logGroupNames(args), child);
    monthlyBudget(`${name}-budget`, { dollarsPerMonth: args.dollarsPerMonth, topicArn }, child);
    this.registerOutputs({ topicArn });
  }
}

/** Names of alarms are known at once: from the same list, with nothing in it. */
const UNKNOWN_POOL = { activityArn: "", clusterName: "", serviceName: "", dollarsPerWorkerHour: null };

function watchPool(
  pool: Pool,
  args: ObservabilityArgs,
  topicArn: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): void {
  const own = { ...opts, transformations: [tagged({ Function: pool.functionName })] };
  const { name, functionName, maxWorkers } = pool;
  const names = poolAlarms({ ...UNKNOWN_POOL, name, functionName, maxWorkers }, args.maxWaitSeconds);
  const specs = watched(pool, args.cluster).apply((each) => poolAlarms(each, args.maxWaitSeconds));
  names.forEach((spec, index) => alarm(spec.name, at(specs, index), topicArn, own));
}

function watchExecutions(
  { workflow }: ObservabilityArgs,
  topicArn: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): void {
  const specs = workflow.stateMachine.arn.apply((arn) => executionAlarms(workflow.name, arn));
  executionAlarms(workflow.name, "").forEach((spec, index) =>
    alarm(spec.name, at(specs, index), topicArn, opts),
  );
}

function watchAutoscaler(
  autoscaler: Autoscaler,
  topicArn: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): void {
  const names = pulumi.all([autoscaler.function.name, autoscaler.failures.name]);
  const specs = names.apply(([lambda, queue]) => autoscalerAlarms("autoscaler", lambda, queue));
  autoscalerAlarms("autoscaler", "", "").forEach((spec, index) =>
    alarm(spec.name, at(specs, index), topicArn, opts),
  );
}

function dashboard(
  name: string,
  args: ObservabilityArgs,
  pools: readonly Pool[],
  opts: pulumi.CustomResourceOptions,
): void {
  const body = pulumi
    .all([
      args.workflow.stateMachine.arn,
      pulumi.all(pools.map((pool) => watched(pool, args.cluster))),
      args.autoscaler?.function.name ?? pulumi.output(null),
    ])
    .apply(([stateMachineArn, watchedPools, autoscalerName]) =>
      dashboardBody({
        region: aws.config.requireRegion(),
        pools: watchedPools,
        stateMachineArn,
        autoscalerName,
      }),
    );
  new aws.cloudwatch.Dashboard(
    `${name}-dashboard`,
    { dashboardName: stackName("overview"), dashboardBody: pulumi.jsonStringify(body) },
    opts,
  );
}

/** Wherever a task may have been: known names, since each is the stack's and the function's. */
function logGroupNames({ functions, workflow }: ObservabilityArgs): readonly string[] {
  return [
    logGroupName("/aws/vendedlogs/states", workflow.name),
    ...functions.flatMap(({ name, lambda, pools }) => [
      ...(lambda === undefined ? [] : [logGroupName("", `lambda/${name}`)]),
      ...pools.map((pool) => logGroupName("", `workers/${pool.name}`)),
    ]),
  ];
}

function watched(pool: Pool, cluster: Cluster | undefined): pulumi.Output<WatchedPool> {
  const { name, functionName, maxWorkers, dollarsPerWorkerHour } = pool;
  return pulumi
    .all([pool.activity.arn, cluster?.cluster.name ?? "", pool.service.name])
    .apply(([activityArn, clusterName, serviceName]) => ({
      name,
      functionName,
      maxWorkers,
      dollarsPerWorkerHour,
      activityArn,
      clusterName,
      serviceName,
    }));
}

function at<T>(list: pulumi.Output<readonly T[]>, index: number): pulumi.Output<T> {
  return list.apply((each) => each[index] as T);
}
