/** A function's entry with the rules that span several keys: what it must hold on each placement that it names. */
import { fargateSizeProblem } from "./fargate-sizes";
import {
  functionEntry,
  HEARTBEAT_SECONDS,
  MAX_POLLERS,
  placements,
  poolPlacements,
  type FunctionSettings,
} from "./function-entry";
import { architectureOf, hasGpu } from "./instance-types";

/** Lambda's own limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LAMBDA_MAX_TIMEOUT_SECONDS = 900;
const LAMBDA_MEMORY_MIB = { least: 128, most: 10_240 };
const LAMBDA_MAX_STORAGE_MIB = 10_240;

/** A key, and what would be right. */
interface Problem {
  readonly key: keyof FunctionSettings;
  readonly allowed: string;
}

function placementProblems(settings: FunctionSettings): readonly Problem[] {
  const named = placements(settings);
  return [
    ...problem(
      settings.minWorkers > settings.maxWorkers,
      "minWorkers",
      `at most maxWorkers, which is ${String(settings.maxWorkers)}`,
    ),
    ...sharedNames(settings),
    ...(named.has("lambda") ? lambdaProblems(settings) : []),
    ...(named.has("fargate") ? fargateProblems(settings) : []),
    ...(named.has("ec2") ? ec2Problems(settings) : []),
    ...(named.has("managed-instances") ? managedInstancesProblems(settings) : []),
    ...(poolPlacements(settings).length > 0 ? poolProblems(settings) : []),
  ];
}

/** Whether a Lambda function is declared: always, where time-out, memory and GPU allow one, since it costs nothing idle. */
export function fitsLambda(settings: FunctionSettings): boolean {
  if (placements(settings).has("lambda")) return true;
  return settings.gpu === 0 && lambdaProblems(settings).length === 0;
}

function sharedNames({ environment, secrets }: FunctionSettings): readonly Problem[] {
  const both = Object.keys(secrets).filter((name) => name in environment);
  return problem(
    both.length > 0,
    "secrets",
    `names that environment has not, and it has ${both.join(" and ")}`,
  );
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
    ...problem(
      settings.ephemeralStorageMib > LAMBDA_MAX_STORAGE_MIB,
      "ephemeralStorageMib",
      "at most 10240 MiB on lambda",
    ),
  ];
}

function fargateProblems(settings: FunctionSettings): readonly Problem[] {
  const size = fargateSizeProblem(settings.cpu, settings.memoryMib);
  return [
    ...(size === null ? [] : [size]),
    ...problem(
      settings.gpu > 0,
      "gpu",
      "0 on fargate, which has no GPUs; place the function on ec2 or managed-instances",
    ),
  ];
}

function ec2Problems(settings: FunctionSettings): readonly Problem[] {
  return [
    ...problem(settings.instanceTypes.length === 0, "instanceTypes", "at least one EC2 instance type on ec2"),
    ...instanceProblems(settings),
    // https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-warm-pools.html#warm-pools-limitations
    ...problem(
      settings.warmInstances > 0 && settings.spotPercent > 0,
      "warmInstances",
      "0 where spotPercent is above 0: AWS has no warm pools of Spot instances",
    ),
    ...problem(
      settings.warmInstances > 0 && settings.instanceTypes.length > 1,
      "warmInstances",
      "0 with several instanceTypes: AWS has no warm pools of mixed instances; name one type",
    ),
  ];
}

function managedInstancesProblems(settings: FunctionSettings): readonly Problem[] {
  return [
    ...instanceProblems(settings),
    ...problem(
      settings.gpu > 0 && settings.instanceTypes.length === 0,
      "instanceTypes",
      'types with an NVIDIA GPU where gpu is above 0, such as "g4dn.xlarge" or "g5.xlarge"',
    ),
  ];
}

function instanceProblems({ instanceTypes, gpu, architecture }: FunctionSettings): readonly Problem[] {
  const others = instanceTypes.filter((type) => architectureOf(type) !== architecture);
  return [
    ...problem(
      gpu > 0 && !instanceTypes.every(hasGpu),
      "instanceTypes",
      'types with an NVIDIA GPU where gpu is above 0, such as "g4dn.xlarge" or "g5.xlarge"',
    ),
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-gpu.html
    ...problem(gpu > 0 && architecture === "arm64", "architecture", '"x86_64" where gpu is above 0'),
    ...problem(
      others.length > 0,
      "instanceTypes",
      `types of architecture ${architecture}, and ${others.join(", ")} is not`,
    ),
  ];
}

function poolProblems(settings: FunctionSettings): readonly Problem[] {
  const most = Math.floor(MAX_POLLERS / (settings.slots * poolPlacements(settings).length));
  return [
    ...problem(
      settings.maxWorkers > most,
      "maxWorkers",
      `at most ${String(most)} workers: AWS allows ${String(MAX_POLLERS)} pollers on an activity (maxWorkers x slots x pools)`,
    ),
    ...problem(
      settings.heartbeatSeconds >= settings.timeoutSeconds,
      "heartbeatSeconds",
      `less than timeoutSeconds, which is ${String(settings.timeoutSeconds)}; it is ${String(HEARTBEAT_SECONDS)} unless it is set`,
    ),
    ...problem(
      settings.isolation === "task" && settings.slots > 1,
      "slots",
      '1 where isolation is "task": slots of one worker share /tmp',
    ),
    ...sidecarProblems(settings),
    ...problem(
      settings.sessionScope && settings.isolation !== "task",
      "isolation",
      '"task" where sessionScope is true: a warm process keeps the rights of an earlier task',
    ),
    ...problem(
      settings.onDemandWorkers > settings.maxWorkers,
      "onDemandWorkers",
      `at most maxWorkers, which is ${String(settings.maxWorkers)}`,
    ),
    ...problem(
      settings.gpu > 0 && settings.maxDollarsPerHour === undefined,
      "maxDollarsPerHour",
      "US dollars per hour where gpu is above 0: GPUs cost most when nobody looks",
    ),
    ...problem(
      settings.maxDollarsPerHour !== undefined &&
        settings.dollarsPerWorkerHour === undefined &&
        poolPlacements(settings).some((each) => each !== "fargate"),
      "dollarsPerWorkerHour",
      "US dollars per worker and hour where maxDollarsPerHour is to be held on instances",
    ),
  ];
}

/** The worker does not start a sidecar's function: it can run one task at a time, and not start it afresh. */
function sidecarProblems({ worker, slots, isolation }: FunctionSettings): readonly Problem[] {
  if (worker !== "sidecar") return [];
  return [
    ...problem(slots > 1, "slots", '1 where worker is "sidecar": its function is one process'),
    ...problem(
      isolation === "task",
      "isolation",
      '"worker" where worker is "sidecar": nobody can start its process afresh',
    ),
  ];
}

function problem(wrong: boolean, key: keyof FunctionSettings, allowed: string): readonly Problem[] {
  return wrong ? [{ key, allowed }] : [];
}

/** One function's entry, with the rules that span several keys. */
export const functionSettings = functionEntry.superRefine((settings, context) => {
  for (const { key, allowed } of placementProblems(settings))
    context.addIssue({ code: "custom", path: [key], message: allowed });
});
