/**
 * Estimates backlog and in-flight of an activity by adding up its metrics, bin by bin, and pulls the sums back to the truth.
 *
 * There is no API for either. The metrics are best effort (late, lost or doubled), and aborted executions drop queued
 * tasks without one: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html. Each mistake would
 * stay in the sums as a ghost; the anchors are what the bins prove beyond the sums.
 */
import type { History } from "./history";
import type { SurvivalTable } from "./survival";

/** What is known at the end of a bin. */
export interface Tally {
  /** Bins before this one are in it. */
  readonly bin: number;
  /** Scheduled and not started. */
  readonly backlog: number;
  /** Started and not ended, by the bin in which they started. */
  readonly cohorts: Float64Array;
  readonly inFlight: number;
}

export interface Estimate {
  /** Where the tallies end that were asked for, the oldest first. */
  readonly tallies: readonly Tally[];
  /** What was scheduled in each complete bin, as far as that can be told when points are lost. */
  readonly scheduled: Float64Array;
}

/** A point that should stand for so many tasks is lost rather than zero. */
const SURELY = 5;
/** A task that waited less, as a part of a bin, found a free slot: 5 seconds of a minute. */
const PROMPT = 5 / 60;
const PROMPT_BINS = 2;
/** Free slots that start nothing for so many bins have no backlog before them. */
const IDLE_BINS = 3;
/** Without a start or an end for so many bins, and 6 times the mean run time, nothing is in flight. */
const SILENT_BINS = 30;
const SILENT_RUN_TIMES = 6;
const LATE_BINS = 2;
/** Of what arrives, for bins without any points. */
const USUAL_BINS = 10;

export interface EstimateOptions {
  readonly slots: number;
  /** Now; it stands in for bins whose count is not known. */
  readonly running: number;
  readonly meanRunMs: number;
  readonly survival: SurvivalTable;
  /** Bins, ascending, at whose begin the tally is wanted. */
  readonly at: readonly number[];
}

