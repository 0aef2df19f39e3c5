/** The autoscaler: a Lambda function that a schedule calls each minute, with the pools that it scales in its settings. */
import { buildSync } from "esbuild";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { AUTOSCALER_SETTINGS, type AutoscalerSettingsInput } from "../autoscaler/settings";
import type { Cluster } from "./cluster";
import { scalePools } from "./iam/autoscaler";
import { invokeFunctions } from "./iam/invoke";
import { writeLogs } from "./iam/logs";
import { logGroupName } from "./naming";
import type { Pool } from "./pool";
import { serviceRole } from "./role";

const HANDLER = join(__dirname, "../autoscaler/handler.ts");
/** A bin of the metrics on AWS, and the shortest rate of EventBridge Scheduler. */
const MINUTE_SECONDS = 60;
/** Less than a tick, so that two never overlap. */
const TIMEOUT_SECONDS = 50;
const MEMORY_MIB = 256;

export interface AutoscalerArgs {
  readonly cluster: Cluster;
  readonly pools: readonly Pool[];
  readonly logRetentionDays: number;
}

export class Autoscaler extends pulumi.ComponentResource {
  readonly function: aws.lambda.Function;

  constructor(name: string, args: AutoscalerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:Autoscaler", name, {}, opts);
    const child = { parent: this };
    this.function = handlerFunction(name, args, child);
    new aws.lambda.FunctionEventInvokeConfig(
      `${name}-invocations`,
      // A late tick is worth nothing: the next one sees more.
      { functionName: this.function.name, maximumEventAgeInSeconds: MINUTE_SECONDS, maximumRetryAttempts: 0 },
      child,
    );
    eachMinute(name, this.function, child);
    this.registerOutputs({ functionArn: this.function.arn });
  }
}

function handlerFunction(
  name: string,
  args: AutoscalerArgs,
  opts: pulumi.CustomResourceOptions,
): aws.lambda.Function {
  const logs = new aws.cloudwatch.LogGroup(
    `${name}-logs`,
    { name: logGroupName("", `lambda/${name}`), retentionInDays: args.logRetentionDays },
    opts,
  );
  const clusterArn = args.cluster.cluster.arn;
  const services = pulumi.all(args.pools.map((pool) => pool.service.arn));
  const scaling = pulumi.all([clusterArn, services]).apply(([cluster, arns]) => scalePools(cluster, arns));
  const { role, policy } = serviceRole(
    name,
    { service: "lambda.amazonaws.com", grants: [logs.arn.apply(writeLogs), scaling] },
    opts,
  );
  return new aws.lambda.Function(
    name,
    {
      runtime: "nodejs24.x",
      handler: "index.handler",
      code: new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.StringAsset(bundle()) }),
      memorySize: MEMORY_MIB,
      timeout: TIMEOUT_SECONDS,
      role: role.arn,
      environment: { variables: { [AUTOSCALER_SETTINGS]: pulumi.jsonStringify(settings(args)) } },
      loggingConfig: { logFormat: "JSON", logGroup: logs.name },
    },
    { ...opts, dependsOn: [policy] },
  );
}

function settings(args: AutoscalerArgs): AutoscalerSettingsInput<pulumi.Output<string>> {
  return {
    clusterArn: args.cluster.cluster.arn,
    minuteSeconds: MINUTE_SECONDS,
    pools: args.pools.map((pool) => ({
      function: pool.functionName,
      activityArn: pool.activity.arn,
      serviceArn: pool.service.arn,
      slots: pool.slots,
      minWorkers: pool.minWorkers,
      maxWorkers: pool.maxWorkers,
    })),
  };
}

/** The handler with all that it imports, so that Lambda runs the SDK that the tests ran. */
function bundle(): string {
  const built = buildSync({
    entryPoints: [HANDLER],
    bundle: true,
    write: false,
    platform: "node",
    target: "node24",
    minify: true,
    keepNames: true,
  });
  const [output] = built.outputFiles;
  if (output === undefined)
    throw new pulumi.RunError(`${HANDLER} gave no bundle; run esbuild on it to see why.`);
  return output.text;
}

function eachMinute(name: string, target: aws.lambda.Function, opts: pulumi.CustomResourceOptions): void {
  const { role, policy } = serviceRole(
    `${name}-schedule`,
    { service: "scheduler.amazonaws.com", grants: [target.arn.apply((arn) => invokeFunctions([arn]))] },
    opts,
  );
  new aws.scheduler.Schedule(
    `${name}-schedule`,
    {
      scheduleExpression: "rate(1 minute)",
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: target.arn,
        roleArn: role.arn,
        retryPolicy: { maximumEventAgeInSeconds: MINUTE_SECONDS, maximumRetryAttempts: 0 },
      },
    },
    { ...opts, dependsOn: [policy] },
  );
}
