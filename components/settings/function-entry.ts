/**
 * What a stack file says of one function. Everything about it stays in its entry; moving it changes `placement` alone,
 * so the keys of a pool are allowed, and ignored, on lambda.
 */
import { z } from "zod";
import { PROFILES } from "../../autoscaler/settings";
import { dollars, text, whole } from "./messages";

/** The state's HeartbeatSeconds on a pool. @default 30 seconds */
export const HEARTBEAT_SECONDS = 30;
/** Size of /tmp. @default 512 MiB, Lambda's own. */
const EPHEMERAL_STORAGE_MIB = 512;
/** Open polls on one activity: https://docs.aws.amazon.com/step-functions/latest/dg/limits-overview.html */
export const MAX_POLLERS = 1000;

const placement = z.enum(["lambda", "fargate", "ec2", "managed-instances"], {
  error: '"lambda", "fargate", "ec2" or "managed-instances"',
});
const architecture = z.enum(["x86_64", "arm64"], { error: '"x86_64" or "arm64"' });

const instanceType = text(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'an EC2 instance type, such as "g4dn.xlarge"');
const variableName = text(
  /^(?!AWS_|LAMBDA_|LOVELESS_|_)[A-Za-z][A-Za-z0-9_]*$/,
  "a name of letters, digits and _ that does not begin with AWS_, LAMBDA_ or LOVELESS_",
);
const secretArn = text(
  /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^ ]+$/,
  "the ARN of a secret in Secrets Manager, arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME",
);
/** A digest without a tag, which is what Lambda takes: https://github.com/pulumi/pulumi-awsx/issues/1467 */
export const imageAtDigest = text(
  /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/[a-z0-9._/-]+@sha256:[0-9a-f]{64}$/,
  "an image in ECR at a digest and without a tag, ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME@sha256:DIGEST",
);

const reach = z.strictObject(
  {
    cidrBlock: z.cidrv4({ error: 'an IPv4 block, such as "10.30.0.0/16"' }),
    port: whole(1, 65_535, "a port"),
    description: text(/^.{3,255}$/, "what is there, in 3 to 255 characters"),
  },
  { error: "cidrBlock, port and description" },
);

/** The entry, key by key; components/settings/function-settings.ts has the rules that span several. */
export const functionEntry = z.strictObject(
  {
    placement,
    /** Where it ran before; keeps that pool for the executions that began before the move. */
    previousPlacement: placement.optional(),
    /** An image built elsewhere, promoted unchanged from stack to stack; without one, it is built from the function's folder. */
    imageUri: imageAtDigest.optional(),
    architecture: architecture.default("x86_64"),
    memoryMib: whole(128, 4_194_304, "MiB"),
    /** CPU units of one worker; 1,024 are one vCPU. On lambda, memory decides. */
    cpu: whole(256, 196_608, "CPU units"),
    /** Size of /tmp. On lambda up to 10,240 MiB; a pool gives at least its instance's or Fargate's own 20 GiB. */
    ephemeralStorageMib: whole(512, 200 * 1024, "MiB").default(EPHEMERAL_STORAGE_MIB),
    timeoutSeconds: whole(1, 604_800, "seconds"),
    heartbeatSeconds: whole(5, 86_400, "seconds").default(HEARTBEAT_SECONDS),
    /** Plain values for the function; nothing secret. */
    environment: z
      .record(variableName, z.string({ error: "a text" }), { error: "texts by the names of variables" })
      .default({}),
    /** Each variable holds the ARN of a secret, which the function may read; the value never passes through Pulumi. */
    secrets: z
      .record(variableName, secretArn, { error: "ARNs of secrets by the names of variables" })
      .default({}),
    /** What it may reach in the network beside AWS; anything here puts it into the VPC, on lambda as well. */
    reach: z.array(reach, { error: "a list of cidrBlock, port and description" }).default([]),
    /** "worker": a process serves task after task, as Lambda's do. "task": a fresh process for each. */
    isolation: z.enum(["worker", "task"], { error: '"worker" or "task"' }).default("worker"),
    /** Each task gets only those of the function's rights whose ARNs stand in its input; needs isolation "task" and functionRole. */
    sessionScope: z.boolean({ error: "true or false" }).default(false),
    /**
     * Outputs over Step Functions' 262,144 bytes travel by the stack's bucket, up to 6 MiB, between functions that all
     * have this. Only workers carry them: on lambda it waits.
     */
    largePayloads: z.boolean({ error: "true or false" }).default(false),
    /** "sidecar": the worker has a container of its own, for an image that can't take it in; see docs/worker.md for what is weaker. */
    worker: z.enum(["injected", "sidecar"], { error: '"injected" or "sidecar"' }).default("injected"),
    /** Tasks that one worker runs at once. */
    slots: whole(1, MAX_POLLERS, "slots").default(1),
    minWorkers: whole(0, MAX_POLLERS, "workers").default(0),
    maxWorkers: whole(1, MAX_POLLERS, "workers"),
    /**
     * Share of the pool on Spot, above `onDemandWorkers`: half the price or less, two minutes' notice. Managed instances
     * are all on demand or all on Spot: there only 100 means Spot.
     */
    spotPercent: whole(0, 100, "percent").default(0),
    /** Workers that are never on Spot. */
    onDemandWorkers: whole(0, MAX_POLLERS, "workers").default(0),
    /** GPUs that one worker needs. */
    gpu: whole(0, 16, "GPUs").default(0),
    instanceTypes: z.array(instanceType, { error: "a list of EC2 instance types" }).default([]),
    /** Stopped instances that start in half the time, on ec2: the price of their disks. */
    warmInstances: whole(0, 100, "instances").default(0),
    /** A machine image in place of the newest ECS-optimised one, where instances must not change by themselves. */
    imageId: text(/^ami-[0-9a-f]{8,17}$/, 'a machine image, such as "ami-0123456789abcdef0"').optional(),
    /** What a wait is worth against a worker: "lean" saves, "fast" does not wait. */
    profile: z.enum(PROFILES, { error: '"lean", "balanced" or "fast"' }).default("balanced"),
    /** What a worker costs, for the dashboard and the cap; Fargate's is calculated. */
    dollarsPerWorkerHour: dollars("worker and hour").optional(),
    /** The autoscaler starts no worker beyond this. */
    maxDollarsPerHour: dollars("hour").optional(),
  },
  { error: "an entry of a function: placement, memoryMib, cpu, timeoutSeconds, maxWorkers and so on" },
);

export type Placement = z.infer<typeof placement>;
export type PoolPlacement = Exclude<Placement, "lambda">;
export type Architecture = z.infer<typeof architecture>;
export type FunctionSettings = z.infer<typeof functionEntry>;
export type Reach = z.infer<typeof reach>;

/** The pools that a function has: where it is placed and where it was, lambda aside. */
export function poolPlacements(
  settings: Pick<FunctionSettings, "placement" | "previousPlacement">,
): readonly PoolPlacement[] {
  return [...placements(settings)].filter((each) => each !== "lambda");
}

/** Where a function is placed and where it was. */
export function placements(
  settings: Pick<FunctionSettings, "placement" | "previousPlacement">,
): ReadonlySet<Placement> {
  return new Set([settings.placement, settings.previousPlacement ?? settings.placement]);
}

/** Whether anything of the function lives in a VPC. */
export function needsNetwork(settings: FunctionSettings): boolean {
  return poolPlacements(settings).length > 0 || settings.reach.length > 0;
}