export function estimate(history: History, options: EstimateOptions): Estimate {
  const { scheduled, started, ended, averageWaitMs, running, minuteMs, complete } = history;
  const { slots, survival, at, meanRunMs } = options;
  const cohorts = new Float64Array(complete);
  const filled = new Float64Array(complete);
  const silentBins = Math.max(SILENT_BINS, (SILENT_RUN_TIMES * meanRunMs) / minuteMs);
  const tallies: Tally[] = [];
  const hazards = hazardsOf(survival.byBin);
  const before = beforeHistory(history, meanRunMs);
  let [backlog, inFlight, usual, oldest] = [before.backlog, before.inFlight, before.perBin, 0];
  let [promptBins, idleBins, silence] = [0, 0, 0];
  /** Ends that no point told, the last ones. */
  let presumed = { ends: 0, bin: 0 };
  /** Free slots that were taken for a mistake since the last start, as tasks of a cohort. */
  let doubt: { readonly cohort: number; readonly tasks: number } | null = null;
  const lastBelief = beliefBins(survival.byBin);
  // A count of workers is of one instant; between two of them there were as many as at either.
  // A tick that came late leaves a bin without a count; after more than that nothing is known.
  let uncounted = 0;
  const workersAt = (bin: number, before: number): number => {
    const counted = bin < history.count - 1 ? (running[bin] as number) : options.running;
    uncounted = counted >= 0 ? 0 : uncounted + 1;
    return uncounted === 0 ? counted : uncounted <= LATE_BINS ? before : Number.NaN;
  };
  let workers = workersAt(0, Number.NaN);

  const snap = (bin: number): void => {
    if (at.includes(bin)) tallies.push({ bin, backlog, cohorts: cohorts.slice(0, bin), inFlight });
  };
  for (let bin = 0; bin < complete; bin++) {
    snap(bin);
    const [workersBefore, workersAfter] = [workers, workersAt(bin + 1, workers)];
    workers = workersAfter;
    const most = slots * Math.max(workersBefore, workersAfter);
    const least = slots * Math.min(workersBefore, workersAfter);
    while (oldest < bin && ((cohorts[oldest] as number) < 1e-3 || bin - oldest > lastBelief)) {
      inFlight = Math.max(0, inFlight - (cohorts[oldest] as number));
      cohorts[oldest++] = 0;
    }

    let arrived = scheduled[bin] as number;
    let starts = started[bin] as number;
    let ends = ended[bin] as number;
    const isBlank = !(arrived >= 0) && !(starts >= 0) && !(ends >= 0);
    const due = isBlank || !(ends >= 0) ? expectedEnds(cohorts, hazards, oldest, bin) : 0;
    // Tasks do not stop ending: where nothing is said of many that should have ended, all points are lost.
    const isLost = isBlank && due > SURELY && silence < silentBins;
    if (!(arrived >= 0)) arrived = isLost ? usual : 0;
    const free = Math.max(0, (least >= 0 ? least : 0) - inFlight);
    if (!(starts >= 0)) {
      // Free slots start what there is.
      const possible = Math.min(backlog + arrived, free + (ends >= 0 ? ends : due));
      starts = isLost || (possible > SURELY && arrived > 0 && backlog < possible) ? possible : 0;
    }
    if (starts > backlog + arrived) arrived = starts - backlog;
    if (!(ends >= 0)) {
      ends = due > SURELY && silence < silentBins ? due : 0;
      // Of a bin without any point starts are presumed as well, which as many ends have to follow.
      if (ends > 0) presumed = { ends: isBlank ? 0 : ends, bin };
    } else if (presumed.ends > 0 && bin - presumed.bin <= LATE_BINS) {
      // More end than should: they had not ended after all.
      const usualEnds = expectedEnds(cohorts, hazards, oldest, bin) + starts * (hazards[0] as number);
      const stillRan = Math.min(presumed.ends, Math.max(0, ends - usualEnds));
      presumed = { ends: presumed.ends - stillRan, bin: presumed.bin };
      ends -= stillRan;
    }
    filled[bin] = arrived;
    usual += (arrived - usual) / Math.min(USUAL_BINS, bin + 1);
    silence = isBlank ? silence + 1 : 0;

    const waited = backlog;
    backlog = backlog + arrived - starts;
    cohorts[bin] = starts + (bin === 0 ? before.inFlight : 0);
    inFlight = Math.max(0, inFlight + starts - endOldest(cohorts, hazards, oldest, bin, ends));

    // Whatever is in flight is on a worker that runs.
    if (inFlight > most) inFlight = shrink(cohorts, oldest, bin, inFlight, most);
    if (silence >= silentBins && inFlight > 0) inFlight = shrink(cohorts, oldest, bin, inFlight, 0);

    const waitMs = averageWaitMs[bin] as number;
    const hasFreeSlot = least >= inFlight + 1;
    const isPrompt = starts > 0 && waitMs < PROMPT * minuteMs;
    promptBins = hasFreeSlot && isPrompt ? promptBins + 1 : 0;
    idleBins = hasFreeSlot && !(starts > 0) && waited > 0 ? idleBins + 1 : 0;
    const freeSlots = least - inFlight;
    if (starts > 0) doubt = null;
    if (idleBins >= IDLE_BINS && doubt === null && freeSlots < Math.max(2, least / 2)) {
      // That a slot or two are free may be a mistake of the sums, and a waiting task is none: so they are taken.
      // If the next slot that is free starts nothing either, the backlog is the mistake.
      doubt = { cohort: Math.max(0, bin - Math.round(meanRunMs / minuteMs / 2)), tasks: freeSlots };
      inFlight += move(cohorts, doubt.cohort, doubt.tasks);
      oldest = Math.min(oldest, doubt.cohort);
      idleBins = 0;
    }
    if (idleBins >= IDLE_BINS && doubt !== null) {
      inFlight += move(cohorts, doubt.cohort, -doubt.tasks);
      doubt = null;
    }
    // What was scheduled before this bin has started or is gone; what was scheduled in its last moments may yet wait.
    if (promptBins >= PROMPT_BINS || idleBins >= IDLE_BINS)
      backlog = Math.min(backlog, Math.max(0, arrived - starts));
    // First in, first out: what starts after a wait has behind it no more than came while it waited.
    else if (starts > 0 && waitMs >= 0)
      backlog = Math.min(backlog, arrivedWithin(filled, bin, waitMs, minuteMs));
  }
  snap(complete);
  return { tallies, scheduled: filled };
}

/**
 * What there was when the history began, by Little's law: a pool that was at work in its first bins was so before. Were it
 * taken for idle, the first ends would be those of tasks that started later, and the pool would seem idle ever after.
 */
