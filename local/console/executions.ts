/** What the console knows of executions: a light list of all, and of the few that are looked at where each state stands. */
import type { Execution } from "../cloud/states/executions/execution";
import type { HistoryEvent } from "../cloud/states/executions/history";
import type { States } from "../cloud/states/states";
import { createExecutionIndex, type ExecutionIndex } from "./execution-index";
import { createExecutionTally, type ExecutionTally } from "./execution-tally";
import { machineGraph } from "./machine-graph";
import { attemptsOf, type WrittenAttempt } from "./attempts";
import type { EventPage, ExecutionNow, ExecutionPlan, VisitData, VisitPage } from "./execution-messages";
import type { Status } from "./messages";

export interface Places {
  placeOf(
    executionArn: string,
    eventId: number,
  ): { readonly state: string | null; readonly iteration: number | null };
}

/** Where the lines of each attempt are is found out when somebody looks. */
export interface WrittenVisit extends Omit<VisitData, "attempts"> {
  readonly attempts: readonly WrittenAttempt[];
}

export interface Executions extends Places {
  readonly own: ExecutionIndex;
  /** Of distributed Maps. */
  readonly children: ExecutionIndex;
  /** These are null where the execution is not known, or not any more. */
  now(arn: string): ExecutionNow | null;
  plan(arn: string): ExecutionPlan | null;
  visits(arn: string, state: string, offset: number, limit: number): VisitPage | null;
  visit(arn: string, state: string, index: number): WrittenVisit | null;
  events(arn: string, offset: number, limit: number): EventPage | null;
  /** The whole details of one event. */
  details(arn: string, eventId: number): string | null;
  stop(): void;
}

/** Of so many executions the states are counted at once. */
const TALLIES = 200;
/** Characters of an event's details that stand in a list. */
const DETAILS_IN_LIST = 400;

const STATUS_BY_EVENT: Readonly<Record<string, Status>> = {
  ExecutionSucceeded: "SUCCEEDED",
  ExecutionFailed: "FAILED",
  ExecutionTimedOut: "TIMED_OUT",
  ExecutionAborted: "ABORTED",
  ExecutionRedriven: "RUNNING",
};

export function followExecutions(
  states: Pick<States, "view" | "onEvent">,
  nameOf: (resource: string) => string,
): Executions {
  const { view } = states;
  const own = createExecutionIndex();
  const children = createExecutionIndex();
  const tallies = new Map<string, { readonly execution: Execution; readonly tally: ExecutionTally }>();

  const indexOf = (arn: string): ExecutionIndex => (isChild(arn) ? children : own);
  for (const { arn, status, startedMs, endedMs } of view.executions().toReversed()) {
    indexOf(arn).started(arn, startedMs);
    if (status !== "RUNNING") indexOf(arn).changed(arn, status, endedMs ?? startedMs);
  }
  const stop = states.onEvent((arn, { type, timeMs }: HistoryEvent) => {
    if (type === "ExecutionStarted") indexOf(arn).started(arn, timeMs);
    else if (type in STATUS_BY_EVENT) indexOf(arn).changed(arn, STATUS_BY_EVENT[type] ?? "RUNNING", timeMs);
  });

  /** Counted up to now; the one that was not asked for longest makes room. */
  function followed(arn: string): { readonly execution: Execution; readonly tally: ExecutionTally } | null {
    const execution = view.execution(arn);
    const kept = tallies.get(arn);
    tallies.delete(arn);
    if (execution === undefined) return null;
    const entry = kept?.execution === execution ? kept : { execution, tally: createExecutionTally() };
    tallies.set(arn, entry);
    const [oldest] = tallies.keys();
    if (tallies.size > TALLIES && oldest !== undefined) tallies.delete(oldest);
    entry.tally.follow(execution.log.events);
    return entry;
  }

  return {
    own,
    children,
    now(arn) {
      const entry = followed(arn);
      return entry === null ? null : executionNow(entry.execution, entry.tally);
    },
    plan(arn) {
      const execution = view.execution(arn);
      if (execution === undefined) return null;
      const { input, output, definition } = execution;
      return { arn, input, output, graph: machineGraph(definition, nameOf) };
    },
    visits(arn, state, offset, limit) {
      const visits = followed(arn)?.tally.visits(state);
      return visits === undefined
        ? null
        : { total: visits.length, visits: visits.slice(offset, offset + limit) };
    },
    visit(arn, state, index) {
      const entry = followed(arn);
      if (entry === null) return null;
      const { log } = entry.execution;
      const visit = entry.tally.data(state, index, log.events);
      return visit === null ? null : { ...visit, attempts: attemptsOf(visit.attempts, log, Date.now()) };
    },
    events(arn, offset, limit) {
      const entry = followed(arn);
      if (entry === null) return null;
      const { events } = entry.execution.log;
      return {
        total: events.length,
        events: events
          .slice(offset, offset + limit)
          .map(({ id, type, previousEventId, timeMs, details }) => ({
            id,
            type,
            previousEventId,
            timeMs,
            ...entry.tally.placeOf(id),
            details: details === null ? null : shortened(JSON.stringify(details)),
          })),
      };
    },
    details(arn, eventId) {
      const details = view.execution(arn)?.log.events[eventId - 1]?.details ?? null;
      return details === null ? null : JSON.stringify(details);
    },
    placeOf: (arn, eventId) => followed(arn)?.tally.placeOf(eventId) ?? { state: null, iteration: null },
    stop() {
      stop();
    },
  };
}

/** `…:execution:MACHINE/LABEL:NAME`. */
function isChild(arn: string): boolean {
  return arn.split(":")[6]?.includes("/") === true;
}

function executionNow(execution: Execution, tally: ExecutionTally): ExecutionNow {
  const { arn, name, target, status, startedMs, endedMs, log, failure } = execution;
  return {
    arn,
    name,
    machine: target.machine.name,
    status,
    startedMs,
    endedMs,
    events: log.events.length,
    error: failure?.error ?? null,
    cause: failure?.cause ?? null,
    states: tally.states(),
  };
}

function shortened(text: string): string {
  return text.length > DETAILS_IN_LIST ? `${text.slice(0, DETAILS_IN_LIST)}…` : text;
}
