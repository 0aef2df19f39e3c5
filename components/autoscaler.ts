/** The autoscaler: a Lambda function that a schedule calls each minute, with the pools that it scales in its settings. */
import { buildSync } from "esbuild";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { AUTOSCALER_PARAMETER } from "../autoscaler/settings";
import { MINUTE_SECONDS, settingsParameters, type AutoscaledPools } from "./autoscaler-settings";
import type { EncryptionKey } from "./encryption-key";
import { failureQueue } from "./failure-queue";
import { markPools, readSettings, scalePools } from "./iam/autoscaler";
import { invokeFunctions } from "./iam/invoke";
import { sendTraces, writeLogs } from "./iam/logs";
import { logGroup, type LogSettings } from "./log-group";
import { logGroupName } from "./naming";
import { serviceRole, type Grant } from "./role";

const HANDLER = join(__dirname, "../autoscaler/handler.ts");
/** Less than a tick, so that two never overlap. */
const TIMEOUT_SECONDS = 50;
const MEMORY_MIB = 256;

export interface AutoscalerArgs extends AutoscaledPools {
  /** Concurrency that no other function of the account can take from it. @default none */
  readonly reservedConcurrency?: number | undefined;
  readonly key: EncryptionKey;
  readonly logs: LogSettings;
}

export class Autoscaler extends pulumi.ComponentResource {
  readonly function: aws.lambda.Function;
  /** Invocations that failed, and why. */
  readonly failures: aws.sqs.Queue;

  constructor(name: string, args: AutoscalerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:Autoscaler", name, {}, opts);
    const child = { parent: this };
    const failures = failureQueue(name, args.key, child);
    this.failures = failures.queue;
    this.function = handlerFunction(name, args, failures.grants, child);
    new aws.lambda.FunctionEventInvokeConfig(
      `${name}-invocations`,
      {
        functionName: this.function.name,
        // A late tick is worth nothing: the next one sees more.
        maximumEventAgeInSeconds: MINUTE_SECONDS,
        maximumRetryAttempts: 0,
        destinationConfig: { onFailure: { destination: this.failures.arn } },
      },
      child,
    );
    eachMinute(name, this.function, child);
    if (args.signal !== undefined) atOnce(name, this.function, args.signal, child);
    this.registerOutputs({ functionArn: this.function.arn });
  }
}

function handlerFunction(
  name: string,
  args: AutoscalerArgs,
  grants: readonly Grant[],
  opts: pulumi.CustomResourceOptions,
): aws.lambda.Function {
  const logs = logGroup(name, logGroupName("", `lambda/${name}`), args.logs, opts);
  const clusterArn = args.cluster.cluster.arn;
  const services = pulumi.all(args.pools.map((pool) => pool.service.arn));
  const scaling = pulumi.all([clusterArn, services]).apply(([cluster, arns]) => scalePools(cluster, arns));
  const marking = args.signal === undefined ? [] : [services.apply(markPools)];
  const parameters = settingsParameters(name, args, opts);
  const reading = pulumi.all(parameters.map(({ arn }) => arn)).apply(readSettings);
  const names = pulumi.all(parameters.map((each) => each.name)).apply((each) => each.join(","));
  const { role, policy } = serviceRole(
    name,
    {
      service: "lambda.amazonaws.com",
      grants: [logs.arn.apply(writeLogs), sendTraces(), reading, scaling, ...marking, ...grants],
    },
    opts,
  );
  return new aws.lambda.Function(
    name,
    {
      runtime: "nodejs24.x",
      architectures: ["arm64"],
      handler: "index.handler",
      code: new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.StringAsset(bundle()) }),
      memorySize: MEMORY_MIB,
      timeout: TIMEOUT_SECONDS,
      role: role.arn,
      ...(args.reservedConcurrency === undefined
        ? {}
        : { reservedConcurrentExecutions: args.reservedConcurrency }),
      tracingConfig: { mode: "Active" },
      environment: { variables: { [AUTOSCALER_PARAMETER]: names } },
      loggingConfig: { logFormat: "JSON", logGroup: logs.name },
    },
    { ...opts, dependsOn: [policy] },
  );
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

/** Each record of a task that was scheduled, as soon as CloudWatch Logs has it. */
function atOnce(
  name: string,
  target: aws.lambda.Function,
  log: aws.cloudwatch.LogGroup,
  opts: pulumi.CustomResourceOptions,
): void {
  const permission = new aws.lambda.Permission(
    `${name}-signal`,
    {
      function: target.name,
      action: "lambda:InvokeFunction",
      principal: "logs.amazonaws.com",
      sourceArn: pulumi.interpolate`${log.arn}:*`,
      sourceAccount: aws.getCallerIdentityOutput({}, { parent: opts.parent }).accountId,
    },
    opts,
  );
  new aws.cloudwatch.LogSubscriptionFilter(
    `${name}-signal`,
    { logGroup: log.name, destinationArn: target.arn, filterPattern: '{ $.type = "ActivityScheduled" }' },
    { ...opts, dependsOn: [permission] },
  );
}
