/**
 * The simple law's estimate: sums, and the anchors that pull them back. Kept as it was, to be compared with.
 *
 * Estimates backlog and in-flight of an activity by adding up its metrics, and pulls the sums back to the truth.
 *
 * There is no API for either. The metrics are best effort (late, lost or doubled), and aborted executions drop queued
 * tasks without one: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html. Each mistake would
 * stay in the sums as a ghost; the anchors are what the bins prove beyond the sums.
 */
import type { Bin } from "../../observation";

/** Tasks of an activity. */
export interface Estimate {
  /** Scheduled and not started. */
  readonly backlog: number;
  /** Started and not ended. */
  readonly inFlight: number;
}

export interface EstimateOptions {
  readonly slots: number;
  /** Running workers, now. */
  readonly running: number;
  /** The length of a bin. */
  readonly minuteSeconds: number;
  readonly nowMs: number;
}

/** How long after its end a bin may still change, in bins. Measured delays are 1 to 2 minutes; not verified by us on AWS. */
export const DELAY_MINUTES = 2;
/** A task that waited less, as a part of a bin, found a free slot: 5 seconds of a minute. */
const PROMPT = 5 / 60;
/** Workers with a free slot that start nothing for so many bins have no backlog. Long, since a failing poll looks the same. */
const IDLE_MINUTES = 15;
/** Without a start or an end for so many bins, and 6 times the mean run time, nothing is in flight. */
const SILENT_MINUTES = 30;
const SILENT_RUN_TIMES = 6;

/** What the sums say after one bin, and the evidence that it adds. */
interface State extends Estimate {
  /** Bins in a row whose starts were prompt, with a slot free. */
  readonly promptBins: number;
  /** Bins in a row without a start, with a slot free. */
  readonly idleBins: number;
}

const NOTHING: State = { backlog: 0, inFlight: 0, promptBins: 0, idleBins: 0 };

/** `bins` without a gap, oldest first. A bin within the delay counts by what it shows; what it lacks proves nothing. */
export function estimate(bins: readonly Bin[], options: EstimateOptions): Estimate {
  const { nowMs, minuteSeconds, slots } = options;
  const minuteMs = minuteSeconds * 1000;
  const knownUntilMs = nowMs - DELAY_MINUTES * minuteMs;
  let state = NOTHING;
  let before: Bin | null = null;
  for (const bin of bins) {
    const isKnown = bin.startMs + minuteMs <= knownUntilMs;
    // A tick that came a little late leaves a bin without a count of workers; the one before stands in for it.
    const running = bin.running ?? before?.running ?? null;
    const capacity = isKnown && running !== null ? running * slots : null;
    state = afterBin(state, bin, capacity, PROMPT * minuteMs);
    before = bin;
  }
  if (isSilent(bins, options)) return { backlog: state.backlog, inFlight: 0 };
  // Whatever is in flight is on a worker that runs.
  return { backlog: state.backlog, inFlight: Math.min(state.inFlight, options.running * slots) };
}

/** `capacity` is how many tasks the workers could run at once throughout the bin; null when that, or the bin, is unknown. */
function afterBin(state: State, bin: Bin, capacity: number | null, promptMs: number): State {
  const [scheduled, started, ended] = [bin.scheduled ?? 0, bin.started ?? 0, bin.ended ?? 0];
  const backlog = Math.max(0, state.backlog + scheduled - started);
  const inFlight = Math.max(0, state.inFlight + started - ended);
  const hasFreeSlot = capacity !== null && capacity > inFlight;
  const isPrompt = started > 0 && bin.averageWaitMs !== null && bin.averageWaitMs < promptMs;
  const promptBins = hasFreeSlot && isPrompt ? state.promptBins + 1 : 0;
  const idleBins = hasFreeSlot && started === 0 ? state.idleBins + 1 : 0;
  // What was scheduled before this bin has started or is gone; what was scheduled in its last moments may yet wait.
  const isClear = promptBins >= 2 || idleBins >= IDLE_MINUTES;
  return { backlog: isClear ? Math.max(0, scheduled - started) : backlog, inFlight, promptBins, idleBins };
}

/** Whether tasks in flight have been silent for longer than any of them can be believed to run. */
function isSilent(bins: readonly Bin[], { minuteSeconds, nowMs }: EstimateOptions): boolean {
  const ended = bins.reduce((sum, bin) => sum + (bin.ended ?? 0), 0);
  const runTimeMs = bins.reduce((sum, bin) => sum + (bin.runTimeMs ?? 0), 0);
  // How long tasks run is not known before one has ended.
  if (ended === 0) return false;
  const last = bins.findLast((bin) => bin.started !== null || bin.ended !== null);
  if (last === undefined) return false;
  const minuteMs = minuteSeconds * 1000;
  // Newer bins may yet show a start or an end.
  const silentMs = nowMs - DELAY_MINUTES * minuteMs - (last.startMs + minuteMs);
  return silentMs >= Math.max(SILENT_MINUTES * minuteMs, (SILENT_RUN_TIMES * runTimeMs) / ended);
}
