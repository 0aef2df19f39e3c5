/** Executions: started, stopped, redriven, and kept for a while after their end. */
import { ServiceError } from "../service";
import type { Surroundings } from "./branch";
import { redriveObstacle, type Execution, type Plan } from "./execution";
import { endDetails, runExecution, type ExecutionEnd, type RunOptions } from "./execution-run";
import { createHistory, type HistoryEvent } from "./history";
import type { Failure } from "./state-error";

export type { Invoker } from "./execution-run";

export interface Executions {
  /** The same name and input again, while it runs, gives the execution that runs. Throws ExecutionAlreadyExists. */
  start(plan: Plan): Execution;
  /** Ends a running execution; one that has ended stays as it is. */
  stop(arn: string, failure: Failure): Execution;
  /**
   * Goes on where an unsuccessful execution stopped; the same token again asks for nothing more. Throws
   * ExecutionNotRedrivable.
   */
  redrive(arn: string, clientToken: string | undefined): Execution;
  find(arn: string): Execution;
  /** Latest first. */
  list(): readonly Execution[];
  /** Undefined when it is not known, or not any more. */
  known(arn: string): Execution | undefined;
  /** Resolves when the execution has ended, or the signal aborts. */
  whenEnded(execution: Execution, signal: AbortSignal): Promise<void>;
  /** Aborts all that run, of one state machine or of all. */
  abort(cause: string, machineArn?: string): void;
}

export interface ExecutionsOptions extends RunOptions {
  readonly onEvent: (executionArn: string, event: HistoryEvent) => void;
}

/** Ended executions are forgotten, oldest first, when together they have more events than this, */
const KEPT_EVENTS = 200_000;
/** or more text: inputs, outputs, causes. */
const KEPT_CHARACTERS = 32 * 1024 * 1024;

export function createExecutions(options: ExecutionsOptions): Executions {
  const { clock, onEvent } = options;
  const executions = new Map<string, Execution>();
  let endedEvents = 0;
  let endedCharacters = 0;

  function find(arn: string): Execution {
    const execution = executions.get(arn);
    if (execution === undefined)
      throw new ServiceError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
    return execution;
  }

  function count(execution: Execution, sign: 1 | -1): void {
    endedEvents += sign * execution.history.length;
    endedCharacters += sign * execution.history.characters;
  }

  /** Express executions are over when they end; of the others the oldest are. */
  function forget(ended: Execution): void {
    if (ended.type === "EXPRESS") {
      executions.delete(ended.arn);
      return;
    }
    count(ended, 1);
    for (const old of executions.values()) {
      if (endedEvents <= KEPT_EVENTS && endedCharacters <= KEPT_CHARACTERS) break;
      if (old.live !== null || old === ended) continue;
      count(old, -1);
      executions.delete(old.arn);
    }
  }

  function end(execution: Execution, how: ExecutionEnd): void {
    const { live } = execution;
    if (live === null) return;
    execution.live = null;
    execution.status = how.status;
    execution.endedMs = clock.now();
    execution.output = how.output ?? null;
    execution.failure = how.failure ?? null;
    if (how.status === "SUCCEEDED") execution.checkpoint = null;
    execution.history.end(how.event, how.previousEventId, endDetails(how));
    live.abort.abort();
    forget(execution);
    for (const heard of live.onEnded) heard();
  }

  function run(execution: Execution): void {
    void runExecution(execution, options, startChild, (how) => {
      end(execution, how);
    });
  }

  function start(plan: Plan): Execution {
    const { arn, input, target } = plan;
    const existing = executions.get(arn);
    if (existing !== undefined) {
      if (existing.status === "RUNNING" && existing.input === input) return existing;
      throw new ServiceError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`);
    }
    const history = createHistory(clock, (event) => {
      onEvent(arn, event);
    });
    const execution: Execution = {
      ...plan,
      startedMs: clock.now(),
      history,
      checkpoint: null,
      status: "RUNNING",
      endedMs: null,
      output: null,
      failure: null,
      redriveCount: 0,
      redrivenMs: null,
      redriveToken: null,
      live: { abort: new AbortController(), onEnded: [] },
    };
    executions.set(arn, execution);
    history.append("ExecutionStarted", 0, {
      input,
      roleArn: target.revision.roleArn,
      stateMachineAliasArn: target.alias?.arn,
      stateMachineVersionArn: target.version?.arn,
    });
    run(execution);
    return execution;
  }

  function stop(execution: Execution, failure: Failure): void {
    end(execution, { status: "ABORTED", event: "ExecutionAborted", previousEventId: 0, failure });
  }

  function whenEnded({ live }: Execution, signal: AbortSignal): Promise<void> {
    if (live === null || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      live.onEnded.push(resolve);
      signal.addEventListener(
        "abort",
        () => {
          resolve();
        },
        { once: true },
      );
    });
  }

  const startChild: Surroundings["startChild"] = (plan) => {
    const execution = start(plan);
    return {
      execution,
      ended: (signal) => whenEnded(execution, signal),
      stop(failure) {
        stop(execution, failure);
      },
    };
  };

  return {
    start,
    stop(arn, failure) {
      const execution = find(arn);
      stop(execution, failure);
      return execution;
    },
    redrive(arn, clientToken) {
      const execution = find(arn);
      if (clientToken !== undefined && execution.redriveToken === clientToken) return execution;
      const obstacle = redriveObstacle(execution, clock.now());
      if (obstacle !== null) throw new ServiceError("ExecutionNotRedrivable", obstacle);
      count(execution, -1);
      execution.redriveToken = clientToken ?? null;
      execution.redriveCount += 1;
      execution.redrivenMs = clock.now();
      execution.status = "RUNNING";
      execution.endedMs = null;
      execution.failure = null;
      execution.live = { abort: new AbortController(), onEnded: [] };
      const { history, redriveCount } = execution;
      history.reopen();
      history.append("ExecutionRedriven", history.length, { redriveCount });
      run(execution);
      return execution;
    },
    find,
    list: () => [...executions.values()].reverse(),
    known: (arn) => executions.get(arn),
    whenEnded,
    abort(cause, machineArn) {
      for (const execution of executions.values()) {
        if (machineArn === undefined || execution.target.machine.arn === machineArn)
          stop(execution, { error: undefined, cause });
      }
    },
  };
}
