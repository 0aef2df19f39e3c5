/**
 * One ECS service: keeps as many workers running as desired. Starts and stops them, replaces those that die, and spares
 * the protected ones when scaling in.
 */
import type { Clock } from "../clock";
import { newContainerId, type Container, type ContainerEnd } from "../processes";
import type { Capacity } from "./capacity";
import type { SpotFacts } from "./capacity-facts";

/** A worker of this pool, by the words of ECS: pending while it would start up, stopping once it was told to end. */
interface Worker {
  readonly id: string;
  state: "pending" | "running" | "stopping";
  container: Container | null;
  startedMs: number;
  /** On capacity that may be taken back. */
  readonly isSpot: boolean;
  /** Null: not protected. Scaling in does not choose it before then. */
  protectedUntilMs: number | null;
  /** Gives its room back, or its place in the queue for it. */
  release: () => void;
  cancelExpiry: () => void;
}

export interface PoolOptions {
  readonly clock: Clock;
  readonly desiredCount: number;
  readonly capacity: Capacity;
  readonly spot: SpotFacts;
  readonly stopTimeoutSeconds: number;
  readonly start: (workerId: string) => Container;
  /** Told when a worker ended that should have gone on. */
  readonly onLost: (workerId: string, end: ContainerEnd) => void;
}

export interface PoolCounts {
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
}

export interface PoolWorker extends Pick<
  Worker,
  "id" | "state" | "startedMs" | "isSpot" | "protectedUntilMs"
> {
  /** Null while it is pending, or could not be started. */
  readonly pid: number | null;
}

export interface Pool {
  counts(): PoolCounts;
  /** Starts in a row that failed: the worker could not be started, or lived too short. */
  failedStarts(): number;
  setDesired(count: number): void;
  /** The most that ever ran at once, and every process id that there was. */
  history(): { readonly peakRunning: number; readonly pids: readonly number[] };
  /** Ids of the workers, those that are stopping included. */
  workers(): readonly PoolWorker[];
  /** False: no such worker. */
  stopWorker(id: string): boolean;
  /** Kills a running worker outright, as a lost machine would. False: no such worker runs. */
  kill(id: string): boolean;
  /** Takes a running worker's capacity back: SIGTERM now, SIGKILL after `noticeMs`. It is replaced at once. */
  interrupt(id: string, noticeMs: number): boolean;
  protection(id: string): { readonly untilMs: number | null } | null;
  protect(id: string, untilMs: number | null): void;
  /** Stops all, protected or not, and waits for them `graceMs` at most before they are killed. */
  close(graceMs: number): Promise<void>;
}

/** A worker that lived shorter than this did not get going: the next start waits, longer each time, as on ECS. */
const SHORT_LIFE_MS = 10_000;
const FIRST_BACK_OFF_MS = 250;
const LONGEST_BACK_OFF_MS = 30_000;

