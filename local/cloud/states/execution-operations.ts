/** The operations on executions. */
import { randomUUID } from "node:crypto";
import { ServiceError, type Operation } from "../service";
import { DATA_LIMIT_BYTES } from "./data-flow";
import type { Clock } from "../clock";
import type { Execution } from "./execution";
import type { Executions } from "./executions";
import { writeEvent } from "./history";
import { describeRevision } from "./machine-operations";
import { unqualified, type Machines } from "./machines";
import { arn, flag, invalid, name, oneOf, optionalText, page, seconds, text, type Request } from "./request";

const STATUSES = ["SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING"] as const;

export function executionOperations(
  executions: Executions,
  machines: Machines,
  clock: Clock,
): Record<string, Operation> {
  const onExecution = (action: string) => (request: Request) => [
    { action: `states:${action}`, resource: arn(request, "executionArn", "execution") },
  ];
  /** A version or alias is judged as its state machine; the qualifier is a condition key. @see https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html */
  const onMachine = (action: string) => (request: Request) => {
    const machineArn = arn(request, "stateMachineArn", "stateMachine");
    const qualifier = machineArn.slice(unqualified(machineArn).length + 1);
    return [
      {
        action: `states:${action}`,
        resource: unqualified(machineArn),
        ...(qualifier === "" ? {} : { context: { "states:StateMachineQualifier": qualifier } }),
      },
    ];
  };
  return {
    StartExecution: {
      needs: onMachine("StartExecution"),
      run(request) {
        const target = machines.resolve(text(request, "stateMachineArn"));
        const executionName = name(optionalText(request, "name") ?? randomUUID());
        const executionArn = `${target.machine.arn.replace(":stateMachine:", ":execution:")}:${executionName}`;
        const execution = executions.start({
          arn: executionArn,
          name: executionName,
          target,
          input: inputOf(request),
          definition: target.revision.definition,
          type: "STANDARD",
          mapRunArn: null,
        });
        return { executionArn: execution.arn, startDate: seconds(execution.startedMs) };
      },
    },
    StopExecution: {
      needs: onExecution("StopExecution"),
      run(request) {
        const failure = {
          error: optionalText(request, "error", [0, 256]),
          cause: optionalText(request, "cause", [0, 32_768]),
        };
        const execution = executions.stop(text(request, "executionArn"), failure);
        return { stopDate: seconds(execution.endedMs ?? 0) };
      },
    },
    DescribeExecution: {
      needs: onExecution("DescribeExecution"),
      run: (request) =>
        describe(executions.find(text(request, "executionArn")), request["includedData"] !== "METADATA_ONLY"),
    },
    DescribeStateMachineForExecution: {
      needs: onExecution("DescribeStateMachineForExecution"),
      run(request) {
        const { machine, revision } = executions.find(text(request, "executionArn")).target;
        return {
          stateMachineArn: machine.arn,
          name: machine.name,
          ...describeRevision(revision),
          updateDate: seconds(revision.sinceMs),
        };
      },
    },
    ListExecutions: {
      needs: onMachine("ListExecutions"),
      run(request) {
        const machineArn = text(request, "stateMachineArn");
        machines.find(unqualified(machineArn));
        const filter = optionalText(request, "statusFilter");
        const status = filter === undefined ? null : oneOf(filter, "statusFilter", STATUSES);
        const listed = executions
          .list()
          .filter(
            (execution) => leadsTo(execution, machineArn) && (status === null || execution.status === status),
          );
        const { items, nextToken } = page(request, listed);
        return { executions: items.map(summary), nextToken };
      },
    },
    GetExecutionHistory: {
      needs: onExecution("GetExecutionHistory"),
      run(request) {
        const { events } = executions.find(text(request, "executionArn")).history;
        const ordered = flag(request, "reverseOrder", false) ? events.toReversed() : events;
        const { items, nextToken } = page(request, ordered);
        const includeData = flag(request, "includeExecutionData", true);
        return { events: items.map((event) => writeEvent(event, includeData)), nextToken };
      },
    },
  };
}

/** `{}` when there is none. */
function inputOf(request: Request): string {
  const input = optionalText(request, "input") ?? "{}";
  if (Buffer.byteLength(input) > DATA_LIMIT_BYTES) {
    throw invalid(
      `1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${String(DATA_LIMIT_BYTES)}`,
    );
  }
  try {
    JSON.parse(input);
    return input;
  } catch (error) {
    const why = input === "" ? "Invalid execution input." : (error as Error).message;
    throw new ServiceError("InvalidExecutionInput", `Invalid State Machine Execution Input: '${why}'`);
  }
}

function leadsTo({ target }: Execution, machineArn: string): boolean {
  return [target.machine.arn, target.version?.arn, target.alias?.arn].includes(machineArn);
}

function summary(execution: Execution): object {
  const { arn: executionArn, name: executionName, target, status, startedMs, endedMs } = execution;
  return {
    executionArn,
    stateMachineArn: target.machine.arn,
    stateMachineVersionArn: target.version?.arn,
    stateMachineAliasArn: target.alias?.arn,
    name: executionName,
    status,
    startDate: seconds(startedMs),
    stopDate: endedMs === null ? undefined : seconds(endedMs),
    redriveCount: 0,
  };
}

function describe(execution: Execution, included: boolean): object {
  const { input, output, failure, status } = execution;
  return {
    ...summary(execution),
    inputDetails: { included },
    ...(included ? { input } : {}),
    ...(output === null ? {} : { outputDetails: { included }, ...(included ? { output } : {}) }),
    error: failure?.error,
    cause: failure?.cause,
    redriveStatus: status === "SUCCEEDED" || status === "RUNNING" ? "NOT_REDRIVABLE" : "REDRIVABLE",
    redriveStatusReason:
      status === "SUCCEEDED" || status === "RUNNING"
        ? `Execution is ${status} and cannot be redriven`
        : undefined,
  };
}
