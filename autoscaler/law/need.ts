/** How many workers a pool needs: the law. What each number means stands in docs/autoscaler.md. */
import type { Bin, SignalledTasks, Workers } from "../observation";
import { type Arrivals, forecastArrivals } from "./arrivals";
import { courseOf } from "./course";
import { estimate, type Tally } from "./estimate";
import { floorOf } from "./floor";
import { type History, historyOf } from "./history";
import { leastWorkers, type LeastWorkers } from "./least-workers";
import type { ProfileTerms } from "./profiles";
import { countQuantile } from "./quantile";
import { serviceTimeOf } from "./service-time";
import { startUpOf } from "./start-up";
import { STEPS, survivalTable } from "./survival";

/** The numbers behind a decision. */
export interface Need {
  /** Workers that are needed now, before any hold. */
  readonly workers: number;
  /** Whether more would be needed than there may be. */
  readonly isBounded: boolean;
  /** Fewer than this may not stay, for `heldBecause`. */
  readonly held: number;
  readonly heldBecause: string;
  /** Scheduled and not started, as it should be by now. */
  readonly backlog: number;
  /** Started and not ended, as it should be by now. */
  readonly inFlight: number;
  /** Workers that the load to come asks for, whatever waits. */
  readonly floor: number;
  readonly arrivalsPerMinute: number;
  /** Variance over mean of the arrivals in a minute: 1 for Poisson, more for bursts. */
  readonly dispersion: number;
  readonly runSeconds: number;
  readonly startUpSeconds: number;
  /** Until what waits has started, with this many workers. */
  readonly waitSeconds: number;
}

export interface NeedOptions {
  readonly slots: number;
  readonly maxWorkers: number;
  readonly minuteSeconds: number;
  readonly nowMs: number;
  readonly terms: ProfileTerms;
  readonly signalled: readonly SignalledTasks[];
}

/** Of an even load a worker or two are not sent away, nor such a share of many: they would be called back soon. */
const EVEN_WORKERS = 2;
const EVEN_SHARE = 0.1;
/** No plan looks further ahead, in steps. */
const MOST_STEPS_AHEAD = 90;

/** `bins` without a gap, oldest first. */
export function needOf(bins: readonly Bin[], workers: Workers, options: NeedOptions): Need {
  const { slots, minuteSeconds, nowMs, terms } = options;
  const history = historyOf(bins, minuteSeconds, nowMs);
  const service = serviceTimeOf(history);
  const startUp = startUpOf(history, workers);
  const stepSeconds = minuteSeconds / STEPS;
  const aheadSeconds = Math.min(
    MOST_STEPS_AHEAD * stepSeconds,
    terms.haste * startUp.seconds + terms.patienceMinutes * minuteSeconds,
  );
  const mostSteps = (history.count - history.complete + terms.holdTicks + 1) * STEPS + MOST_STEPS_AHEAD;
  const survival = survivalTable(service, minuteSeconds, history.count + 20, mostSteps);
  const { tallies, scheduled } = estimate(history, {
    slots,
    running: workers.running,
    meanRunMs: service.meanSeconds * 1000,
    survival,
    at: ticksToRemember(history, terms.holdTicks),
  });
  const arrivals = forecastArrivals(scheduled, history.complete);
  const likelyPerBin = likely(arrivals, unseenBins(history, nowMs) + aheadSeconds / minuteSeconds);

  const needFrom = (tally: Tally): Part => {
    const ticksAgo = history.complete - tally.bin;
    const course = courseOf(history, tally, {
      slots,
      running: workers.running,
      nowMs: nowMs - ticksAgo * history.minuteMs,
      ticksAgo,
      aheadSeconds,
      survival,
      arrivalsPerBin: likelyPerBin,
      signalled: options.signalled,
    });
    const floor = floorOf(course, service, arrivals, {
      slots,
      minuteSeconds,
      startUpSeconds: startUp.seconds,
      terms,
    });
    const plan = { running: workers.running, startUp, slots, stepSeconds };
    return { ...leastWorkers(course, Math.min(floor, options.maxWorkers), plan, options), floor };
  };
  const parts = tallies.map(needFrom);
  const current = parts.at(-1);
  if (current === undefined) throw new Error("the estimate gave no tally; ask for the last complete bin.");
  return {
    ...hold(parts, current, arrivals, { ...options, desired: workers.desired }),
    workers: current.workers,
    isBounded: current.isBounded,
    backlog: current.backlogNow,
    inFlight: current.inFlightNow,
    floor: current.floor,
    arrivalsPerMinute: arrivals.perBin,
    dispersion: arrivals.dispersion,
    runSeconds: service.meanSeconds,
    startUpSeconds: startUp.seconds,
    waitSeconds: current.clearSteps * stepSeconds,
  };
}

interface Part extends LeastWorkers {
  readonly floor: number;
}

/** Where the tallies end from which the last ticks would have planned, the oldest first; the last is of now. */
function ticksToRemember({ complete }: History, holdTicks: number): readonly number[] {
  return Array.from({ length: holdTicks + 1 }, (_, index) => Math.max(0, complete - holdTicks + index));
}

function unseenBins({ startMs, minuteMs, complete }: History, nowMs: number): number {
  return (nowMs - startMs) / minuteMs - complete;
}

/** What probably comes, not what comes on average: most minutes between two bursts are empty. */
function likely({ perBin, dispersion, sustained }: Arrivals, bins: number): number {
  const mean = perBin * bins;
  return Math.min(perBin, Math.max(sustained, countQuantile(mean, mean * dispersion, 0.5) / bins));
}

/** Ski rental: a worker is let go when it has not been needed for as long as it takes to believe that. */
function hold(
  parts: readonly Part[],
  { backlogNow, inFlightNow }: Part,
  { isEven }: Arrivals,
  { slots, terms, desired }: NeedOptions & Pick<Workers, "desired">,
): Pick<Need, "held" | "heldBecause"> {
  const remembered = Math.max(...parts.map((part) => part.workers));
  // A worker that is about to end its only task is not kept for it: it is protected while it runs.
  const busy = Math.ceil(inFlightNow / slots - 0.25);
  if (terms.keepsForBacklog && backlogNow > 0.5) {
    return { held: Math.max(desired, remembered), heldBecause: "while something waits" };
  }
  if (isEven && desired - remembered <= Math.max(EVEN_WORKERS, EVEN_SHARE * desired)) {
    return { held: Math.max(desired, remembered), heldBecause: "since as much comes each minute" };
  }
  if (busy > remembered) return { held: busy, heldBecause: "for what runs" };
  return { held: remembered, heldBecause: "for what was needed a moment ago" };
}
