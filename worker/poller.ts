/** The loop that holds one open poll. Knows no functions. */
import { backoffMs, type Backoff } from "./backoff";
import { pause, type Clock } from "./clock";
import type { Log } from "./log";
import type { Task } from "./slot";

export interface PollAnswer {
  readonly waitMs: number;
  /** It proves that the backlog was empty. */
  readonly empty: boolean;
}

export interface PollerOptions {
  /** This poller's own slot: when the loop comes round it is free, and so it is claimed before the poll is opened (D3). */
  readonly slot: { run(task: Task): Promise<void> };
  /** Null: the service had nothing. */
  readonly poll: () => Promise<Task | null>;
  /** Null when a task could be started; else resolves when it could, or when `draining` aborts. */
  readonly ready: (draining: AbortSignal) => Promise<void> | null;
  /** Told of each poll that was answered, after how long, and whether by nothing; and of each that was not. */
  readonly onPoll: (poll: PollAnswer | "failed") => void;
  /** Aborts when no more polls may be opened. A poll that is open stays open: to abort it could lose a task (D3). */
  readonly draining: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

const BACKOFF: Backoff = { baseMs: 200, capMs: 20_000 };

/** Resolves when it drains and its last task, if it had one, has ended. Never rejects. */
export async function runPoller(options: PollerOptions): Promise<void> {
  const { slot, poll, draining, clock, log, random } = options;
  let failures = 0;
  for (;;) {
    const readiness = options.ready(draining);
    if (readiness !== null) await readiness;
    if (draining.aborted) return;
    try {
      const startMs = clock.now();
      const task = await poll();
      options.onPoll({ waitMs: clock.now() - startMs, empty: task === null });
      if (failures > 0) log("PollRecovered", { failures });
      failures = 0;
      if (task !== null) await slot.run(task);
    } catch (error) {
      failures += 1;
      options.onPoll("failed");
      const waitMs = backoffMs(BACKOFF, failures, random);
      const { name, message } = error as Error;
      log("PollFailed", { error: name, reason: message, failures, retryInMs: waitMs });
      await pause(clock, waitMs, draining);
    }
  }
}
