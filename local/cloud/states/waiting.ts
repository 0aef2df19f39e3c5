/** Waits that end early when nobody wants their end any more. */
import type { Clock } from "../clock";
import { Aborted } from "./state-error";

/** Resolves after `delayMs`, or rejects with Aborted as soon as `signal` says so. */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return abortable(signal, (resolve) => clock.after(delayMs, resolve));
}

/** `start` begins something and gives what takes it back; that is called when the signal aborts first. */
export function abortable<T>(
  signal: AbortSignal,
  start: (resolve: (value: T) => void) => () => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal.aborted) {
      reject(new Aborted());
      return;
    }
    const onAbort = (): void => {
      takeBack();
      reject(new Aborted());
    };
    const takeBack = start((value) => {
      signal.removeEventListener("abort", onAbort);
      resolve(value);
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
