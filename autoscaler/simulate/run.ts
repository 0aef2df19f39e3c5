/** One run of a law on a workload: events in the order of their time, a tick of the law among them. */
import type { Bin, SignalledTasks } from "../observation";
import { createEvents } from "./events";
import { createFleet, type Fleet } from "./fleet";
import { createMetrics, type Sums } from "./metrics";
import { createRandom } from "./random";
import { FATE, type Workload } from "./workload";

/** What a law sees at its tick. */
export interface View {
  readonly nowSeconds: number;
  readonly slots: number;
  readonly minWorkers: number;
  readonly maxWorkers: number;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  bins(): readonly Bin[];
  sums(): Sums;
}

/** Decides how many workers are desired. It may remember; a new one is made for each run. */
export interface Law {
  readonly tickSeconds: number;
  decide(view: View): number;
  /** Whether it publishes the workers of this tick for its later ones; by default always. */
  publishes?(view: View): boolean;
  /** Told of scheduled tasks by the log, soon after; null when that changes nothing. */
  signal?(view: View, tasks: readonly SignalledTasks[]): number | null;
}

/** The state at one tick, for plots. */
export interface Sample {
  readonly seconds: number;
  readonly backlog: number;
  readonly inFlight: number;
  readonly desired: number;
  readonly running: number;
  /** Of the task that waits longest. */
  readonly oldestWaitSeconds: number;
}

export interface Outcome {
  /** From scheduled to started, of every attempt that started or still waits. */
  readonly waitSeconds: Float64Array;
  readonly paidSeconds: number;
  /** Changes of the desired count. */
  readonly scaleEvents: number;
  /** Tasks that lost their worker. */
  readonly interrupted: number;
  readonly samples: readonly Sample[];
}

const READY = 0;
const ENDED = 1;
const RETRIED = 2;
const TICK = 3;
const LOGGED = 4;

/** After the last arrival, so that each law pays for how it ends. */
export const TAIL_SECONDS = 3600;
/** A log record comes so late, and one in fifty comes twice. CloudWatch Logs says "near real time": our assumption. */
const LOG_DELAY_SECONDS: readonly [number, number] = [3, 10];
const LOG_DOUBLED = 0.02;

