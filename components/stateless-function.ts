/** A function and wherever it runs (D1): one image, one line to move it, and the Task state that calls it. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "./cluster";
import type { Payloads } from "./data-bucket";
import type { EncryptionKey } from "./encryption-key";
import { readSecret } from "./iam/grants";
import { functionRoles, type FunctionRoles } from "./function-roles";
import type { FunctionImage } from "./images/function-image";
import type { WorkerImage } from "./images/worker-image";
import { LambdaPlacement } from "./lambda-placement";
import type { LogSettings } from "./log-group";
import type { Network } from "./network/network";
import { reachGroup } from "./network/reach";
import { dollarsPerWorkerHour } from "./pools/price";
import { Ec2Pool } from "./pools/ec2-pool";
import { FargatePool } from "./pools/fargate-pool";
import { ManagedInstancesPool } from "./pools/managed-instances-pool";
import type { Pool } from "./pools/pool";
import type { WorkersArgs } from "./pools/worker-service";
import type { Grant } from "./role";
import { poolPlacements, type FunctionSettings, type PoolPlacement } from "./settings/function-entry";
import { fitsLambda } from "./settings/function-settings";
import { tagged } from "./stack-wide";
import { taskState, type TaskState, type TaskStateFields } from "./task-state";

/** Short, since the names of roles are made of them. */
const POOL_NAMES: Readonly<Record<PoolPlacement, string>> = {
  fargate: "fargate",
  ec2: "ec2",
  "managed-instances": "managed",
};

export interface StatelessFunctionArgs extends FunctionSettings {
  readonly image: FunctionImage;
  /** What the function may touch, wherever it runs; nothing else. */
  readonly grants: readonly Grant[];
  /** Whether the function gets a role apart from its worker's. */
  readonly functionRole: boolean;
  /** Needed where it has a pool. */
  readonly cluster?: Cluster | undefined;
  /** Needed where it has a pool. */
  readonly workerImage?: WorkerImage | undefined;
  /** Needed where it reaches beyond AWS. */
  readonly network?: Network | undefined;
  /** Where its workers keep large payloads; needed where `largePayloads` is true and it has a pool. */
  readonly payloads?: Payloads | undefined;
  readonly key: EncryptionKey;
  readonly logs: LogSettings;
}

export class StatelessFunction extends pulumi.ComponentResource {
  /** Absent where time-out, memory or GPU allow none. */
  readonly lambda: LambdaPlacement | undefined;
  /** Always declared: it costs nothing, and executions that began under another placement may still call it. */
  readonly activity: aws.sfn.Activity;
  /** None on lambda; two while `previousPlacement` keeps the pool that the function left. */
  readonly pools: readonly Pool[];
  readonly name: string;
  /** By digest; the same on Lambda and on every pool. */
  readonly imageUri: pulumi.Output<string>;
  readonly #args: StatelessFunctionArgs;

  constructor(name: string, args: StatelessFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    const transformations = [...(opts?.transformations ?? []), tagged({ Function: name })];
    super("loveless:index:StatelessFunction", name, {}, { ...opts, transformations });
    this.name = name;
    this.imageUri = args.image.image.imageUri;
    this.#args = args;
    const grants = [...args.grants, ...Object.values(args.secrets).map((arn) => readSecret(arn))];
    // Its name and its key can't be changed: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html
    this.activity = new aws.sfn.Activity(
      name,
      { encryptionConfiguration: { type: "CUSTOMER_MANAGED_KMS_KEY", kmsKeyId: args.key.arn } },
      { parent: this },
    );
    const securityGroupIds = this.#securityGroupIds();
    this.lambda = fitsLambda(args) ? this.#lambda(grants, securityGroupIds) : undefined;
    this.#warn();
    const placements = poolPlacements(args);
    const roles = placements.length === 0 ? undefined : this.#roles(grants);
    this.pools = placements.map((placement) => this.#pool(placement, roles, securityGroupIds));
    this.registerOutputs({ activityArn: this.activity.arn, functionArn: this.lambda?.function.arn });
  }

  /** The Task state that calls the function where it is placed; pass `Next` or `End`, and paths where needed. */
  taskState(fields: TaskStateFields): TaskState<pulumi.Output<string>> {
    const { placement, timeoutSeconds, heartbeatSeconds } = this.#args;
    if (placement !== "lambda") {
      return taskState({ arn: this.activity.arn, timeoutSeconds, heartbeatSeconds }, fields);
    }
    // fitsLambda holds for every function that is placed there.
    if (this.lambda === undefined)
      throw new pulumi.ResourceError("A function on lambda has no Lambda function.", this);
    return taskState({ arn: this.lambda.function.arn, timeoutSeconds }, fields);
  }

  /** Each variable of `secrets` holds an ARN: the function reads the value, by the same call on every placement. */
  get #environment(): Readonly<Record<string, string>> {
    return { ...this.#args.environment, ...this.#args.secrets };
  }

  get #payloads(): Payloads | undefined {
    const { largePayloads, payloads } = this.#args;
    return largePayloads ? this.#needed(payloads, "payloads") : undefined;
  }