function beforeHistory(
  { complete, started, ended, averageWaitMs, minuteMs }: History,
  meanRunMs: number,
): { readonly perBin: number; readonly backlog: number; readonly inFlight: number } {
  const bins = Math.min(complete, Math.max(USUAL_BINS, Math.ceil(meanRunMs / minuteMs)));
  let [starts, waits, busyBins, balance, owed] = [0, 0, 0, 0, 0];
  for (let bin = 0; bin < complete; bin++) {
    const count = (started[bin] as number) > 0 ? (started[bin] as number) : 0;
    balance += count - ((ended[bin] as number) > 0 ? (ended[bin] as number) : 0);
    if (bin >= bins) continue;
    // What ended without having started within the history has started before.
    owed = Math.max(owed, -balance);
    if (count === 0) continue;
    busyBins++;
    starts += count;
    waits += count * Math.max(0, (averageWaitMs[bin] as number) || 0);
  }
  // A start or two are a beginning, not a habit.
  const isAtWork = bins >= USUAL_BINS && busyBins >= bins / 2;
  const isSparse = bins > USUAL_BINS && busyBins >= 2;
  if (!isAtWork && !isSparse) return { perBin: 0, backlog: 0, inFlight: owed };
  const perBin = starts / bins;
  return {
    perBin,
    backlog: isAtWork ? waits / bins / minuteMs : 0,
    inFlight: Math.max(owed, (perBin * meanRunMs) / minuteMs),
  };
}

/** Of each age in bins: which share ends in that bin of what had not ended before. */
function hazardsOf(byBin: Float64Array): Float64Array {
  const hazards = new Float64Array(byBin.length).fill(1);
  let before = 1;
  for (let age = 0; age < byBin.length; age++) {
    const left = byBin[age] as number;
    if (left <= 0) break;
    hazards[age] = 1 - left / before;
    before = left;
  }
  return hazards;
}

/** The age in bins beyond which nothing is believed to run: its end was lost. */
function beliefBins(byBin: Float64Array): number {
  const first = byBin.findIndex((left) => left < 1e-4);
  return first < 0 ? Number.POSITIVE_INFINITY : 1.5 * first + 2;
}

function expectedEnds(cohorts: Float64Array, hazards: Float64Array, oldest: number, bin: number): number {
  let sum = 0;
  for (let cohort = oldest; cohort < bin; cohort++) {
    sum += (cohorts[cohort] as number) * (hazards[bin - cohort] as number);
  }
  return sum;
}

/** Takes `ends` from the cohorts, from each as its age makes it likely; gives how many it could take. */
function endOldest(
  cohorts: Float64Array,
  hazards: Float64Array,
  oldest: number,
  bin: number,
  ends: number,
): number {
  let left = ends;
  // Twice by likelihood, since a cohort may have less than its share; what is then left ends the oldest.
  for (let round = 0; round < 2 && left > 1e-6; round++) {
    let likely = 0;
    for (let cohort = oldest; cohort <= bin; cohort++) {
      likely += (cohorts[cohort] as number) * (hazards[bin - cohort] as number);
    }
    if (likely <= 0) break;
    const factor = left / likely;
    for (let cohort = oldest; cohort <= bin; cohort++) {
      const size = cohorts[cohort] as number;
      const taken = Math.min(size, size * (hazards[bin - cohort] as number) * factor);
      cohorts[cohort] = size - taken;
      left -= taken;
    }
  }
  for (let cohort = oldest; cohort <= bin && left > 1e-6; cohort++) {
    const taken = Math.min(cohorts[cohort] as number, left);
    cohorts[cohort] = (cohorts[cohort] as number) - taken;
    left -= taken;
  }
  return ends - left;
}

/** Adds tasks to a cohort, or takes them from it as far as it has them; gives by how many it changed. */
function move(cohorts: Float64Array, cohort: number, tasks: number): number {
  const before = cohorts[cohort] as number;
  cohorts[cohort] = Math.max(0, before + tasks);
  return Math.max(0, before + tasks) - before;
}

/** The oldest are the likeliest to be ghosts. Gives what is left. */
function shrink(cohorts: Float64Array, oldest: number, bin: number, inFlight: number, most: number): number {
  let surplus = inFlight - most;
  for (let cohort = oldest; cohort <= bin && surplus > 0; cohort++) {
    const taken = Math.min(cohorts[cohort] as number, surplus);
    cohorts[cohort] = (cohorts[cohort] as number) - taken;
    surplus -= taken;
  }
  return most + Math.max(0, surplus);
}

/** With a margin: the wait is an average, and the order is not promised. */
function arrivedWithin(filled: Float64Array, bin: number, waitMs: number, minuteMs: number): number {
  const bins = Math.ceil((1.5 * waitMs) / minuteMs) + 1;
  let sum = 0;
  for (let at = Math.max(0, bin - bins); at <= bin; at++) sum += filled[at] as number;
  return sum;
}
