/** Executions as the API tells of them. */
import { redriveObstacle, type Execution } from "./execution";
import { seconds } from "../request";

/** One line of ListExecutions. */
export function summarize(execution: Execution): object {
  const { arn, name, target, status, startedMs, endedMs, mapRunArn, redriveCount, redrivenMs } = execution;
  return {
    executionArn: arn,
    stateMachineArn: stateMachineArn(execution),
    stateMachineVersionArn: target.version?.arn,
    stateMachineAliasArn: target.alias?.arn,
    mapRunArn: mapRunArn ?? undefined,
    name,
    status,
    startDate: seconds(startedMs),
    stopDate: endedMs === null ? undefined : seconds(endedMs),
    redriveCount,
    redriveDate: redrivenMs === null ? undefined : seconds(redrivenMs),
  };
}

/** `included`: with its input and output. */
export function describeExecution(execution: Execution, included: boolean, nowMs: number): object {
  const obstacle = redriveObstacle(execution, nowMs);
  // A child that can be redriven is redriven with its Map Run.
  const redrivable = execution.mapRunArn === null ? "REDRIVABLE" : "REDRIVABLE_BY_MAP_RUN";
  return {
    ...summarize(execution),
    ...dataOf(execution, included),
    redriveStatus: obstacle === null ? redrivable : "NOT_REDRIVABLE",
    redriveStatusReason: obstacle ?? undefined,
  };
}

/** @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html */
export function describeSync(execution: Execution, included: boolean): object {
  const { arn, name, status, startedMs, endedMs, output } = execution;
  const tookMs = (endedMs ?? startedMs) - startedMs;
  return {
    executionArn: arn,
    stateMachineArn: stateMachineArn(execution),
    name,
    status,
    startDate: seconds(startedMs),
    stopDate: seconds(endedMs ?? startedMs),
    ...dataOf(execution, included),
    // Unlike DescribeExecution it tells of an output that there is not.
    ...(output === null ? { outputDetails: { included } } : {}),
    billingDetails: {
      billedMemoryUsedInMB: BILLED_MEMORY_MB,
      billedDurationInMilliseconds: Math.max(1, Math.ceil(tookMs / 100)) * 100,
    },
  };
}

/** The least that AWS bills. @see https://aws.amazon.com/step-functions/pricing/ */
const BILLED_MEMORY_MB = 64;

function dataOf({ input, output, failure }: Execution, included: boolean): object {
  return {
    inputDetails: { included },
    ...(included ? { input } : {}),
    ...(output === null ? {} : { outputDetails: { included }, ...(included ? { output } : {}) }),
    error: failure?.error,
    cause: failure?.cause,
  };
}

/** Of a child: with the label of its Map. */
function stateMachineArn({ arn, target, mapRunArn }: Execution): string {
  const label = mapRunArn === null ? undefined : /:execution:[^:/]+(\/[^:]+):/.exec(arn)?.[1];
  return `${target.machine.arn}${label ?? ""}`;
}
