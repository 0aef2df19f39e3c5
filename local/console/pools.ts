/** The pools as they are now, and as they were in the last minutes. */
import type { PoolFacts, WorkerFacts } from "../cloud/ecs/ecs";
import type { LocalCloud } from "../cloud/realise";
import type { ActivityState, StartedTask } from "../cloud/states/activities/activities";
import type { Places } from "./executions";
import type { PoolNow, Pools, Sample, TaskNow, WorkerNow } from "./messages";

const SAMPLE_EVERY_MS = 500;
/** Ten minutes. */
const KEPT_SAMPLES = 1_200;

export interface PoolWatch {
  now(): Pools;
  samples(): readonly Sample[];
  /** Told of each new sample. */
  onSample(listener: (sample: Sample) => void): void;
  stop(): void;
}

type WatchedCloud = Pick<LocalCloud, "pools" | "workers" | "states">;

export function watchPools(cloud: WatchedCloud, places: Places, now: () => number): PoolWatch {
  const samples: Sample[] = [];
  const listeners: ((sample: Sample) => void)[] = [];

  /** An activity may have two pools while it moves from one to the other; people see one. */
  const byActivity = (): readonly (readonly [string, readonly PoolFacts[], ActivityState])[] =>
    [...Map.groupBy(cloud.pools(), ({ activityArn }) => activityArn)].map(([arn, facts]) => [
      arn,
      facts,
      cloud.states.view.activity(arn) ?? EMPTY,
    ]);

  function look(): Pools {
    const pools = byActivity().map(([activityArn, facts, state]): PoolNow => {
      const workers = cloud.workers.workersOf(activityArn).map((worker) => workerNow(worker, state, places));
      return {
        activityArn,
        name: facts[0]?.function ?? activityArn,
        placements: facts.map(({ placement }) => placement),
        gpu: facts.some(({ gpu }) => gpu),
        desired: sum(facts, "desiredCount"),
        running: sum(facts, "runningCount"),
        pending: sum(facts, "pendingCount"),
        backlog: state.backlog,
        inFlight: state.inFlight.length,
        slots: workers.reduce((total, worker) => total + slotsOf(worker), 0),
        oldestMs: state.oldestMs,
        waitMs: median(state.waitsMs),
        workers,
      };
    });
    return { atMs: now(), pools };
  }

  function measure(): Sample {
    const atMs = now();
    const pools = byActivity().map(([arn, facts, { backlog, inFlight, oldestMs }]) => {
      const waitSeconds = oldestMs === null ? 0 : Math.round((atMs - oldestMs) / 100) / 10;
      const desired = sum(facts, "desiredCount");
      const running = sum(facts, "runningCount");
      return [arn, [backlog, inFlight.length, desired, running, waitSeconds]] as const;
    });
    return { atMs, pools: Object.fromEntries(pools) };
  }

  const timer = setInterval(() => {
    const sample = measure();
    samples.push(sample);
    if (samples.length > KEPT_SAMPLES) samples.shift();
    for (const listener of listeners) listener(sample);
  }, SAMPLE_EVERY_MS);
  // It keeps no process alive.
  timer.unref();

  return {
    now: look,
    samples: () => samples,
    onSample(listener) {
      listeners.push(listener);
    },
    stop() {
      clearInterval(timer);
    },
  };
}

const EMPTY: ActivityState = { backlog: 0, oldestMs: null, inFlight: [], waitsMs: [] };

function sum(facts: readonly PoolFacts[], field: "desiredCount" | "runningCount" | "pendingCount"): number {
  return facts.reduce((total, each) => total + each[field], 0);
}

function workerNow(worker: WorkerFacts, state: ActivityState, places: Places): WorkerNow {
  const { id, pid, state: workerState, placement, isSpot, protectedUntilMs, slots, startedMs } = worker;
  const tasks = pid === null ? [] : state.inFlight.filter((task) => isHeldBy(task, pid));
  return {
    id,
    pid,
    state: workerState,
    placement,
    isSpot,
    isProtected: protectedUntilMs !== null && workerState === "running",
    slots,
    startedMs,
    tasks: tasks.map((task) => taskNow(task, places)),
    log: `${worker.serviceName}-${id.slice(0, 8)}.log`,
  };
}

/** One that stops takes nothing new. */
function slotsOf({ state, slots, tasks }: WorkerNow): number {
  return state === "running" ? slots : tasks.length;
}

/** A worker polls by the name of its host and its process id. */
function isHeldBy({ workerName }: StartedTask, pid: number): boolean {
  return workerName?.endsWith(`-${String(pid)}`) === true;
}

function taskNow({ taskId, executionArn, eventId, startedMs }: StartedTask, places: Places): TaskNow {
  return { taskId, executionArn, startedMs, ...places.placeOf(executionArn, eventId) };
}

function median(values: readonly number[]): number | null {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? null;
}
