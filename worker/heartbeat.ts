/** Proves, while a task is held, that its worker is alive; and learns from the answers that the task is not. */
import type { Clock } from "./clock";
import type { Log } from "./log";
import type { Receipt } from "./report";

/** Of the state's HeartbeatSeconds: two beats in a row may be lost before the task is. */
export const BEATS_PER_INTERVAL = 3;

export interface HeartbeatOptions {
  readonly heartbeatSeconds: number;
  /** Rejects when the beat was not heard. */
  readonly beat: () => Promise<Receipt>;
  /** Called once at most: no outcome will be heard any more. */
  readonly onGone: (why: string) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** The first beat comes after a third of the interval: its clock starts when the worker gets the token. Returns the stop. */
export function startHeartbeat({ heartbeatSeconds, beat, onGone, clock, log }: HeartbeatOptions): () => void {
  const intervalMs = (heartbeatSeconds * 1000) / BEATS_PER_INTERVAL;
  let stopped = false;
  let cancel = (): void => undefined;
  const wait = (): void => {
    cancel = clock.after(intervalMs, () => {
      void beatOnce();
    });
  };
  const beatOnce = async (): Promise<void> => {
    try {
      const receipt = await beat();
      // An answer that comes after the outcome says nothing new: the outcome itself has closed the task.
      if (stopped) return;
      if (receipt.kind === "gone") {
        onGone(receipt.why);
        return;
      }
      if (receipt.kind === "refused") log("HeartbeatRefused", { reason: receipt.why });
    } catch (error) {
      log("HeartbeatFailed", { error: (error as Error).name, reason: (error as Error).message });
    }
    if (!stopped) wait();
  };
  wait();
  return () => {
    stopped = true;
    cancel();
  };
}
