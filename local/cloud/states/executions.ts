/** Executions: started, run to their end, stopped, timed out, and kept for a while after. */
import type { Json } from "../../graph";
import type { Clock } from "../clock";
import type { Principal } from "../access";
import type { Outcome } from "../../../worker/outcome";
import { ServiceError } from "../service";
import type { JsonObject } from "./asl";
import { manyListeners, type Branch, type Surroundings } from "./branch";
import {
  createHistory,
  HistoryFull,
  HISTORY_LIMIT_EVENTS,
  type Details,
  type History,
  type HistoryEvent,
} from "./history";
import type { Target } from "./machines";
import { runGraph } from "./run";
import { Aborted, type Failure } from "./state-error";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly target: Target;
  /** JSON text, as given. */
  readonly input: string;
  readonly startedMs: number;
  readonly history: History;
  status: ExecutionStatus;
  /** Null while it runs. */
  endedMs: number | null;
  /** JSON text; null unless it succeeded. */
  output: string | null;
  failure: Failure | null;
  readonly abort: AbortController;
}

export interface Executions {
  /** The same name and input again, while it runs, gives the execution that runs. Throws ExecutionAlreadyExists. */
  start(target: Target, arn: string, name: string, input: string): Execution;
  /** Ends a running execution; one that has ended stays as it is. */
  stop(arn: string, failure: Failure): Execution;
  find(arn: string): Execution;
  /** Latest first. */
  list(): readonly Execution[];
  /** Aborts all that run. */
  close(): void;
}

/** Calls a Lambda function on a role's behalf; whoever answers judges and records the access. */
export interface Invoker {
  invoke(functionArn: string, payload: string, caller: Principal, signal: AbortSignal): Promise<Outcome>;
}

export interface ExecutionsOptions {
  readonly clock: Clock;
  readonly surroundings: Omit<Surroundings, "clock" | "invoke">;
  readonly invoker: Invoker;
  readonly onEvent: (executionArn: string, event: HistoryEvent) => void;
}

/** Ended executions are forgotten, oldest first, when together they have more events than this. */
const KEPT_EVENTS = 200_000;

export function createExecutions({ clock, surroundings, invoker, onEvent }: ExecutionsOptions): Executions {
  const executions = new Map<string, Execution>();
  let endedEvents = 0;

  function find(arn: string): Execution {
    const execution = executions.get(arn);
    if (execution === undefined)
      throw new ServiceError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
    return execution;
  }

  function end(
    execution: Execution,
    status: ExecutionStatus,
    event: string,
    previousEventId: number,
    details: Details,
  ): void {
    if (execution.status !== "RUNNING") return;
    execution.status = status;
    execution.endedMs = clock.now();
    execution.history.end(event, previousEventId, details);
    execution.abort.abort();
    endedEvents += execution.history.events.length;
    for (const old of executions.values()) {
      if (endedEvents <= KEPT_EVENTS) break;
      if (old.status === "RUNNING" || old === execution) continue;
      endedEvents -= old.history.events.length;
      executions.delete(old.arn);
    }
  }

  function failed(execution: Execution, previousEventId: number, failure: Failure): void {
    if (execution.status !== "RUNNING") return;
    execution.failure = failure;
    end(execution, "FAILED", "ExecutionFailed", previousEventId, {
      error: failure.error,
      cause: failure.cause,
    });
  }

  async function run(execution: Execution): Promise<void> {
    const { definition, roleArn } = execution.target.revision;
    const caller = { arn: roleArn };
    const branch: Branch = {
      surroundings: {
        ...surroundings,
        clock,
        invoke: (arn, payload, signal) => invoker.invoke(arn, payload, caller, signal),
      },
      history: execution.history,
      context: contextOf(execution),
      signal: manyListeners(execution.abort.signal),
      previousEventId: 0,
      running: null,
      lastText: null,
    };
    const seconds = definition.TimeoutSeconds;
    const stopTimeout =
      seconds === undefined
        ? null
        : clock.after(seconds * 1000, () => {
            end(execution, "TIMED_OUT", "ExecutionTimedOut", 0, {});
          });
    try {
      const result = await runGraph(branch, definition, JSON.parse(execution.input) as Json);
      if (result.kind === "failed") failed(execution, branch.previousEventId, result.failure);
      else {
        execution.output = JSON.stringify(result.output);
        end(execution, "SUCCEEDED", "ExecutionSucceeded", branch.previousEventId, {
          output: execution.output,
        });
      }
    } catch (error) {
      if (!(error instanceof Aborted))
        failed(execution, branch.previousEventId, { error: "States.Runtime", cause: causeOf(error) });
    } finally {
      stopTimeout?.();
    }
  }

  return {
    start(target, arn, name, input) {
      const existing = executions.get(arn);
      if (existing !== undefined) {
        if (existing.status === "RUNNING" && existing.input === input) return existing;
        throw new ServiceError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`);
      }
      const history = createHistory(
        () => clock.now(),
        (event) => {
          onEvent(arn, event);
        },
      );
      const execution: Execution = {
        arn,
        name,
        target,
        input,
        startedMs: clock.now(),
        history,
        status: "RUNNING",
        endedMs: null,
        output: null,
        failure: null,
        abort: new AbortController(),
      };
      executions.set(arn, execution);
      history.append("ExecutionStarted", 0, {
        input,
        roleArn: target.revision.roleArn,
        stateMachineAliasArn: target.alias?.arn,
        stateMachineVersionArn: target.version?.arn,
      });
      void run(execution);
      return execution;
    },
    stop(arn, failure) {
      const execution = find(arn);
      if (execution.status === "RUNNING") {
        execution.failure = failure;
        end(execution, "ABORTED", "ExecutionAborted", 0, { error: failure.error, cause: failure.cause });
      }
      return execution;
    },
    find,
    list: () => [...executions.values()].reverse(),
    close() {
      for (const execution of executions.values()) {
        if (execution.status !== "RUNNING") continue;
        execution.failure = { error: undefined, cause: "The local cloud was closed." };
        end(execution, "ABORTED", "ExecutionAborted", 0, { cause: "The local cloud was closed." });
      }
    },
  };
}

/** The context object, `$$`. @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
function contextOf({ arn, name, target, input, startedMs }: Execution): JsonObject {
  return {
    Execution: {
      Id: arn,
      Input: JSON.parse(input) as Json,
      StartTime: new Date(startedMs).toISOString(),
      Name: name,
      RoleArn: target.revision.roleArn,
      RedriveCount: 0,
    },
    StateMachine: { Id: target.machine.arn, Name: target.machine.name },
  };
}

function causeOf(error: unknown): string {
  if (error instanceof HistoryFull)
    return `The execution reached the maximum number of history events (${String(HISTORY_LIMIT_EVENTS)}).`;
  return `The local cloud failed: ${(error as Error).stack ?? String(error)}`;
}
