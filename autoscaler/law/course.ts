/**
 * The course of backlog and in-flight from the last complete bin on, as a fluid in steps of a sixth of a minute: up to now
 * with the workers that there were, from then on with as many as a plan would have.
 */
import type { SignalledTasks } from "../observation";
import { clamp, type History } from "./history";
import type { StartUp } from "./start-up";
import type { Tally } from "./estimate";
import { STEPS, type SurvivalTable } from "./survival";

/** What does not depend on the plan. */
export interface Course {
  readonly backlog: number;
  /** Steps before now, and all. */
  readonly past: number;
  readonly steps: number;
  readonly arrivals: Float64Array;
  /** Tasks of the tally that still run at a step. */
  readonly held: Float64Array;
  /** Slots there were, up to now. */
  readonly slotsThen: Float64Array;
  readonly survival: Float64Array;
}

export interface CourseOptions {
  readonly slots: number;
  readonly running: number;
  readonly nowMs: number;
  readonly aheadSeconds: number;
  readonly survival: SurvivalTable;
  /** Expected where nothing is known yet. */
  readonly arrivalsPerBin: number;
  readonly signalled: readonly SignalledTasks[];
}

export function courseOf(history: History, tally: Tally, options: CourseOptions): Course {
  const { minuteMs, startMs } = history;
  const { nowMs, aheadSeconds, survival } = options;
  const stepMs = minuteMs / STEPS;
  const fromMs = startMs + tally.bin * minuteMs;
  const past = Math.max(0, Math.round((nowMs - fromMs) / stepMs));
  const steps = Math.min(survival.byStep.length, past + Math.ceil((aheadSeconds * 1000) / stepMs));
  const arrivals = new Float64Array(steps);
  const slotsThen = new Float64Array(past);
  for (let step = 0; step < steps; step++) {
    const bin = tally.bin + Math.floor(step / STEPS);
    arrivals[step] = arrivalsIn(history, bin, options, startMs + bin * minuteMs) / STEPS;
    if (step < past)
      slotsThen[step] = options.slots * workersAt(history, options, fromMs + (step + 1) * stepMs);
  }
  return {
    backlog: tally.backlog,
    past,
    steps,
    arrivals,
    held: heldBySteps(tally, survival, steps),
    slotsThen,
    survival: survival.byStep,
  };
}

/** What is visible of a bin; what the log said of it, if that is more; what is expected, if it shows nothing. */
function arrivalsIn(history: History, bin: number, options: CourseOptions, binMs: number): number {
  const seen = bin < history.count ? (history.scheduled[bin] as number) : Number.NaN;
  let said = 0;
  for (const { atMs, tasks } of options.signalled)
    if (atMs >= binMs && atMs < binMs + history.minuteMs) said += tasks;
  if (seen >= 0) return Math.max(seen, said);
  // What has started was scheduled, if only just.
  const started = bin < history.count ? (history.started[bin] as number) : Number.NaN;
  return Math.max(said, options.arrivalsPerBin, options.arrivalsPerBin > 0 && started >= 0 ? started : 0);
}

/** Between two ticks, in proportion: workers come one after the other. */
function workersAt({ running, count, minuteMs }: History, options: CourseOptions, atMs: number): number {
  const ago = Math.max(0, (options.nowMs - atMs) / minuteMs);
  const [later, part] = [count - 1 - Math.floor(ago), ago % 1];
  const counted = (bin: number, otherwise: number): number => {
    if (bin >= count - 1) return options.running;
    const value = running[bin] ?? Number.NaN;
    return value >= 0 ? value : otherwise;
  };
  const after = counted(later, options.running);
  return after + part * (counted(later - 1, after) - after);
}

function heldBySteps(tally: Tally, { byBin }: SurvivalTable, steps: number): Float64Array {
  const bins = Math.ceil(steps / STEPS) + 1;
  const byBins = new Float64Array(bins + 1);
  for (let cohort = 0; cohort < tally.bin; cohort++) {
    const size = tally.cohorts[cohort] as number;
    if (size < 1e-3) continue;
    const age = tally.bin - 1 - cohort;
    const left = byBin[age] as number;
    for (let later = 0; later <= bins; later++) {
      // What should have ended and has not, may end at any time.
      const then = left > 1e-3 ? (byBin[age + later] ?? 0) / left : 0.5 ** later;
      byBins[later] = (byBins[later] as number) + size * then;
    }
  }
  const held = new Float64Array(steps);
  for (let step = 0; step < steps; step++) {
    const [bin, part] = [Math.floor(step / STEPS), ((step % STEPS) + 0.5) / STEPS];
    held[step] = (byBins[bin] as number) + part * ((byBins[bin + 1] as number) - (byBins[bin] as number));
  }
  return held;
}

/** How a plan would go. */
export interface Forecast {
  readonly backlogNow: number;
  readonly inFlightNow: number;
  readonly backlogThen: number;
  /** Until nothing waits any more; the whole course, if something does at its end. */
  readonly clearSteps: number;
}

/** `slotsAt` by steps from now on. */
export function follow(course: Course, slotsAt: (step: number) => number): Forecast {
  const { past, steps, arrivals, held, slotsThen, survival } = course;
  const starts = new Float64Array(steps);
  const first = survival[0] as number;
  let backlog = course.backlog;
  let [backlogNow, inFlightNow, clearSteps] = [backlog, held[0] ?? 0, 0];
  for (let step = 0; step < steps; step++) {
    let busy = held[step] as number;
    for (let before = 0; before < step; before++) {
      busy += (starts[before] as number) * (survival[step - before] as number);
    }
    if (step === past) [backlogNow, inFlightNow] = [backlog, busy];
    const slots = step < past ? (slotsThen[step] as number) : slotsAt(step - past);
    const possible = Math.max(0, slots - busy) / first;
    const waiting = backlog + (arrivals[step] as number);
    const started = Math.min(waiting, possible);
    starts[step] = started;
    backlog = waiting - started;
    if (step >= past && backlog > 0.5) clearSteps = step - past + 1;
  }
  return { backlogNow, inFlightNow, backlogThen: backlog, clearSteps };
}

/**
 * Slots of a plan of so many workers: what runs, what is under way, and what would be asked for now. Workers that were asked
 * for together come between two and four thirds of the start-up time.
 */
export function slotsOfPlan(
  workers: number,
  {
    running,
    startUp,
    slots,
    stepSeconds,
  }: { running: number; startUp: StartUp; slots: number; stepSeconds: number },
): (step: number) => number {
  const underWay = startUp.pending.reduce((sum, each) => sum + each.workers, 0);
  const added = Math.max(0, workers - running - underWay);
  return (step) => {
    const seconds = (step + 1) * stepSeconds;
    let there = running + added * arrivedShare(seconds, 0, startUp.seconds);
    for (const { ageSeconds, workers: pending } of startUp.pending) {
      there += pending * arrivedShare(seconds, ageSeconds, startUp.seconds);
    }
    return slots * Math.min(workers, there);
  };
}

/** Of workers asked for so long ago that have not come: which share comes within so many seconds from now. */
function arrivedShare(seconds: number, ageSeconds: number, startUpSeconds: number): number {
  const [least, most] = [(2 / 3) * startUpSeconds, (4 / 3) * startUpSeconds];
  // Those that are overdue come any time now.
  if (ageSeconds >= most) return clamp(seconds / (startUpSeconds / 3), 0, 1);
  const from = Math.max(ageSeconds, least);
  return clamp((ageSeconds + seconds - from) / (most - from), 0, 1);
}
