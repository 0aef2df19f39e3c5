/**
 * The workers of a simulated pool, as ECS keeps them: launched and stopped until as many are there as desired. Free slots
 * are served in the order in which they opened their polls.
 */
import type { Random } from "./random";
import type { PoolPhysics } from "./workload";

const PENDING = 0;
const RUNNING = 1;
const STOPPED = 2;

export interface Fleet {
  desired(): number;
  running(): number;
  /** Launched and not running yet. */
  pending(): number;
  /** Workers that are paid for at this instant. */
  setDesired(nowSeconds: number, desired: number): void;
  /** A launched worker is there; false when it was stopped before. Its slots are free from now on. */
  ready(nowSeconds: number, worker: number): boolean;
  /** A free slot's worker, now busy; -1 when there is none. */
  takeSlot(): number;
  freeSlots(): number;
  /** The slot of a task that ended is free again; the worker may be stopped by that. */
  releaseSlot(nowSeconds: number, worker: number): void;
  /** Whether this worker was stopped with tasks on it. */
  isStopped(worker: number): boolean;
  /** Paid worker-seconds, everything that still runs paid until `nowSeconds`. */
  paidSeconds(nowSeconds: number): number;
}

/** `launch` is told when each new worker will be ready. */
export function createFleet(
  pool: PoolPhysics,
  random: Random,
  launch: (readySeconds: number, worker: number) => void,
): Fleet {
  const states: number[] = [];
  const free: number[] = [];
  const paidFrom: number[] = [];
  /** Worker ids that are not stopped, oldest first. */
  let alive: number[] = [];
  /** Worker ids, one for each free slot, the longest waiting first; stopped ones are skipped. */
  const polls: number[] = [];
  let firstPoll = 0;
  let [desired, running, pending, freeSlots, paid] = [0, 0, 0, 0, 0];
  let nextLaunch = Number.NEGATIVE_INFINITY;
  /** When the instances that lost their worker end. */
  let instances: number[] = [];

  const launchSeconds = (now: number): number => {
    if (pool.launches === null) return now;
    const { burst, perSecond } = pool.launches;
    // A token bucket by the time at which it would be full again.
    nextLaunch = Math.max(nextLaunch, now - burst / perSecond) + 1 / perSecond;
    return Math.max(now, nextLaunch);
  };
  const startUp = (now: number): readonly [number, number] => {
    const { linger, startUpSeconds } = pool;
    if (linger === null) return startUpSeconds;
    instances = instances.filter((end) => end > now);
    const end = instances.pop();
    if (end === undefined) return startUpSeconds;
    paid -= end - now;
    return linger.warmSeconds;
  };
  const add = (now: number): void => {
    const worker = states.length;
    const launched = launchSeconds(now);
    states.push(PENDING);
    free.push(0);
    paidFrom.push(launched);
    alive.push(worker);
    pending++;
    launch(launched + random.between(...startUp(now)), worker);
  };
  const stop = (now: number, worker: number): void => {
    if (states[worker] === PENDING) pending--;
    else {
      running--;
      freeSlots -= free[worker] ?? 0;
    }
    states[worker] = STOPPED;
    paid += Math.max(0, now - (paidFrom[worker] ?? now));
    if (pool.linger !== null) {
      paid += pool.linger.seconds;
      instances.push(now + pool.linger.seconds);
    }
  };
  const isIdle = (worker: number): boolean => free[worker] === pool.slots;
  /** Those that cost least to lose: not yet running, then the youngest; a busy one only when nothing protects it. */
  const shrink = (now: number): void => {
    let surplus = running + pending - desired;
    const stopEach = (may: (worker: number) => boolean): void => {
      for (let index = alive.length - 1; index >= 0 && surplus > 0; index--) {
        const worker = alive[index] as number;
        if (states[worker] === STOPPED || !may(worker)) continue;
        stop(now, worker);
        surplus--;
      }
    };
    stopEach((worker) => states[worker] === PENDING);
    stopEach((worker) => states[worker] === RUNNING && isIdle(worker));
    if (!pool.isProtected) stopEach((worker) => states[worker] === RUNNING);
    alive = alive.filter((worker) => states[worker] !== STOPPED);
  };

  return {
    desired: () => desired,
    running: () => running,
    pending: () => pending,
    freeSlots: () => freeSlots,
    isStopped: (worker) => states[worker] === STOPPED,
    setDesired(now, wanted) {
      desired = Math.max(0, Math.min(pool.maxWorkers, wanted));
      if (running + pending > desired) shrink(now);
      while (running + pending < desired) add(now);
    },
    ready(now, worker) {
      if (states[worker] !== PENDING) return false;
      pending--;
      running++;
      states[worker] = RUNNING;
      free[worker] = pool.slots;
      freeSlots += pool.slots;
      for (let slot = 0; slot < pool.slots; slot++) polls.push(worker);
      return true;
    },
    takeSlot() {
      while (firstPoll < polls.length) {
        const worker = polls[firstPoll++] as number;
        if (states[worker] !== RUNNING) continue;
        free[worker] = (free[worker] as number) - 1;
        freeSlots--;
        return worker;
      }
      return -1;
    },
    releaseSlot(now, worker) {
      if (states[worker] !== RUNNING) return;
      free[worker] = (free[worker] as number) + 1;
      freeSlots++;
      if (isIdle(worker) && running + pending > desired) {
        stop(now, worker);
        alive.splice(alive.indexOf(worker), 1);
      } else polls.push(worker);
    },
    paidSeconds(now) {
      return alive.reduce((sum, worker) => sum + Math.max(0, now - (paidFrom[worker] ?? now)), paid);
    },
  };
}