export function createPool(options: PoolOptions): Pool {
  const { clock } = options;
  const workers = new Map<string, Worker>();
  const pids: number[] = [];
  let desired = options.desiredCount;
  let peakRunning = 0;
  let shortLives = 0;
  let notBeforeMs = 0;
  let closed = false;
  let cancelRetry = (): void => undefined;

  const wanted = (): readonly Worker[] => [...workers.values()].filter(({ state }) => state !== "stopping");
  const running = (): readonly Worker[] => wanted().filter(({ state }) => state === "running");

  function reconcile(): void {
    const surplus = wanted().length - desired;
    if (surplus > 0) for (const worker of surplusWorkers(wanted(), surplus, clock.now())) void stop(worker);
    if (surplus >= 0 || closed) return;
    const waitMs = notBeforeMs - clock.now();
    if (waitMs > 0) {
      cancelRetry();
      cancelRetry = clock.after(waitMs, reconcile);
      return;
    }
    for (let missing = -surplus; missing > 0; missing -= 1) add();
  }

  function add(): void {
    const id = newContainerId();
    const worker = pendingWorker(id, isNextOnSpot(wanted(), options.spot));
    workers.set(id, worker);
    worker.release = options.capacity.claim(() => {
      run(worker);
    });
  }

  function run(worker: Worker): void {
    const container = options.start(worker.id);
    worker.container = container;
    worker.state = "running";
    worker.startedMs = clock.now();
    if (container.pid !== null) pids.push(container.pid);
    peakRunning = Math.max(peakRunning, running().length);
    void container.ended.then((end) => {
      workers.delete(worker.id);
      worker.cancelExpiry();
      worker.release();
      if (worker.state === "running") lost(worker, end);
      reconcile();
    });
  }

  function lost(worker: Worker, end: ContainerEnd): void {
    const now = clock.now();
    shortLives = now - worker.startedMs < SHORT_LIFE_MS ? shortLives + 1 : 0;
    notBeforeMs =
      shortLives === 0 ? now : now + Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (shortLives - 1));
    options.onLost(worker.id, end);
  }

  function stop(worker: Worker, graceMs = options.stopTimeoutSeconds * 1000): Promise<unknown> {
    const { container } = worker;
    worker.state = "stopping";
    if (container === null) {
      worker.release();
      workers.delete(worker.id);
      return Promise.resolve();
    }
    return container.stop(graceMs);
  }

  reconcile();
  return {
    counts: () => ({ desired, running: running().length, pending: wanted().length - running().length }),
    failedStarts() {
      const isUp = running().some(({ startedMs }) => clock.now() - startedMs >= SHORT_LIFE_MS);
      return isUp ? 0 : shortLives;
    },
    setDesired(count) {
      desired = count;
      reconcile();
    },
    history: () => ({ peakRunning, pids }),
    workers: () =>
      [...workers.values()].map(({ id, state, startedMs, isSpot, protectedUntilMs, container }) => ({
        id,
        state,
        startedMs,
        isSpot,
        protectedUntilMs,
        pid: container?.pid ?? null,
      })),
    stopWorker(id) {
      const worker = workers.get(id);
      if (worker === undefined) return false;
      void stop(worker);
      reconcile();
      return true;
    },
    kill: (id) => workers.get(id)?.state === "running" && workers.get(id)?.container?.kill() === true,
    interrupt(id, noticeMs) {
      const worker = workers.get(id);
      if (worker?.state !== "running") return false;
      void stop(worker, noticeMs);
      reconcile();
      return true;
    },
    protection(id) {
      const worker = workers.get(id);
      return worker === undefined
        ? null
        : { untilMs: isProtected(worker, clock.now()) ? worker.protectedUntilMs : null };
    },
    protect(id, untilMs) {
      const worker = workers.get(id);
      if (worker === undefined) return;
      worker.protectedUntilMs = untilMs;
      // One that scaling in had to spare may go now, or when its protection runs out.
      worker.cancelExpiry();
      if (untilMs !== null) worker.cancelExpiry = clock.after(untilMs - clock.now(), reconcile);
      reconcile();
    },
    async close(graceMs) {
      closed = true;
      desired = 0;
      cancelRetry();
      options.capacity.close();
      await Promise.all([...workers.values()].map((worker) => stop(worker, graceMs)));
    },
  };
}

/** As a strategy with a base and weights places one more worker. */
function isNextOnSpot(workers: readonly Worker[], { onDemandWorkers, share }: SpotFacts): boolean {
  const onSpot = workers.filter(({ isSpot }) => isSpot).length;
  const onDemand = workers.length - onSpot;
  const above = workers.length - onDemandWorkers + 1;
  return onDemand >= onDemandWorkers && onSpot < Math.ceil(share * above);
}

function pendingWorker(id: string, isSpot: boolean): Worker {
  const nothing = (): void => undefined;
  return {
    id,
    isSpot,
    state: "pending",
    container: null,
    startedMs: 0,
    protectedUntilMs: null,
    release: nothing,
    cancelExpiry: nothing,
  };
}

function isProtected({ protectedUntilMs }: Worker, nowMs: number): boolean {
  return protectedUntilMs !== null && protectedUntilMs > nowMs;
}

/** Those that cost least to lose: not yet running, then the youngest; never a protected one. */
function surplusWorkers(workers: readonly Worker[], surplus: number, nowMs: number): readonly Worker[] {
  const rank = ({ state, startedMs }: Worker): number =>
    state === "pending" ? Number.POSITIVE_INFINITY : startedMs;
  return workers
    .filter((worker) => !isProtected(worker, nowMs))
    .sort((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)))
    .slice(0, surplus);
}
