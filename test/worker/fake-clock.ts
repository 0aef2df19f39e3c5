/** A clock whose hands the test turns. */
import type { Clock } from "../../worker/clock";

export interface FakeClock extends Clock {
  /** Turns the hands: everything due by then happens in its order, and what follows from it at once too. */
  advance(ms: number): Promise<void>;
}

export function createFakeClock(startMs = 1_000_000): FakeClock {
  let now = startMs;
  let timers: { readonly at: number; readonly action: () => void }[] = [];
  return {
    now: () => now,
    after(delayMs, action) {
      const timer = { at: now + Math.max(0, delayMs), action };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    async advance(ms) {
      const end = now + ms;
      await settled();
      for (;;) {
        const due = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (due === undefined) break;
        timers = timers.filter((other) => other !== due);
        now = due.at;
        due.action();
        await settled();
      }
      now = end;
    },
  };
}

/** Lets promises that are ready run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
