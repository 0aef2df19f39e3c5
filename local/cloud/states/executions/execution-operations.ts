/** The operations on executions. */
import { randomUUID } from "node:crypto";
import type { Clock } from "../../clock";
import { ServiceError, type Operation } from "../../service";
import { DATA_LIMIT_BYTES } from "../expressions/data-flow";
import type { Execution, Plan } from "./execution";
import { describeExecution, describeSync, summarize } from "./execution-answers";
import type { Executions } from "./executions";
import { writeEvent } from "./history";
import { jsonProblem } from "../expressions/json-problem";
import { unqualified } from "../machines/machine-arn";
import { describeRevision, metadataOnly, needsMachine } from "../machines/machine-operations";
import type { Machines, Target } from "../machines/machines";
import { arn, flag, invalid, name, oneOf, optionalText, page, seconds, text, type Request } from "../request";

const STATUSES = ["SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING"] as const;
const REDRIVES = ["REDRIVEN", "NOT_REDRIVEN"] as const;
/** Tokens of ListExecutions may be longer than others. */
const LONG_TOKEN = 3096;

export function executionOperations(
  executions: Executions,
  machines: Machines,
  clock: Clock,
): Record<string, Operation> {
  const onExecution = (action: string) => (request: Request) => [
    { action: `states:${action}`, resource: arn(request, "executionArn", "execution") },
  ];
  return {
    StartExecution: {
      needs: needsMachine("StartExecution"),
      run(request) {
        const execution = executions.start(
          planOf(machines.resolve(text(request, "stateMachineArn")), request),
        );
        return { executionArn: execution.arn, startDate: seconds(execution.startedMs) };
      },
    },
    StartSyncExecution: {
      needs: needsMachine("StartSyncExecution"),
      async run(request, { signal }) {
        const target = machines.resolve(text(request, "stateMachineArn"));
        if (target.machine.type !== "EXPRESS") throw wrongType();
        const execution = executions.start(planOf(target, request));
        await executions.whenEnded(execution, signal);
        return describeSync(execution, !metadataOnly(request));
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
    RedriveExecution: {
      needs: onExecution("RedriveExecution"),
      run(request) {
        const clientToken = optionalText(request, "clientToken", [1, 64]);
        const execution = executions.redrive(text(request, "executionArn"), clientToken);
        return { redriveDate: seconds(execution.redrivenMs ?? 0) };
      },
    },
    DescribeExecution: {
      needs: onExecution("DescribeExecution"),
      run: (request) =>
        describeExecution(
          executions.find(text(request, "executionArn")),
          !metadataOnly(request),
          clock.now(),
        ),
    },
    DescribeStateMachineForExecution: {
      needs: onExecution("DescribeStateMachineForExecution"),
      run(request) {
        const { target, mapRunArn } = executions.find(text(request, "executionArn"));
        const { machine, revision } = target;
        return {
          stateMachineArn: machine.arn,
          name: machine.name,
          ...describeRevision(revision, metadataOnly(request)),
          mapRunArn: mapRunArn ?? undefined,
          updateDate: seconds(revision.sinceMs),
        };
      },
    },
    ListExecutions: {
      needs: (request) =>
        request["mapRunArn"] === undefined
          ? needsMachine("ListExecutions")(request)
          : [{ action: "states:ListExecutions", resource: arn(request, "mapRunArn", "mapRun") }],
      run(request) {
        const { items, nextToken } = page(request, listed(executions, machines, request), LONG_TOKEN);
        return { executions: items.map(summarize), nextToken };
      },
    },
    GetExecutionHistory: {
      needs: onExecution("GetExecutionHistory"),
      run(request) {
        const { events } = executions.find(text(request, "executionArn")).log;
        const ordered = flag(request, "reverseOrder", false) ? events.toReversed() : events;
        const { items, nextToken } = page(request, ordered);
        const includeData = flag(request, "includeExecutionData", true);
        return { events: items.map((event) => writeEvent(event, includeData)), nextToken };
      },
    },
  };
}

function planOf(target: Target, request: Request): Plan {
  const { machine, revision } = target;
  const executionName = name(optionalText(request, "name") ?? randomUUID());
  const express = machine.type === "EXPRESS";
  const prefix = machine.arn.replace(":stateMachine:", express ? ":express:" : ":execution:");
  return {
    // Any number of Express executions may have one name.
    arn: `${prefix}:${executionName}${express ? `:${randomUUID()}` : ""}`,
    name: executionName,
    target,
    input: inputOf(request),
    definition: revision.definition,
    type: machine.type,
    mapRunArn: null,
    mapIndex: null,
  };
}

/** `{}` when there is none. */
function inputOf(request: Request): string {
  const input = optionalText(request, "input") ?? "{}";
  if (input.length * 3 > DATA_LIMIT_BYTES && Buffer.byteLength(input) > DATA_LIMIT_BYTES) {
    throw invalid(
      `1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${String(DATA_LIMIT_BYTES)}`,
    );
  }
  const problem = jsonProblem(input);
  if (problem === null) return input;
  const why = input === "" ? "Invalid execution input." : problem.message;
  throw new ServiceError("InvalidExecutionInput", `Invalid State Machine Execution Input: '${why}'`);
}

/** What ListExecutions asks for, latest first. */
function listed(executions: Executions, machines: Machines, request: Request): readonly Execution[] {
  const mapRunArn = optionalText(request, "mapRunArn");
  const machineArn = mapRunArn === undefined ? text(request, "stateMachineArn") : "";
  if (mapRunArn === undefined && machines.find(unqualified(machineArn)).type === "EXPRESS") throw wrongType();
  const status = filterOf(request, "statusFilter", STATUSES);
  const redrives = filterOf(request, "redriveFilter", REDRIVES);
  return executions
    .list()
    .filter(
      (execution) =>
        (mapRunArn === undefined ? leadsTo(execution, machineArn) : execution.mapRunArn === mapRunArn) &&
        (status === null || execution.status === status) &&
        (redrives === null || execution.redriveCount > 0 === (redrives === "REDRIVEN")),
    );
}

/** Children of Map Runs are listed by their Map Run alone. */
function leadsTo({ target, mapRunArn }: Execution, machineArn: string): boolean {
  return (
    mapRunArn === null && [target.machine.arn, target.version?.arn, target.alias?.arn].includes(machineArn)
  );
}

function filterOf<T extends string>(request: Request, field: string, allowed: readonly T[]): T | null {
  const value = optionalText(request, field);
  return value === undefined ? null : oneOf(value, field, allowed);
}

function wrongType(): ServiceError {
  const message = "This operation is not supported by this type of state machine";
  return new ServiceError("StateMachineTypeNotSupported", message);
}
