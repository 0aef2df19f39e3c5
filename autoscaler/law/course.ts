/**
 * The course of backlog and in-flight from the last complete bin on, as a fluid in steps of a sixth of a minute: up to now
 * with the workers that there were, from then on with as many as a plan would have.
 */
import type { SignalledTasks } from "../observation";
import { clamp, type History } from "./history";
import type { StartUp } from "./start-up";
import type { Tally } from "./estimate";
import { STEPS, type SurvivalTable } from "./survival";

/** Of tasks that should have ended, so many have not a bin later. */
const OVERDUE = 0.3;

/** What does not depend on the plan. */
export interface Course {
  readonly backlog: number;
  /** Steps before now, and all. */
  readonly past: number;
  readonly steps: number;
  readonly arrivals: Float64Array;
  /** Tasks of the tally that still run at a step. */
  readonly held: Float64Array;
  /** Of how many of them run at the last step. */
  readonly heldVariance: number;
  /** Slots there were, up to now. */
  readonly slotsThen: Float64Array;
  readonly survival: Float64Array;
  /** Room to reckon in: many plans are tried on one course. */
  readonly starts: Float64Array;
}

export interface CourseOptions {
  readonly slots: number;
  readonly running: number;
  /** When the plan is made; for what would have been planned some ticks ago, then. */
  readonly nowMs: number;
  readonly ticksAgo: number;
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
  const steps = Math.min(
    survival.byStep.length,
    past + Math.max(1, Math.round((aheadSeconds * 1000) / stepMs)),
  );
  const slotsThen = new Float64Array(past);
  for (let step = 0; step < past; step++) {
    slotsThen[step] = options.slots * workersAt(history, options, fromMs + (step + 1) * stepMs);
  }
  return {
    backlog: tally.backlog,
    past,
    steps,
    arrivals: arrivalsBySteps(history, tally.bin, { past, steps }, options),
    ...onWorkersOf(heldBySteps(tally, survival, steps), past, options),
    slotsThen,
    survival: survival.byStep,
    starts: new Float64Array(steps),
  };
}

/** Of a bin that is over, evenly; of the one that still fills, what is known of it has come before now. */
function arrivalsBySteps(
  history: History,
  first: number,
  { past, steps }: { readonly past: number; readonly steps: number },
  options: CourseOptions,
): Float64Array {
  const arrivals = new Float64Array(steps).fill(options.arrivalsPerBin / STEPS);
  for (let bin = first, begin = 0; begin < past; bin++, begin += STEPS) {
    const known = knownArrivals(history, bin, options);
    const end = Math.min(begin + STEPS, past);
    const expected = (options.arrivalsPerBin * (end - begin)) / STEPS;
    arrivals.fill(Math.max(known.atLeast, known.isAll ? 0 : expected) / (end - begin), begin, end);
  }
  // A point of a minute that has only just begun; of one that had only begun then, more is known by now.
  const begun = first + Math.floor(past / STEPS);
  if (past % STEPS === 0 && past < steps && options.ticksAgo === 0) {
    arrivals[past] = (arrivals[past] as number) + knownArrivals(history, begun, options).atLeast;
  }
  return arrivals;
}

/** What is visible of a bin; what the log said of it, if that is more. */
function knownArrivals(
  { scheduled, count, startMs, minuteMs }: History,
  bin: number,
  { signalled, nowMs }: CourseOptions,
): { readonly atLeast: number; readonly isAll: boolean } {
  const binMs = startMs + bin * minuteMs;
  let said = 0;
  for (const { atMs, tasks } of signalled) if (atMs >= binMs && atMs < binMs + minuteMs) said += tasks;
  const seen = bin < count ? (scheduled[bin] as number) : Number.NaN;
  if (seen >= 0) return { atLeast: Math.max(seen, said), isAll: binMs + minuteMs <= nowMs };
  return { atLeast: said, isAll: false };
}

/** Between two ticks, in proportion: workers come one after the other. */
function workersAt({ running, count, minuteMs }: History, options: CourseOptions, atMs: number): number {
  const ago = Math.max(0, (options.nowMs - atMs) / minuteMs);
  const [later, part] = [count - 1 - options.ticksAgo - Math.floor(ago), ago % 1];
  const counted = (bin: number, otherwise: number): number => {
    if (bin >= count - 1) return options.running;
    const value = running[bin] ?? Number.NaN;
    return value >= 0 ? value : otherwise;
  };
  const after = counted(later, options.running);
  return after + part * (counted(later - 1, after) - after);
}

interface Held {
  readonly held: Float64Array;
  readonly heldVariance: number;
}

/** Each task stays or not: those that have run for long surely, others hardly. */
function heldBySteps(tally: Tally, { byBin }: SurvivalTable, steps: number): Held {
  const bins = Math.ceil(steps / STEPS) + 1;
  const byBins = new Float64Array(bins + 1);
  const end = binOf(steps - 1);
  let heldVariance = 0;
  for (let cohort = 0; cohort < tally.bin; cohort++) {
    const size = tally.cohorts[cohort] as number;
    if (size < 1e-3) continue;
    const age = tally.bin - 1 - cohort;
    const left = byBin[age] as number;
    let [then, atEnd] = [1, 0];
    for (let later = 0; later <= bins; later++) {
      // What should have ended and has not, may end at any time.
      then = left > 1e-3 ? (byBin[age + later] ?? 0) / left : OVERDUE ** later;
      byBins[later] = (byBins[later] as number) + size * then;
      if (later === end.bin) atEnd = then;
      else if (later === end.bin + 1) atEnd += end.part * (then - atEnd);
    }
    heldVariance += size * atEnd * (1 - atEnd);
  }
  const held = new Float64Array(steps);
  for (let step = 0; step < steps; step++) {
    const { bin, part } = binOf(step);
    held[step] = (byBins[bin] as number) + part * ((byBins[bin + 1] as number) - (byBins[bin] as number));
  }
  return { held, heldVariance };
}

/** Where the middle of a step lies. */
function binOf(step: number): { readonly bin: number; readonly part: number } {
  return { bin: Math.floor(step / STEPS), part: ((step % STEPS) + 0.5) / STEPS };
}

/** Whatever is in flight is on a worker that runs: what would be too much has ended. */
function onWorkersOf({ held, heldVariance }: Held, past: number, { running, slots }: CourseOptions): Held {
  const now = held[Math.min(past, held.length - 1)] ?? 0;
  const share = (running * slots) / now;
  if (!(share < 1)) return { held, heldVariance };
  return { held: held.map((tasks) => tasks * share), heldVariance: heldVariance * share };
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
  const { past, steps, arrivals, held, slotsThen, survival, starts } = course;
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

export interface PlanOptions {
  readonly running: number;
  readonly startUp: StartUp;
  readonly slots: number;
  readonly stepSeconds: number;
}

/**
 * Slots of a plan of so many workers: what runs, what is under way, and what would be asked for now. Workers that were asked
 * for together come between two and four thirds of the start-up time.
 */
export function slotsOfPlan(
  workers: number,
  { running, startUp, slots, stepSeconds }: PlanOptions,
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
