/** Counts what the executions of a run do, from their history events: tasks by state, waits by activity. */
import type { HistoryEvent } from "../cloud/states/executions/history";

/** How far the tasks of one state are. */
export interface StateProgress {
  readonly scheduled: number;
  readonly started: number;
  readonly ended: number;
}

export interface Statistics {
  /** Takes each history event of each execution, in order. */
  add(executionArn: string, event: HistoryEvent): void;
  /** By the state's name, in the order in which the states were entered. */
  states(): ReadonlyMap<string, StateProgress>;
  /** Scheduled to started in ms, one for each ActivityStarted of the activity in this run. */
  waitsMs(activityArn: string): readonly number[];
}

const SCHEDULED = /^(LambdaFunction|Activity|Task)Scheduled$/;
const STARTED = /^(LambdaFunction|Activity|Task)Started$/;
const ENDED = /^(LambdaFunction|Activity|Task)(Succeeded|Failed|TimedOut)$/;

/** `sinceMs`: what started before belongs to another run, which began the executions that go on in this one. */
export function createStatistics(sinceMs = 0): Statistics {
  const progress = new Map<string, StateProgress>();
  const waits = new Map<string, number[]>();
  const executions = new Map<string, Map<number, Remembered>>();

  const count = (state: string | undefined, key: keyof StateProgress): void => {
    if (state === undefined) return;
    const before = progress.get(state) ?? { scheduled: 0, started: 0, ended: 0 };
    progress.set(state, { ...before, [key]: before[key] + 1 });
  };

  return {
    add(executionArn, event) {
      const events = executions.get(executionArn) ?? new Map<number, Remembered>();
      executions.set(executionArn, events);
      const previous = events.get(event.previousEventId);
      const remembered = remember(event, previous);
      events.set(event.id, remembered);
      if (SCHEDULED.test(event.type)) count(remembered.state, "scheduled");
      if (STARTED.test(event.type)) count(remembered.state, "started");
      if (ENDED.test(event.type)) count(remembered.state, "ended");
      if (event.type === "ActivityStarted" && previous !== undefined && event.timeMs >= sinceMs) {
        const known = waits.get(previous.resource) ?? [];
        waits.set(previous.resource, known);
        known.push(event.timeMs - previous.timeMs);
      }
      // It has no later events: a stack that stays up runs any number of executions. One that failed may be redriven.
      if (event.type === "ExecutionSucceeded") executions.delete(executionArn);
    },
    states: () => progress,
    waitsMs: (activityArn) => waits.get(activityArn) ?? [],
  };
}

/** What later events of the same state need to know of an earlier one. */
interface Remembered {
  readonly state: string | undefined;
  /** ARN of what was scheduled; "" for the events that schedule nothing. */
  readonly resource: string;
  readonly timeMs: number;
}

function remember({ type, details, timeMs }: HistoryEvent, previous: Remembered | undefined): Remembered {
  const text = (key: string): string => String(details?.[key] ?? "");
  return {
    state: type.endsWith("StateEntered") ? text("name") : previous?.state,
    resource: SCHEDULED.test(type) ? text("resource") : "",
    timeMs,
  };
}

/** Nearest-rank percentile; null of nothing. `rank` is in percent. */
export function percentile(values: readonly number[], rank: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((rank / 100) * sorted.length) - 1)] ?? null;
}
