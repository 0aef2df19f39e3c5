/** Where each state of one execution stands, from its history: taken event by event, so that a long one costs little. */
import type { HistoryEvent } from "../cloud/states/executions/history";
import type { StateNow, Visit, VisitData, VisitStatus } from "./execution-messages";

export interface ExecutionTally {
  /** Takes what has come since the last time. */
  follow(events: readonly HistoryEvent[]): void;
  states(): Readonly<Record<string, StateNow>>;
  visits(state: string): readonly Visit[];
  /** Null: there is no such visit. */
  data(
    state: string,
    index: number,
    events: readonly HistoryEvent[],
  ): (Omit<VisitData, "attempts"> & { readonly attempts: readonly AttemptEvents[] }) | null;
  /** The state and the innermost iteration that an event belongs to. */
  placeOf(eventId: number): { readonly state: string | null; readonly iteration: number | null };
}

/** What the history has of one attempt at a task. */
export interface AttemptEvents {
  readonly scheduledId: number;
  readonly startedId: number | null;
  readonly status: VisitStatus;
  readonly endedMs: number | null;
}
type OpenAttempt = { -readonly [field in keyof AttemptEvents]: AttemptEvents[field] };

/** A visit of a state; iterations of Maps stand between a state and those around it. */
interface Scope {
  readonly parent: Scope | null;
  /** Null: an iteration of the parent. */
  readonly state: string | null;
  readonly index: number;
  /** Task, Map, Parallel and the like; "" for an iteration. */
  readonly kind: string;
  readonly children: Scope[];
  readonly enteredId: number;
  readonly enteredMs: number;
  status: VisitStatus;
  exitedId: number | null;
  exitedMs: number | null;
  failedAttempts: number;
  /** Of a Task. */
  readonly attempts: OpenAttempt[];
  /** Of a Map. */
  items: number | null;
  error: { readonly error: string | null; readonly cause: string | null } | null;
}

const ATTEMPT_FAILED =
  /^(Activity|LambdaFunction|Task|MapRun)(Failed|TimedOut|ScheduleFailed|StartFailed|SubmitFailed)$/;
const ATTEMPT = /^(?:Activity|LambdaFunction|Task)(Scheduled|Started|Succeeded|Failed|TimedOut|StartFailed)$/;
const ENDS: Readonly<Record<string, VisitStatus>> = {
  ExecutionSucceeded: "succeeded",
  ExecutionFailed: "failed",
  ExecutionTimedOut: "failed",
  ExecutionAborted: "aborted",
};

export function createExecutionTally(): ExecutionTally {
  /** What each event belongs to, by its id. */
  const places: (Scope | null)[] = [null];
  const visits = new Map<string, Scope[]>();

  function take(event: HistoryEvent): void {
    const place = placeAfter(event, places[event.previousEventId] ?? null);
    places[event.id] = place;
    if (place?.kind === "Task") noteAttempt(place.attempts, event);
  }

  function placeAfter(event: HistoryEvent, before: Scope | null): Scope | null {
    const { type, details } = event;
    const name = typeof details?.["name"] === "string" ? details["name"] : null;
    if (type.endsWith("StateEntered") && name !== null) {
      // A state follows another one, or begins what is around it.
      const around =
        before !== null && before.state !== null && before.status !== "running" ? before.parent : before;
      const visit = openScope(event, around, name, 0, type.slice(0, -"StateEntered".length));
      const known = visits.get(name);
      if (known === undefined) visits.set(name, [visit]);
      else known.push(visit);
      return visit;
    }
    if (type.endsWith("StateExited") && name !== null) {
      const visit = outwards(before, ({ state }) => state === name);
      if (visit !== null) close(visit, "succeeded", event);
      return visit;
    }
    if (type.startsWith("MapIteration") && name !== null)
      return iterate(
        event,
        outwards(before, ({ state }) => state === name),
      );
    const end = ENDS[type];
    if (end !== undefined) {
      const failed = end === "failed" ? before : null;
      for (const each of roots()) endWith(each, end === "succeeded" ? "succeeded" : "aborted", event, failed);
      return null;
    }
    if (type === "MapStateStarted" || type === "ParallelStateStarted") {
      // Where it is tried again, the event before is one of those inside that failed.
      const whole = outwards(before, ({ kind }) => type.startsWith(kind) && kind !== "");
      if (whole?.status !== "running" && whole !== null) reopen(whole);
      if (whole !== null && type === "MapStateStarted") whole.items = Number(details?.["length"] ?? 0);
      return whole;
    }
    if (ATTEMPT_FAILED.test(type) && before !== null) {
      before.failedAttempts += 1;
      before.error = { error: textOf(details?.["error"]), cause: textOf(details?.["cause"]) };
    } else if (before !== null && before.status !== "running" && /(Scheduled|Started)$/.test(type))
      reopen(before);
    return before;
  }

  function iterate(event: HistoryEvent, map: Scope | null): Scope | null {
    if (map === null) return null;
    const index = Number(event.details?.["index"]);
    if (event.type === "MapIterationStarted") return openScope(event, map, null, index, "");
    const iteration = map.children.findLast((child) => child.index === index) ?? null;
    if (iteration === null) return map;
    const status = event.type === "MapIterationSucceeded" ? "succeeded" : "aborted";
    const failed = event.type === "MapIterationFailed" ? (places[event.previousEventId] ?? null) : null;
    endWith(iteration, status, event, failed);
    return iteration;
  }

  const roots = (): readonly Scope[] => [...visits.values()].flat().filter(({ parent }) => parent === null);

  return {
    follow(events) {
      for (let id = places.length; id <= events.length; id += 1) {
        const event = events[id - 1];
        if (event !== undefined) take(event);
      }
    },
    states: () => Object.fromEntries([...visits].map(([name, all]) => [name, standOf(all)])),
    visits: (state) => (visits.get(state) ?? []).map(visitOf),
    data(state, index, events) {
      const visit = visits.get(state)?.[index];
      if (visit === undefined) return null;
      const entered = events[visit.enteredId - 1]?.details;
      const exited = visit.exitedId === null ? null : events[visit.exitedId - 1]?.details;
      return {
        ...visitOf(visit),
        input: textOf(entered?.["input"]),
        output: textOf(exited?.["output"]),
        error: visit.error?.error ?? null,
        cause: visit.error?.cause ?? null,
        // What ran when its state ended was given up with it.
        attempts: visit.attempts.map((each) =>
          each.status === "running" && visit.status !== "running"
            ? { ...each, status: "aborted", endedMs: visit.exitedMs }
            : each,
        ),
      };
    },
    placeOf(eventId) {
      const place = places[eventId] ?? null;
      return { state: stateOf(place), iteration: pathOf(place).at(-1) ?? null };
    },
  };
}

