/** The loop that holds one open poll. Knows no functions. */
import { backoffMs, type Backoff } from "./backoff";
import { pause, type Clock } from "./clock";
import type { Log } from "./log";
import type { Task } from "./slot";

export interface PollerOptions {
  /** This poller's own slot: when the loop comes round it is free, and so it is claimed before the poll is opened (D3). */
  readonly slot: { run(task: Task): Promise<void> };
  /** Null: the service had nothing. */
  readonly poll: () => Promise<Task | null>;
  /** Aborts when no more polls may be opened. A poll that is open stays open: to abort it could lose a task (D3). */
  readonly draining: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

const BACKOFF: Backoff = { baseMs: 200, capMs: 20_000 };

/** Resolves when it drains and its last task, if it had one, has ended. Never rejects. */
export async function runPoller({ slot, poll, draining, clock, log, random }: PollerOptions): Promise<void> {
  let failures = 0;
  while (!draining.aborted) {
    try {
      const task = await poll();
      if (failures > 0) log("PollRecovered", { failures });
      failures = 0;
      if (task !== null) await slot.run(task);
    } catch (error) {
      failures += 1;
      const waitMs = backoffMs(BACKOFF, failures, random);
      const { name, message } = error as Error;
      log("PollFailed", { error: name, reason: message, failures, retryInMs: waitMs });
      await pause(clock, waitMs, draining);
    }
  }
}
