/** Bins for tests: minute by minute, as many as the story has. */
import type { Bin } from "../../autoscaler/observation";

export const MINUTE_MS = 60_000;
/** The start of minute 0. */
export const EPOCH_MS = Date.UTC(2026, 10, 20, 12);

/** One bin for each part, from minute 0 on; what is not said has no point. */
export function binsOf(...parts: readonly Partial<Bin>[]): Bin[] {
  return parts.map((part, minute) => ({
    startMs: EPOCH_MS + minute * MINUTE_MS,
    scheduled: null,
    started: null,
    ended: null,
    averageWaitMs: null,
    runTimeMs: null,
    running: null,
    desired: null,
    ...part,
  }));
}

/** The same part so many times. */
export function times(count: number, part: Partial<Bin>): Partial<Bin>[] {
  return Array.from({ length: count }, () => part);
}
