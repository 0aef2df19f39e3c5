/** Executions: started, stopped, redriven, and kept for a while after their end. */
import { ServiceError } from "../../service";
import { onAbort } from "../abort-listeners";
import type { ChildExecution, Surroundings } from "../branch";
import { forRedrive } from "./checkpoint";
import { createFamilies } from "./families";
import { newExecution, redriveObstacle, type Execution, type Plan } from "./execution";
import { endDetails, runExecution, type ExecutionEnd, type RunOptions } from "./execution-run";
import { createHistory, type Details, type HistoryEvent } from "./history";
import type { StatesStore } from "./journal";
import { planEntry } from "./kept-executions";
import type { Failure } from "../state-error";

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
  /** Those that were kept go on; gives them. */
  goOn(): readonly Execution[];
  /** All that run do nothing more here, and go on elsewhere. */
  leave(): void;
  /** A Map Run has ended: its children are forgotten as others are. */
  mapRunEnded(mapRunArn: string): void;
}

export interface ExecutionsOptions extends RunOptions {
  readonly onEvent: (executionArn: string, event: HistoryEvent) => void;
  readonly store: StatesStore | null;
  /** What was kept, oldest first. */
  readonly kept: readonly Execution[];
}

/** Without a reason each signal makes an exception with a stack. */
const ENDED = "ended";
/** Ended executions are forgotten, oldest first, when together they have more events than this, */
const KEPT_EVENTS = 50_000;
/** or more text: inputs, outputs, causes. */
const KEPT_CHARACTERS = 32 * 1024 * 1024;

export function createExecutions(options: ExecutionsOptions): Executions {
  const { clock, onEvent, store, kept } = options;
  const executions = new Map(kept.map((execution) => [execution.arn, execution]));
  let lastNumber = kept.at(-1)?.number ?? 0;
  const families = createFamilies(store, options.surroundings.mapRuns, kept);
  /** Oldest end first. */
  const ended = new Set<Execution>();
  let endedEvents = 0;
  let endedCharacters = 0;

  function find(arn: string): Execution {
    const execution = executions.get(arn);
    if (execution === undefined)
      throw new ServiceError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
    return execution;
  }

  function keep(execution: Execution): void {
    ended.add(execution);
    endedEvents += execution.log.events.length;
    endedCharacters += execution.log.characters;
    for (const oldest of ended) {
      if (oldest === execution || (endedEvents <= KEPT_EVENTS && endedCharacters <= KEPT_CHARACTERS)) break;
      letGo(oldest);
      forget(oldest);
    }
  }

  function forget(execution: Execution): void {
    executions.delete(execution.arn);
    families.forget(execution);
  }

  function letGo(execution: Execution): void {
    if (!ended.delete(execution)) return;
    endedEvents -= execution.log.events.length;
    endedCharacters -= execution.log.characters;
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
    live.history.end(how.event, how.previousEventId, endDetails(how));
    live.abort.abort(ENDED);
    // Express executions are over when they end: their history is in their log group.
    if (execution.type === "EXPRESS") forget(execution);
    else keep(execution);
    for (const heard of live.onEnded) heard();
  }

  function run(execution: Execution): void {
    void runExecution(execution, options, { startChild, childrenOf }, (how) => {
      end(execution, how);
    });
  }

  function start(plan: Plan): Execution {
    const { arn, input } = plan;
    const existing = executions.get(arn);
    if (existing !== undefined) {
      if (existing.status === "RUNNING" && existing.input === input) return existing;
      throw new ServiceError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`);
    }
    const execution = newExecution(plan, (lastNumber += 1), clock.now());
    executions.set(arn, execution);
    store?.append(execution.number, planEntry(execution));
    const live = enliven(execution);
    live.history.append("ExecutionStarted", 0, startDetails(plan));
    run(execution);
    return execution;
  }

  function enliven(execution: Execution): NonNullable<Execution["live"]> {
    const { arn, number, log } = execution;
    const heard = (event: HistoryEvent): void => {
      onEvent(arn, event);
    };
    const keep = store === null ? null : store.append.bind(store, number);
    const history = createHistory(log, clock, heard, keep);
    return (execution.live = { history, abort: new AbortController(), onEnded: [] });
  }

  function stop(execution: Execution, failure: Failure): void {
    end(execution, { status: "ABORTED", event: "ExecutionAborted", previousEventId: 0, failure });
  }

  function whenEnded({ live }: Execution, signal: AbortSignal): Promise<void> {
    if (live === null || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const takeBack = onAbort(signal, resolve);
      live.onEnded.push(() => {
        takeBack();
        resolve();
      });
    });
  }

  const startChild: Surroundings["startChild"] = (plan) => childOf(start(plan));

  const childrenOf: Surroundings["childrenOf"] = (mapRunArn) =>
    new Map([...families.childrenOf(mapRunArn)].map(([index, execution]) => [index, childOf(execution)]));

  function childOf(execution: Execution): ChildExecution {
    return {
      execution,
      ended: (signal) => whenEnded(execution, signal),
      stop(failure) {
        stop(execution, failure);
      },
    };
  }

  const byEnd = kept.filter(({ status }) => status !== "RUNNING");
  for (const execution of byEnd.sort((one, other) => (one.endedMs ?? 0) - (other.endedMs ?? 0)))
    keep(execution);

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
      letGo(execution);
      execution.redriveToken = clientToken ?? null;
      execution.redriveCount += 1;
      execution.redrivenMs = clock.now();
      execution.status = "RUNNING";
      execution.endedMs = null;
      execution.failure = null;
      const { redriveCount, log, checkpoint } = execution;
      if (checkpoint !== null) forRedrive(checkpoint);
      const kept = { path: "", memo: { clientToken } };
      enliven(execution).history.append("ExecutionRedriven", log.events.length, { redriveCount }, kept);
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
    goOn() {
      const running = kept.filter(({ status }) => status === "RUNNING");
      // All are alive before the first goes on: a Map waits for its children.
      running.forEach(enliven);
      running.forEach(run);
      return running;
    },
    leave() {
      for (const execution of executions.values()) {
        const { live } = execution;
        if (live === null) continue;
        live.history.leave();
        execution.live = null;
        live.abort.abort(ENDED);
        for (const heard of live.onEnded) heard();
      }
    },
    mapRunEnded: families.ended,
  };
}

function startDetails({ input, target }: Plan): Details {
  const { revision, alias, version } = target;
  const details = { input, roleArn: revision.roleArn };
  if (version === null) return details;
  return { ...details, stateMachineAliasArn: alias?.arn, stateMachineVersionArn: version.arn };
}
