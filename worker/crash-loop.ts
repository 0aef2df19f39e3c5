/** Keeps a worker whose function can't start from burning through its tasks: it waits longer each time, then gives up. */
import { backoffMs, type Backoff } from "./backoff";
import { pause, type Clock } from "./clock";
import type { Log } from "./log";

/** Failed starts in a row, without one that went well, until there is no hope. */
const LIMIT = 10;
const BACKOFF: Backoff = { baseMs: 1_000, capMs: 30_000 };

/** A start has failed when the process ends, reports an init error or runs out of time before its first /next. */
export interface CrashLoop {
  started(): void;
  failed(why: string): void;
  /** Null when the next task may be asked for; else resolves when it may, or when `signal` aborts. */
  ready(signal: AbortSignal): Promise<void> | null;
}

export interface CrashLoopOptions {
  /** They start their processes at the same time, so they fail at the same time. */
  readonly slots: number;
  /** Called once, after the last failure that is borne. */
  readonly onHopeless: (why: string) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

/** Counts over all slots of a worker. A process that has started and then crashes with its task is not counted: that may be the task's doing. */
export function createCrashLoop({ slots, onHopeless, clock, log, random }: CrashLoopOptions): CrashLoop {
  const limit = LIMIT + slots - 1;
  let failures = 0;
  let notBeforeMs = 0;
  return {
    started() {
      if (failures > 0) log("FunctionRecovered", { failures });
      failures = 0;
      notBeforeMs = 0;
    },
    failed(why) {
      failures += 1;
      const waitMs = backoffMs(BACKOFF, Math.ceil(failures / slots), random);
      notBeforeMs = clock.now() + waitMs;
      log("FunctionStartFailed", { reason: why, failures, limit, retryInMs: waitMs });
      if (failures === limit) {
        onHopeless(`the function failed to start ${String(failures)} times in a row, last: ${why}`);
      }
    },
    ready: (signal) => {
      const waitMs = notBeforeMs - clock.now();
      return waitMs > 0 ? pause(clock, waitMs, signal) : null;
    },
  };
}
