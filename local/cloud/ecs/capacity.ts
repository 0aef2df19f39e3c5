/** Where a pool's workers find room, and when: Fargate's launch rate, or instances that have to be started first. */
import type { Clock } from "../clock";

/** Room for workers. */
export interface Capacity {
  /** Calls `onRoom` once, later, when one more worker may start; the function returned gives its room, or its place in the queue, back. */
  claim(onRoom: () => void): () => void;
  close(): void;
}

/** How fast ECS starts workers on Fargate, in an account and region. */
export interface LaunchRate {
  /** One more launch: in how many milliseconds it may go. */
  waitMs(): number;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/throttling.html: a burst of 100, then 20 a second. */
const FARGATE_BURST = 100;
const FARGATE_LAUNCHES_PER_SECOND = 20;

export function createFargateLaunchRate(clock: Clock): LaunchRate {
  const gapMs = 1000 / FARGATE_LAUNCHES_PER_SECOND;
  /** When the bucket would be full again. */
  let fullMs = 0;
  return {
    waitMs() {
      const now = clock.now();
      fullMs = Math.max(fullMs, now) + gapMs;
      return Math.max(0, fullMs - now - FARGATE_BURST * gapMs);
    },
  };
}

/** Each worker has a machine of its own, which starts with it. */
export function createFargateCapacity(clock: Clock, rate: LaunchRate, startDelaySeconds: number): Capacity {
  const cancels = new Set<() => void>();
  return {
    claim(onRoom) {
      const cancel = clock.after(rate.waitMs() + startDelaySeconds * 1000, () => {
        cancels.delete(cancel);
        onRoom();
      });
      cancels.add(cancel);
      return () => {
        cancels.delete(cancel);
        cancel();
      };
    },
    close() {
      for (const cancel of cancels) cancel();
    },
  };
}

/** About half the time, by the blueprint's own reckoning; AWS promises none. */
const WARM_SHARE = 0.5;

export interface InstanceCapacityOptions {
  readonly clock: Clock;
  /** From the decision to start an instance until workers start on it. */
  readonly startDelaySeconds: number;
  readonly workersPerInstance: number;
  readonly maxInstances: number;
  /** How many wait, stopped, to be started in half the time; what is taken is made good while the others start. */
  readonly warmInstances: number;
  /** How many are started at least where there are none. */
  readonly firstInstances: number;
  /** How long one without workers stays. */
  readonly lingerSeconds: number;
  /** Told that workers wait though no instance may be started any more; once, until there is room again. */
  readonly onFull: () => void;
}

interface Instance {
  up: boolean;
  workers: number;
  cancel: () => void;
}

/** Instances that are started when workers wait for room, and that stay for a while when they are empty. */
export function createInstanceCapacity(options: InstanceCapacityOptions): Capacity & { instances(): number } {
  const { clock, workersPerInstance, maxInstances } = options;
  const instances = new Set<Instance>();
  const waiting = new Set<() => void>();
  const refills = new Set<() => void>();
  /** The instance of a worker that has room, by what was claimed. */
  const places = new Map<() => void, Instance>();
  let warm = options.warmInstances;
  let full = false;
  let closed = false;

  function serve(): void {
    for (const onRoom of waiting) {
      const instance = [...instances].find((each) => each.up && each.workers < workersPerInstance);
      if (instance === undefined) break;
      waiting.delete(onRoom);
      instance.workers += 1;
      instance.cancel();
      places.set(onRoom, instance);
      onRoom();
    }
    launch();
  }

  function launch(): void {
    if (closed) return;
    const starting = [...instances].filter(({ up }) => !up).length;
    const missing = Math.ceil(waiting.size / workersPerInstance) - starting;
    if (missing <= 0) {
      full &&= waiting.size > 0;
      return;
    }
    const wanted = instances.size === 0 ? Math.max(missing, options.firstInstances) : missing;
    const allowed = Math.min(wanted, maxInstances - instances.size);
    for (let count = 0; count < allowed; count += 1) start();
    if (allowed < missing && !full) options.onFull();
    full = allowed < missing;
  }

  function start(): void {
    const instance: Instance = { up: false, workers: 0, cancel: () => undefined };
    instances.add(instance);
    const startDelayMs = options.startDelaySeconds * 1000;
    const isWarm = warm > 0;
    if (isWarm) {
      warm -= 1;
      refills.add(
        clock.after(startDelayMs, () => {
          warm += 1;
        }),
      );
    }
    instance.cancel = clock.after(isWarm ? startDelayMs * WARM_SHARE : startDelayMs, () => {
      instance.up = true;
      linger(instance);
      serve();
    });
  }

  function linger(instance: Instance): void {
    instance.cancel();
    if (closed) return;
    instance.cancel = clock.after(options.lingerSeconds * 1000, () => instances.delete(instance));
  }

  function release(onRoom: () => void): void {
    waiting.delete(onRoom);
    const instance = places.get(onRoom);
    if (instance === undefined) return;
    places.delete(onRoom);
    instance.workers -= 1;
    if (instance.workers === 0) linger(instance);
    serve();
  }

  return {
    claim(onRoom) {
      waiting.add(onRoom);
      // Later, even where there is room: whoever claims is not called before it knows how to give back.
      const cancel = clock.after(0, serve);
      return () => {
        cancel();
        release(onRoom);
      };
    },
    instances: () => instances.size,
    close() {
      closed = true;
      waiting.clear();
      for (const { cancel } of instances) cancel();
      for (const cancel of refills) cancel();
    },
  };
}
