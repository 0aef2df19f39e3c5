/**
 * Estimates backlog and in-flight of an activity by adding up its metrics, bin by bin, and pulls the sums back to the truth.
 *
 * There is no API for either. The metrics are best effort (late, lost or doubled), and aborted executions drop queued
 * tasks without one: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html. Each mistake would
 * stay in the sums as a ghost; the anchors are what the bins prove beyond the sums.
 */
import { beforeHistory } from "./before-history";
import { type Cohorts, createCohorts } from "./cohorts";
import type { History } from "./history";
import { createFilling } from "./lost-points";
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

/** A task that waited less, as a part of a bin, found a free slot: 5 seconds of a minute. */
const PROMPT = 5 / 60;
const PROMPT_BINS = 2;
/** Free slots that start nothing for so many bins have no backlog before them. */
const IDLE_BINS = 3;
/** Without a start or an end for so many bins, and 6 times the mean run time, nothing is in flight. */
const SILENT_BINS = 30;
const SILENT_RUN_TIMES = 6;
/** For so many bins without a count of workers there are as many as before. */
const LATE_BINS = 2;

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
  const { minuteMs, complete } = history;
  const { slots, survival, at, meanRunMs } = options;
  const silentBins = Math.max(SILENT_BINS, (SILENT_RUN_TIMES * meanRunMs) / minuteMs);
  const before = beforeHistory(history, meanRunMs);
  const cohorts = createCohorts(complete, survival.byBin, before.inFlight);
  const fill = createFilling(history, cohorts, { usualBefore: before.perBin, silentBins });
  const anchor = createAnchor(history, cohorts, meanRunMs);
  const workersBy = createWorkerCounts(history, options.running);
  const filled = new Float64Array(complete);
  const tallies: Tally[] = [];
  let backlog = before.backlog;
  let workers = workersBy(0);

  const snap = (bin: number): void => {
    if (!at.includes(bin)) return;
    tallies.push({ bin, backlog, cohorts: cohorts.before(bin), inFlight: cohorts.inFlight });
  };
  for (let bin = 0; bin < complete; bin++) {
    snap(bin);
    const [workersBefore, workersAfter] = [workers, workersBy(bin + 1)];
    workers = workersAfter;
    const most = slots * Math.max(workersBefore, workersAfter);
    const least = slots * Math.min(workersBefore, workersAfter);

    cohorts.forget(bin);
    const { arrived, starts, ends, silence } = fill(bin, backlog, least >= 0 ? least : 0);
    filled[bin] = arrived;
    const waited = backlog;
    backlog = backlog + arrived - starts;
    cohorts.pass(bin, starts, ends);
    // Whatever is in flight is on a worker that runs.
    cohorts.limit(bin, most);
    if (silence >= silentBins) cohorts.limit(bin, 0);

    const waitMs = history.averageWaitMs[bin] as number;
    if (anchor(bin, starts, waited, least)) {
      // What was scheduled before this bin has started or is gone; what was scheduled in its last moments may yet wait.
      backlog = Math.min(backlog, Math.max(0, arrived - starts));
    } else if (starts > 0 && waitMs >= 0) {
      // First in, first out: what starts after a wait has behind it no more than came while it waited.
      backlog = Math.min(backlog, arrivedWithin(filled, bin, waitMs, minuteMs));
    }
  }
  snap(complete);
  return { tallies, scheduled: filled };
}

/**
 * Workers at the begin of each bin in turn; NaN: not known. A count is of one instant; between two of them there were as
 * many as at either. A tick that came late leaves a bin without a count; after more than that nothing is known.
 */
function createWorkerCounts({ running, count }: History, runningNow: number): (bin: number) => number {
  let [uncounted, known] = [0, Number.NaN];
  return (bin) => {
    const counted = bin < count - 1 ? (running[bin] as number) : runningNow;
    uncounted = counted >= 0 ? 0 : uncounted + 1;
    known = uncounted === 0 ? counted : uncounted <= LATE_BINS ? known : Number.NaN;
    return known;
  };
}

/**
 * Whether a bin proves that nothing waits of what was scheduled before it. To be called for each bin in turn, with what
 * started in it, what waited before it, and the slots of the workers that surely ran; NaN: not known.
 */
function createAnchor(
  { averageWaitMs, minuteMs }: History,
  cohorts: Cohorts,
  meanRunMs: number,
): (bin: number, starts: number, waited: number, slots: number) => boolean {
  let [promptBins, idleBins] = [0, 0];
  /** Free slots that were taken for a mistake since the last start, as tasks of a cohort. */
  let doubt: { readonly cohort: number; readonly tasks: number } | null = null;

  return (bin, starts, waited, slots) => {
    const freeSlots = slots - cohorts.inFlight;
    const hasFreeSlot = slots >= cohorts.inFlight + 1;
    const isPrompt = starts > 0 && (averageWaitMs[bin] as number) < PROMPT * minuteMs;
    promptBins = hasFreeSlot && isPrompt ? promptBins + 1 : 0;
    idleBins = hasFreeSlot && !(starts > 0) && waited > 0 ? idleBins + 1 : 0;
    if (starts > 0) doubt = null;
    if (idleBins >= IDLE_BINS && doubt === null && freeSlots < Math.max(2, slots / 2)) {
      // That a slot or two are free may be a mistake of the sums, and a waiting task is none: so they are taken.
      // If the next slot that is free starts nothing either, the backlog is the mistake.
      doubt = { cohort: Math.max(0, bin - Math.round(meanRunMs / minuteMs / 2)), tasks: freeSlots };
      cohorts.move(doubt.cohort, doubt.tasks);
      idleBins = 0;
    }
    if (idleBins >= IDLE_BINS && doubt !== null) {
      cohorts.move(doubt.cohort, -doubt.tasks);
      doubt = null;
    }
    return promptBins >= PROMPT_BINS || idleBins >= IDLE_BINS;
  };
}

/** With a margin: the wait is an average, and the order is not promised. */
function arrivedWithin(filled: Float64Array, bin: number, waitMs: number, minuteMs: number): number {
  const bins = Math.ceil((1.5 * waitMs) / minuteMs) + 1;
  let sum = 0;
  for (let at = Math.max(0, bin - bins); at <= bin; at++) sum += filled[at] as number;
  return sum;
}