  #securityGroupIds(): readonly pulumi.Input<string>[] {
    const { network, reach } = this.#args;
    if (network === undefined) return [];
    const own = reach.length === 0 ? [] : [reachGroup(this.name, { network, reach }, { parent: this }).id];
    return [network.workerSecurityGroup.id, ...own];
  }

  #lambda(grants: readonly Grant[], securityGroupIds: readonly pulumi.Input<string>[]): LambdaPlacement {
    const { network, reach, ...args } = this.#args;
    const inside = reach.length === 0 || network === undefined ? undefined : { network, securityGroupIds };
    const placed = { ...args, environment: this.#environment, grants, inside };
    return new LambdaPlacement(this.name, placed, { parent: this });
  }

  #roles(grants: readonly Grant[]): FunctionRoles {
    const { functionRole, key } = this.#args;
    const workerGrants = this.#payloads?.grants ?? [];
    const cluster = this.#needed(this.#args.cluster, "cluster");
    return functionRoles(
      this.name,
      { activity: this.activity, cluster, key, grants, workerGrants, functionRole },
      { parent: this },
    );
  }

  #pool(
    placement: PoolPlacement,
    roles: FunctionRoles | undefined,
    securityGroupIds: readonly pulumi.Input<string>[],
  ): Pool {
    const args = this.#args;
    const cluster = this.#needed(args.cluster, "cluster");
    const { worker, function: functionRole } = this.#needed(roles, "roles");
    // A pool that the function has left keeps no warm workers.
    const minWorkers = placement === args.placement ? args.minWorkers : 0;
    const workers: WorkersArgs = {
      ...args,
      functionName: this.name,
      activity: this.activity,
      cluster,
      workerImage: this.#needed(args.workerImage, "workerImage"),
      workerRole: worker,
      functionRole,
      securityGroupIds,
      environment: this.#environment,
      minWorkers,
      spillTo: this.#payloads?.uri,
    };
    const name = `${this.name}-${POOL_NAMES[placement]}`;
    const { service } = this.#place(name, placement, workers, cluster);
    return {
      name,
      functionName: this.name,
      placement,
      service,
      activity: this.activity,
      slots: args.slots,
      minWorkers,
      maxWorkers: args.maxWorkers,
      profile: args.profile,
      dollarsPerWorkerHour: dollarsPerWorkerHour(placement, args),
      maxDollarsPerHour: args.maxDollarsPerHour ?? null,
    };
  }

  #place(
    name: string,
    placement: PoolPlacement,
    workers: WorkersArgs,
    cluster: Cluster,
  ): { readonly service: aws.ecs.Service } {
    const child = { parent: this };
    switch (placement) {
      case "fargate": {
        const { spotPercent, onDemandWorkers } = this.#args;
        return new FargatePool(name, { ...workers, spotPercent, onDemandWorkers }, child);
      }
      case "ec2":
        return new Ec2Pool(name, { ...workers, instances: cluster.instancesOf(this.name) }, child);
      case "managed-instances":
        return new ManagedInstancesPool(
          name,
          { ...workers, instances: cluster.managedInstancesOf(this.name) },
          child,
        );
    }
  }

  /** A wait that would not be noticed until a payload is too large. */
  #warn(): void {
    if (!this.#args.largePayloads || this.#args.placement !== "lambda") return;
    const message = `largePayloads of ${this.name} waits, since it is on lambda, where no worker carries them: its outputs over 262,144 bytes fail, and it gets the envelopes of other functions' as they are.`;
    void pulumi.log.warn(message, this);
  }

  #needed<T>(value: T | undefined, key: string): T {
    if (value !== undefined) return value;
    throw new pulumi.ResourceError(
      `The function ${this.name} on ${this.#args.placement} needs ${key}, got none; pass ${key} to StatelessFunction.`,
      this,
      true,
    );
  }
}
