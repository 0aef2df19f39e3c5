/** A clock whose hands a test turns: nothing in a test waits for real time. */
import type { Clock } from "../../../local/cloud/clock";

export interface ManualClock extends Clock {
  /** Moves on by `ms`; whatever falls due on the way happens in order, and what it sets off is finished. */
  advance(ms: number): Promise<void>;
  /** How many calls are still to come. */
  pending(): number;
}

interface Timer {
  readonly dueMs: number;
  readonly action: () => void;
}

export function createManualClock(startMs = Date.UTC(2026, 10, 20)): ManualClock {
  let nowMs = startMs;
  const timers = new Set<Timer>();
  return {
    now: () => nowMs,
    pending: () => timers.size,
    after(delayMs, action) {
      const timer = { dueMs: nowMs + Math.max(0, delayMs), action };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const endMs = nowMs + ms;
      for (;;) {
        await settle();
        const next = [...timers].sort((one, other) => one.dueMs - other.dueMs)[0];
        if (next === undefined || next.dueMs > endMs) break;
        timers.delete(next);
        nowMs = Math.max(nowMs, next.dueMs);
        next.action();
      }
      nowMs = endMs;
      await settle();
    },
  };
}

/** Lets everything go on that waits for nothing but its turn. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
