/** A function and wherever it runs (D1): one image, one line to move it, and the Task state that calls it. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "./cluster";
import type { FunctionImage } from "./function-image";
import { fitsLambda, poolPlacements, type FunctionSettings, type PoolPlacement } from "./function-settings";
import { LambdaPlacement } from "./lambda-placement";
import { Pool } from "./pool";
import type { Grant } from "./role";
import { taskState, type TaskState, type TaskStateFields } from "./task-state";
import type { WorkerImage } from "./worker-image";

export interface StatelessFunctionArgs extends FunctionSettings {
  readonly image: FunctionImage;
  /** What the function may touch, wherever it runs; nothing else. */
  readonly grants: readonly Grant[];
  readonly cluster: Cluster;
  readonly workerImage: WorkerImage;
  readonly logRetentionDays: number;
}

export class StatelessFunction extends pulumi.ComponentResource {
  /** Absent where time-out, memory or GPU allow none. */
  readonly lambda: LambdaPlacement | undefined;
  /** Always declared: it costs nothing, and executions that began under another placement may still call it. */
  readonly activity: aws.sfn.Activity;
  /** None on lambda; two while `previousPlacement` keeps the pool that the function left. */
  readonly pools: readonly Pool[];
  readonly #args: StatelessFunctionArgs;

  constructor(name: string, args: StatelessFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:StatelessFunction", name, {}, opts);
    const child = { parent: this };
    this.#args = args;
    this.lambda = fitsLambda(args) ? new LambdaPlacement(name, args, child) : undefined;
    this.activity = new aws.sfn.Activity(name, {}, child);
    this.pools = poolPlacements(args).map((placement) => this.#pool(name, placement));
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

  #pool(name: string, placement: PoolPlacement): Pool {
    const { placement: current, minWorkers, gpu, ...args } = this.#args;
    return new Pool(
      `${name}-${placement}`,
      {
        ...args,
        functionName: name,
        placement,
        activity: this.activity,
        // A pool that the function has left keeps no warm workers, and Fargate has no GPU.
        minWorkers: placement === current ? minWorkers : 0,
        gpu: placement === "ec2" ? gpu : 0,
      },
      { parent: this },
    );
  }
}
