/** How long a worker takes from being desired to running, from the counts of earlier ticks. */
import type { Workers } from "../observation";
import { clamp, type History } from "./history";

export interface StartUp {
  readonly seconds: number;
  /** Workers under way, by how long ago they were asked for, the oldest first. */
  readonly pending: readonly { readonly ageSeconds: number; readonly workers: number }[];
}

/** A start-up shorter than a tick is not seen; less is not believed. In bins. */
const LEAST_BINS = 0.75;
const GUESS_BINS = 0.9;
const GUESS_WEIGHT = 1;
/** Workers that start together say little more than one. */
const MOST_AT_ONCE = 8;
const MOST_BINS = 60;
/** A tick or two that came late leave bins without a count. */
const MOST_GAP_BINS = 3;

/** Those that were asked for first are taken to come first. */
export function startUpOf(history: History, workers: Workers): StartUp {
  const { running, desired, count, minuteMs } = history;
  const waiting: { tick: number; workers: number }[] = [];
  let [under, weight, bins] = [0, GUESS_WEIGHT, GUESS_WEIGHT * GUESS_BINS];
  let [wasRunning, wasDesired] = [Number.NaN, Number.NaN];
  const come = (arrived: number, tick: number): void => {
    for (let left = Math.min(arrived, under); left > 0;) {
      const first = waiting[0];
      if (first === undefined) return;
      const taken = Math.min(left, first.workers);
      const counted = Math.min(taken, MOST_AT_ONCE);
      weight += counted;
      bins += counted * (tick - first.tick - 0.5);
      left -= taken;
      under -= taken;
      first.workers -= taken;
      if (first.workers === 0) waiting.shift();
    }
  };
  const forget = (most: number): void => {
    for (let last = waiting.at(-1); under > most && last !== undefined; last = waiting.at(-1)) {
      const dropped = Math.min(under - most, last.workers);
      last.workers -= dropped;
      under -= dropped;
      if (last.workers === 0) waiting.pop();
    }
  };
  const look = (tick: number, runningNow: number, desiredNow: number): void => {
    if (runningNow > wasRunning) come(runningNow - wasRunning, tick);
    forget(Math.max(0, Math.min(wasDesired, desiredNow) - runningNow));
    if (desiredNow > wasDesired) {
      waiting.push({ tick, workers: desiredNow - wasDesired });
      under += desiredNow - wasDesired;
    }
    [wasRunning, wasDesired] = [runningNow, desiredNow];
  };
  let lookedAt = Number.NEGATIVE_INFINITY;
  const lookAfterGap = (tick: number, runningNow: number, desiredNow: number): void => {
    // After a rest of unknown events the counts begin anew.
    if (tick - lookedAt > MOST_GAP_BINS) [wasRunning, wasDesired] = [runningNow, runningNow];
    lookedAt = tick;
    look(tick, runningNow, desiredNow);
  };
  for (let bin = 0; bin < count - 1; bin++) {
    const [runningThen, desiredThen] = [running[bin] as number, desired[bin] as number];
    if (runningThen >= 0 && desiredThen >= 0) lookAfterGap(bin, runningThen, desiredThen);
  }
  const now = count - 1;
  lookAfterGap(now, workers.running, workers.desired);
  // What has not come yet takes at least as long as it has taken.
  for (const { tick, workers: late } of waiting) {
    const age = now - tick;
    if (age <= bins / weight) continue;
    bins += Math.min(late, MOST_AT_ONCE) * age;
    weight += Math.min(late, MOST_AT_ONCE);
  }
  const pending = waiting.map((each) => ({
    ageSeconds: ((now - each.tick) * minuteMs) / 1000,
    workers: each.workers,
  }));
  const seconds = (clamp(bins / weight, LEAST_BINS, MOST_BINS) * minuteMs) / 1000;
  return { seconds, pending };
}
