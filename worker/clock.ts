/** Time, as worker and local cloud see it: injected, so that tests turn the hands themselves. */

/** Milliseconds since the epoch, and calls in the future. */
export interface Clock {
  now(): number;
  /** Calls `action` once after `delayMs`; the function returned takes that back. */
  after(delayMs: number, action: () => void): () => void;
}

/** setTimeout counts in 31 bits; longer waits are made of several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, action) => {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number): void => {
      timer =
        leftMs > LONGEST_TIMER_MS
          ? setTimeout(() => {
              wait(leftMs - LONGEST_TIMER_MS);
            }, LONGEST_TIMER_MS)
          : setTimeout(action, leftMs);
    };
    wait(Math.max(0, delayMs));
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Resolves after `delayMs`, or at once when `signal` aborts; leaves no timer behind. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const wake = (): void => {
      cancel();
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const cancel = clock.after(delayMs, wake);
    signal?.addEventListener("abort", wake);
  });
}