export function run(
  workload: Workload,
  law: Law,
  seed: number,
  { samples: isSampled = false } = {},
): Outcome {
  const { tasks, pool } = workload;
  const { scheduledSeconds, runSeconds, fates, abortedSeconds } = tasks;
  const count = scheduledSeconds.length;
  const endSeconds = workload.endSeconds + TAIL_SECONDS;
  const events = createEvents();
  const metrics = createMetrics(workload.faults, endSeconds, seed);
  const fleet = createFleet(pool, createRandom(seed, "start-up"), (seconds, worker) => {
    events.add(seconds, READY, worker);
  });
  const logs = createRandom(seed, "logs");
  /** Attempts: the first of each task, then the second ones. */
  const attempts: Attempt[] = [];
  const waits: number[] = [];
  const samples: Sample[] = [];
  const queue: number[] = [];
  let [firstQueued, nextTask, inFlight, scaleEvents, interrupted] = [0, 0, 0, 0, 0];
  let logged: SignalledTasks[] = [];

  const schedule = (now: number, task: number, isRetry: boolean): void => {
    metrics.scheduled(now);
    attempts.push({ task, isRetry, scheduledSeconds: now, worker: -1, startedSeconds: 0 });
    queue.push(attempts.length - 1);
    if (law.signal !== undefined) logIt(now);
    serve(now);
  };
  /** Records of the same second travel together. */
  const logIt = (now: number): void => {
    const last = logged.at(-1);
    if (last !== undefined && last.atMs === Math.floor(now) * 1000) {
      logged[logged.length - 1] = { ...last, tasks: last.tasks + 1 };
      return;
    }
    logged.push({ atMs: Math.floor(now) * 1000, tasks: 1 });
    const index = logged.length - 1;
    events.add(Math.floor(now) + 1 + logs.between(...LOG_DELAY_SECONDS), LOGGED, index);
    if (logs.uniform() < LOG_DOUBLED) events.add(now + 2 * LOG_DELAY_SECONDS[1], LOGGED, index);
  };
  const serve = (now: number): void => {
    while (firstQueued < queue.length && fleet.freeSlots() > 0) {
      const index = queue[firstQueued++] as number;
      const attempt = attempts[index] as Attempt;
      if ((abortedSeconds[attempt.task] as number) > now) start(now, index, attempt, fleet.takeSlot());
    }
  };
  const start = (now: number, index: number, attempt: Attempt, worker: number): void => {
    const waited = now - attempt.scheduledSeconds;
    attempt.worker = worker;
    attempt.startedSeconds = now;
    waits.push(waited);
    metrics.started(now, waited);
    inFlight++;
    const fate = attempt.isRetry ? FATE.succeeds : (fates[attempt.task] as number);
    const runs = runSeconds[attempt.task] as number;
    events.add(now + (fate === FATE.hangs ? pool.heartbeatSeconds : runs), ENDED, index);
  };
  const end = (now: number, index: number): void => {
    const attempt = attempts[index] as Attempt;
    inFlight--;
    metrics.ended(now, now - attempt.startedSeconds);
    const isLost = fleet.isStopped(attempt.worker);
    if (isLost) interrupted++;
    const fate = attempt.isRetry && !isLost ? FATE.succeeds : (fates[attempt.task] as number);
    if (fate !== FATE.succeeds || isLost) events.add(now + 2, RETRIED, attempt.task);
    // The slot takes what waits before anything else can happen to its worker.
    const next = nextQueued(now);
    if (next >= 0 && !isLost) start(now, next, attempts[next] as Attempt, attempt.worker);
    else fleet.releaseSlot(now, attempt.worker);
  };
  const nextQueued = (now: number): number => {
    while (firstQueued < queue.length) {
      const index = queue[firstQueued++] as number;
      if ((abortedSeconds[(attempts[index] as Attempt).task] as number) > now) return index;
    }
    return -1;
  };
  const viewAt = (now: number): View => ({
    nowSeconds: now,
    slots: pool.slots,
    minWorkers: pool.minWorkers,
    maxWorkers: pool.maxWorkers,
    desired: fleet.desired(),
    running: fleet.running(),
    pending: fleet.pending(),
    bins: () => metrics.bins(now),
    sums: () => metrics.sums(now),
  });
  /** Whether it changed anything. */
  const obey = (now: number, wanted: number | null): boolean => {
    if (wanted === null || wanted === fleet.desired()) return false;
    scaleEvents++;
    fleet.setDesired(now, wanted);
    return true;
  };
  const tick = (now: number): void => {
    const running = fleet.running();
    const isChange = obey(now, law.decide(viewAt(now)));
    // Only ticks publish: a delivery of the log leaves nothing but its mark.
    if (isChange || law.publishes?.(viewAt(now)) !== false) metrics.workers(now, running, fleet.desired());
  };
  const sample = (seconds: number): void => {
    const waiting = queue.slice(firstQueued).filter((index) => {
      const { task } = attempts[index] as Attempt;
      return (abortedSeconds[task] as number) > seconds;
    });
    const oldest = attempts[waiting[0] ?? -1]?.scheduledSeconds ?? seconds;
    samples.push({
      seconds,
      backlog: waiting.length,
      inFlight,
      desired: fleet.desired(),
      running: fleet.running(),
      oldestWaitSeconds: seconds - oldest,
    });
  };
  const happen = (now: number, kind: number, subject: number): void => {
    switch (kind) {
      case READY:
        if (fleet.ready(now, subject)) serve(now);
        return;
      case ENDED:
        end(now, subject);
        return;
      case RETRIED:
        schedule(now, subject, true);
        return;
      case LOGGED:
        obey(now, law.signal?.(viewAt(now), [logged[subject] as SignalledTasks]) ?? null);
        return;
      default:
        tick(now);
        if (isSampled) sample(now);
        events.add(now + law.tickSeconds, TICK, 0);
    }
  };

  fleet.setDesired(0, pool.minWorkers);
  events.add(workload.firstTickSeconds, TICK, 0);
  for (;;) {
    const arrival = nextTask < count ? (scheduledSeconds[nextTask] as number) : Number.POSITIVE_INFINITY;
    const next = Math.min(arrival, events.nextSeconds());
    if (next > endSeconds) break;
    if (arrival <= next) schedule(arrival, nextTask++, false);
    else if (events.take()) happen(events.taken.seconds, events.taken.kind, events.taken.subject);
  }
  for (let index = nextQueued(endSeconds); index >= 0; index = nextQueued(endSeconds)) {
    waits.push(endSeconds - (attempts[index] as Attempt).scheduledSeconds);
  }
  logged = [];
  return {
    waitSeconds: Float64Array.from(waits).sort(),
    paidSeconds: fleet.paidSeconds(endSeconds),
    scaleEvents,
    interrupted,
    samples,
  };
}

interface Attempt {
  readonly task: number;
  readonly isRetry: boolean;
  readonly scheduledSeconds: number;
  worker: number;
  startedSeconds: number;
}

export type { Fleet };