function noteAttempt(attempts: OpenAttempt[], { id, type, timeMs }: HistoryEvent): void {
  const [, what] = ATTEMPT.exec(type) ?? [];
  const last = attempts.at(-1);
  if (what === "Scheduled")
    attempts.push({ scheduledId: id, startedId: null, status: "running", endedMs: null });
  else if (what === "Started" && last !== undefined) last.startedId = id;
  else if (what !== undefined && last?.status === "running") {
    last.status = what === "Succeeded" ? "succeeded" : "failed";
    last.endedMs = timeMs;
  }
}

function openScope(
  event: HistoryEvent,
  parent: Scope | null,
  state: string | null,
  index: number,
  kind: string,
): Scope {
  const scope: Scope = {
    parent,
    state,
    index,
    kind,
    children: [],
    enteredId: event.id,
    enteredMs: event.timeMs,
    status: "running",
    exitedId: null,
    exitedMs: null,
    failedAttempts: 0,
    attempts: [],
    items: null,
    error: null,
  };
  parent?.children.push(scope);
  return scope;
}

/** The nearest around a place that fits. */
function outwards(place: Scope | null, fits: (scope: Scope) => boolean): Scope | null {
  for (let scope = place; scope !== null; scope = scope.parent) if (fits(scope)) return scope;
  return null;
}

function close(scope: Scope, status: VisitStatus, event: HistoryEvent): void {
  scope.status = status;
  scope.exitedMs = event.timeMs;
  scope.exitedId = event.id;
  // What still runs inside ended with it, unheard.
  for (const child of scope.children) endWith(child, "aborted", event, null);
}

/** Ends what still runs in a scope; what lies on the way to `failed` has failed. */
function endWith(scope: Scope, status: VisitStatus, event: HistoryEvent, failed: Scope | null): void {
  if (scope.status !== "running") return;
  const isOnTheWay = isWithin(failed, scope);
  scope.status = isOnTheWay ? "failed" : status;
  scope.exitedMs = event.timeMs;
  for (const child of scope.children) endWith(child, "aborted", event, failed);
}

function isWithin(place: Scope | null, around: Scope): boolean {
  for (let scope = place; scope !== null; scope = scope.parent) if (scope === around) return true;
  return false;
}

/** After a redrive a state goes on without being entered again. */
function reopen(place: Scope): void {
  for (let scope: Scope | null = place; scope !== null; scope = scope.parent) {
    scope.status = "running";
    scope.exitedMs = null;
    scope.exitedId = null;
  }
}

function standOf(all: readonly Scope[]): StateNow {
  const stand = { visits: all.length, running: 0, succeeded: 0, failed: 0, aborted: 0, failedAttempts: 0 };
  let items: { total: number; done: number } | null = null;
  for (const scope of all) {
    stand[scope.status] += 1;
    stand.failedAttempts += scope.failedAttempts;
    if (scope.items === null) continue;
    items ??= { total: 0, done: 0 };
    items.total += scope.items;
    items.done += scope.children.filter(({ status }) => status === "succeeded").length;
  }
  return { ...stand, items };
}

function visitOf(scope: Scope): Visit {
  const { status, enteredMs, exitedMs, failedAttempts } = scope;
  return { path: pathOf(scope), status, enteredMs, exitedMs, failedAttempts };
}

function pathOf(place: Scope | null): readonly number[] {
  const path: number[] = [];
  for (let scope = place; scope !== null; scope = scope.parent)
    if (scope.state === null) path.unshift(scope.index);
  return path;
}

function stateOf(place: Scope | null): string | null {
  for (let scope = place; scope !== null; scope = scope.parent) if (scope.state !== null) return scope.state;
  return null;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
