/**
 * What a stack file says of one function. Everything about it stays in its entry; moving it changes `placement` alone,
 * so the keys of a pool are allowed, and ignored, on lambda.
 */
import { z } from "zod";
import { fargateSizeProblem } from "./fargate-sizes";

/** The state's HeartbeatSeconds on a pool. @default 30 seconds */
const HEARTBEAT_SECONDS = 30;
/** Lambda's own limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LAMBDA_MAX_TIMEOUT_SECONDS = 900;
const LAMBDA_MEMORY_MIB = { least: 128, most: 10_240 };
/** Open polls on one activity: https://docs.aws.amazon.com/step-functions/latest/dg/limits-overview.html */
const MAX_POLLERS = 1000;
/** Families of instances with an NVIDIA GPU that run x86-64: g4dn, g5, g6, gr6, p3, p4d, p5 and so on, without g5g. */
const GPU_INSTANCE_TYPE = /^(g4dn|g5|g6e?|gr6f?|g6f|p3|p3dn|p4de?|p5en?|p5)\./;

const allowedPlacements = '"lambda", "fargate" or "ec2"';
const placement = z.enum(["lambda", "fargate", "ec2"], { error: allowedPlacements });

/** A whole number within bounds; the message of every mistake is what is allowed. */
function whole(least: number, most: number, unit: string) {
  const allowed = `a whole number of ${unit} from ${String(least)} to ${String(most)}`;
  return z.int({ error: allowed }).min(least, { error: allowed }).max(most, { error: allowed });
}

const instanceTypes = z.array(
  z.string({ error: "an EC2 instance type" }).regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, {
    error: 'an EC2 instance type, such as "g4dn.xlarge"',
  }),
  { error: "a list of EC2 instance types" },
);

const entry = z.strictObject(
  {
    placement,
    /** Where it ran before; keeps that pool for the executions that began before the move. */
    previousPlacement: placement.optional(),
    memoryMib: whole(128, 4_194_304, "MiB"),
    /** CPU units of one worker; 1,024 are one vCPU. On lambda, memory decides. */
    cpu: whole(256, 196_608, "CPU units"),
    timeoutSeconds: whole(1, 604_800, "seconds"),
    heartbeatSeconds: whole(5, 86_400, "seconds").default(HEARTBEAT_SECONDS),
    /** Tasks that one worker runs at once. */
    slots: whole(1, MAX_POLLERS, "slots").default(1),
    minWorkers: whole(0, MAX_POLLERS, "workers").default(0),
    maxWorkers: whole(1, MAX_POLLERS, "workers"),
    /** GPUs that one worker needs. */
    gpu: whole(0, 16, "GPUs").default(0),
    instanceTypes: instanceTypes.default([]),
  },
  { error: "an entry of a function: placement, memoryMib, cpu, timeoutSeconds, maxWorkers and so on" },
);

export type Placement = z.infer<typeof placement>;
export type PoolPlacement = Exclude<Placement, "lambda">;
export type FunctionSettings = z.infer<typeof entry>;

/** The pools that a function has: where it is placed and where it was, lambda aside. */
export function poolPlacements(
  settings: Pick<FunctionSettings, "placement" | "previousPlacement">,
): readonly PoolPlacement[] {
  const named = new Set([settings.placement, settings.previousPlacement ?? settings.placement]);
  return [...named].filter((each) => each !== "lambda");
}

/** Whether a Lambda function is declared: always, where time-out, memory and GPU allow one, since it costs nothing idle. */
export function fitsLambda(settings: FunctionSettings): boolean {
  if (settings.placement === "lambda" || settings.previousPlacement === "lambda") return true;
  return settings.gpu === 0 && lambdaProblems(settings).length === 0;
}

interface Problem {
  readonly key: keyof FunctionSettings;
  readonly allowed: string;
}

function lambdaProblems(settings: FunctionSettings): readonly Problem[] {
  const { least, most } = LAMBDA_MEMORY_MIB;
  return [
    ...problem(
      settings.timeoutSeconds > LAMBDA_MAX_TIMEOUT_SECONDS,
      "timeoutSeconds",
      "at most 900 seconds on lambda",
    ),
    ...problem(
      settings.memoryMib < least || settings.memoryMib > most,
      "memoryMib",
      "from 128 to 10240 MiB on lambda",
    ),
  ];
}

function fargateProblems(settings: FunctionSettings): readonly Problem[] {
  const size = fargateSizeProblem(settings.cpu, settings.memoryMib);
  return [
    ...(size === null ? [] : [size]),
    ...problem(settings.gpu > 0, "gpu", "0 on fargate, which has no GPUs; place the function on ec2"),
  ];
}

function ec2Problems(settings: FunctionSettings): readonly Problem[] {
  const withGpu = settings.instanceTypes.every((type) => GPU_INSTANCE_TYPE.test(type));
  return [
    ...problem(settings.instanceTypes.length === 0, "instanceTypes", "at least one EC2 instance type on ec2"),
    ...problem(
      settings.gpu > 0 && !withGpu,
      "instanceTypes",
      'types with an NVIDIA GPU where gpu is above 0, such as "g4dn.xlarge" or "g5.xlarge"',
    ),
  ];
}

function poolProblems(settings: FunctionSettings, pools: number): readonly Problem[] {
  const most = Math.floor(MAX_POLLERS / (settings.slots * pools));
  return [
    ...problem(
      settings.maxWorkers > most,
      "maxWorkers",
      `at most ${String(most)} workers: AWS allows ${String(MAX_POLLERS)} pollers on an activity (maxWorkers x slots x pools)`,
    ),
    ...problem(
      settings.heartbeatSeconds >= settings.timeoutSeconds,
      "heartbeatSeconds",
      `less than timeoutSeconds, which is ${String(settings.timeoutSeconds)}`,
    ),
  ];
}

function problem(wrong: boolean, key: keyof FunctionSettings, allowed: string): readonly Problem[] {
  return wrong ? [{ key, allowed }] : [];
}

/** One function's entry, with the rules that span several keys. */
export const functionSettings = entry.superRefine((settings, context) => {
  const named = new Set([settings.placement, settings.previousPlacement ?? settings.placement]);
  const pools = poolPlacements(settings).length;
  const problems = [
    ...problem(
      settings.minWorkers > settings.maxWorkers,
      "minWorkers",
      `at most maxWorkers, which is ${String(settings.maxWorkers)}`,
    ),
    ...(named.has("lambda") ? lambdaProblems(settings) : []),
    ...(named.has("fargate") ? fargateProblems(settings) : []),
    ...(named.has("ec2") ? ec2Problems(settings) : []),
    ...(pools > 0 ? poolProblems(settings, pools) : []),
  ];
  for (const { key, allowed } of problems)
    context.addIssue({ code: "custom", path: [key], message: allowed });
});
