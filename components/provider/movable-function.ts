/**
 * A function with all that it needs, in flat arguments: an image that exists, in a network that exists. For programs that
 * take this one piece; a stack of its own is index.ts.
 */
import * as pulumi from "@pulumi/pulumi";
import { Autoscaler } from "../autoscaler";
import { Cluster } from "../cluster";
import { EncryptionKey } from "../encryption-key";
import type { Statement } from "../iam/document";
import { FunctionImage } from "../images/function-image";
import { WorkerImage } from "../images/worker-image";
import { Network } from "../network/network";
import { poolPlacements, type FunctionSettings } from "../settings/function-entry";
import { functionSettings } from "../settings/function-settings";
import { stackTags } from "../stack-wide";
import { StatelessFunction } from "../stateless-function";

/** Days that logs are kept. @default 30 */
const LOG_RETENTION_DAYS = 30;

/** What a stack file's entry does not have. */
const NOT_OF_THE_ENTRY = ["workerImageUri", "command", "entryPoint", "policy", "vpcId", "privateSubnetIds"];

export interface MovableFunctionArgs {
  /** The function's image in ECR, ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME@sha256:DIGEST. */
  imageUri: string;
  /** The worker's image, likewise; built from worker/Dockerfile. */
  workerImageUri: string;
  /** The handler, as the image's CMD names it. */
  command: string[];
  /** The process before it. Default: /lambda-entrypoint.sh, that of AWS's base images. */
  entryPoint?: string[];
  /** "lambda", "fargate", "ec2" or "managed-instances". */
  placement: string;
  /** Where it ran before; keeps that pool for the executions that began before the move. */
  previousPlacement?: string;
  /** "x86_64" (default) or "arm64". */
  architecture?: string;
  memoryMib: number;
  /** CPU units of one worker; 1,024 are one vCPU. */
  cpu: number;
  timeoutSeconds: number;
  heartbeatSeconds?: number;
  slots?: number;
  minWorkers?: number;
  maxWorkers: number;
  spotPercent?: number;
  gpu?: number;
  instanceTypes?: string[];
  dollarsPerWorkerHour?: number;
  maxDollarsPerHour?: number;
  environment?: { [name: string]: string };
  /** An IAM policy document in JSON: what the function may touch, wherever it runs. */
  policy?: pulumi.Input<string>;
  vpcId: string;
  privateSubnetIds: string[];
}

export class MovableFunction extends pulumi.ComponentResource {
  /** What a Task state's Resource is: the Lambda function, or the activity. */
  readonly resourceArn: pulumi.Output<string>;
  readonly activityArn: pulumi.Output<string>;
  /** What a Task state's TimeoutSeconds is. */
  readonly stateTimeoutSeconds: pulumi.Output<number>;
  /** What its HeartbeatSeconds is; 0 on lambda, where a state has none. */
  readonly stateHeartbeatSeconds: pulumi.Output<number>;

  constructor(name: string, args: MovableFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:MovableFunction", name, {}, opts);
    const settings = this.#settings(args);
    const child = { parent: this };
    const key = new EncryptionKey(`${name}-key`, { retain: false }, child);
    const logs = { key, retentionDays: LOG_RETENTION_DAYS };
    const common = { key, logs, retain: false };
    const { vpcId, privateSubnetIds } = args;
    const network = new Network(
      `${name}-network`,
      { settings: { vpcId, privateSubnetIds }, functions: [settings], logs },
      child,
    );
    const onPool = poolPlacements(settings).length > 0;
    const functions = { [name]: settings };
    const cluster = onPool
      ? new Cluster(
          `${name}-cluster`,
          { ...common, network, functions, tags: stackTags({ tags: {} }) },
          child,
        )
      : undefined;
    const { architecture } = settings;
    const imageUris = { [architecture]: args.workerImageUri };
    const workerImage = new WorkerImage(
      `${name}-worker`,
      { ...common, architectures: [architecture], imageUris },
      child,
    );
    const config = { entryPoint: args.entryPoint ?? ["/lambda-entrypoint.sh"], command: args.command };
    const image = new FunctionImage(
      name,
      { ...common, imageUri: args.imageUri, architecture, config },
      child,
    );
    const grants = args.policy === undefined ? [] : [pulumi.output(args.policy).apply(statementsOf)];
    const one = new StatelessFunction(
      name,
      { ...settings, ...common, image, workerImage, grants, cluster, network, functionRole: true },
      child,
    );
    if (cluster !== undefined)
      new Autoscaler(`${name}-autoscaler`, { ...common, cluster, pools: one.pools }, child);

    const state = one.taskState({ End: true });
    this.resourceArn = state.Resource;
    this.activityArn = one.activity.arn;
    this.stateTimeoutSeconds = pulumi.output(state.TimeoutSeconds);
    this.stateHeartbeatSeconds = pulumi.output(state.HeartbeatSeconds ?? 0);
    const { resourceArn, activityArn, stateTimeoutSeconds, stateHeartbeatSeconds } = this;
    this.registerOutputs({ resourceArn, activityArn, stateTimeoutSeconds, stateHeartbeatSeconds });
  }

  /** By the same schema as a stack file's entry. */
  #settings(args: MovableFunctionArgs): FunctionSettings {
    const own = Object.entries(args).filter(([key]) => !NOT_OF_THE_ENTRY.includes(key));
    const entry = Object.fromEntries(own) as Readonly<Record<string, unknown>>;
    const parsed = functionSettings.safeParse(entry);
    if (parsed.success) return parsed.data;
    const wrong = parsed.error.issues.map((issue) => {
      const key = String(issue.path[0] ?? "arguments");
      return `${key}: got ${JSON.stringify(entry[key]) ?? "nothing"}, allowed is ${issue.message}`;
    });
    throw new pulumi.ResourceError(`The arguments are wrong: ${wrong.join("; ")}.`, this, true);
  }
}

function statementsOf(policy: string): readonly Statement[] {
  const { Statement: statements = [] } = JSON.parse(policy) as { Statement?: Statement[] };
  return statements.map((statement, index) => ({
    ...statement,
    Sid: statement.Sid ?? `Grant${String(index)}`,
  }));
}
