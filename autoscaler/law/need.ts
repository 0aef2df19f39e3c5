/** How many workers a pool needs: the law. What each number means stands in docs/autoscaler.md. */
import type { Bin, SignalledTasks, Workers } from "../observation";
import { forecastArrivals } from "./arrivals";
import { courseOf, follow, slotsOfPlan, type Course } from "./course";
import { estimate, type Tally } from "./estimate";
import { historyOf } from "./history";
import type { ProfileTerms } from "./profiles";
import { countQuantile } from "./quantile";
import { serviceTimeOf } from "./service-time";
import { startUpOf, type StartUp } from "./start-up";
import { STEPS, survivalTable } from "./survival";

/** The numbers behind a decision. */
export interface Need {
  /** Workers that are needed now, before any bound and any hold. */
  readonly workers: number;
  /** The most that was needed at this and at the remembered ticks. */
  readonly held: number;
  /** Scheduled and not started, as it should be by now. */
  readonly backlog: number;
  /** Started and not ended, as it should be by now. */
  readonly inFlight: number;
  /** Workers that the load to come asks for, whatever waits. */
  readonly floor: number;
  readonly arrivalsPerMinute: number;
  readonly dispersion: number;
  readonly runSeconds: number;
  readonly startUpSeconds: number;
  /** Until what waits has started, with this many workers. */
  readonly waitSeconds: number;
}

/** From a decision until the next one that knows what became of it: a metric's delay and a tick. In minutes. */
const REACTION_MINUTES = 2.5;
/** The share of a backlog that may be left over, for being late anyway. */
const LEFT_OVER = 0.02;
const MOST_STEPS_AHEAD = 90;

export interface NeedOptions {
  readonly slots: number;
  readonly maxWorkers: number;
  readonly minuteSeconds: number;
  readonly nowMs: number;
  readonly terms: ProfileTerms;
  readonly signalled: readonly SignalledTasks[];
}

export function needOf(bins: readonly Bin[], workers: Workers, options: NeedOptions): Need {
  const { slots, minuteSeconds, nowMs, terms } = options;
  const history = historyOf(bins, minuteSeconds, nowMs);
  const service = serviceTimeOf(history);
  const startUp = startUpOf(history, workers);
  const stepSeconds = minuteSeconds / STEPS;
  const patience = terms.patienceMinutes * minuteSeconds;
  const ahead = Math.min(MOST_STEPS_AHEAD * stepSeconds, (4 / 3) * startUp.seconds + patience);
  const reaction = startUp.seconds + REACTION_MINUTES * minuteSeconds;
  const mostSteps = (history.count - history.complete + terms.holdTicks + 1) * STEPS + MOST_STEPS_AHEAD;
  const survival = survivalTable(service, minuteSeconds, history.count + 20, mostSteps);
  const lags = Array.from({ length: terms.holdTicks + 1 }, (_, index) => terms.holdTicks - index);
  const at = lags.map((lag) => Math.max(0, history.complete - lag));
  const meanRunMs = service.meanSeconds * 1000;
  const { tallies, scheduled } = estimate(history, {
    slots,
    running: workers.running,
    meanRunMs,
    survival,
    at,
  });
  const arrivals = forecastArrivals(scheduled, history.complete);
  const unseen = (nowMs - history.startMs) / history.minuteMs - history.complete;
  // What probably comes, not what comes on average: most minutes between two bursts are empty.
  const bins2 = unseen + ahead / minuteSeconds;
  const likely =
    countQuantile(arrivals.perBin * bins2, arrivals.perBin * bins2 * arrivals.dispersion, 0.5) / bins2;

  const needAt = (tally: Tally, lag: number): Part => {
    const course = courseOf(history, tally, {
      slots,
      running: workers.running,
      nowMs: nowMs - lag * history.minuteMs,
      aheadSeconds: ahead,
      survival,
      arrivalsPerBin: Math.min(likely, arrivals.perBin),
      signalled: options.signalled,
    });
    const floor = floorOf(course, tally, service.survival, {
      arrivals,
      minuteSeconds,
      reaction,
      slots,
      waitValue: terms.waitValue,
      meanSeconds: service.meanSeconds,
    });
    return { ...leastWorkers(course, floor, workers, startUp, options, stepSeconds), floor };
  };
  const parts = tallies.map((tally) => needAt(tally, history.complete - tally.bin));
  const current = parts.at(-1) as Part;
  return {
    workers: current.workers,
    held: Math.max(...parts.map((part) => part.workers)),
    backlog: current.backlog,
    inFlight: current.inFlight,
    floor: current.floor,
    arrivalsPerMinute: arrivals.perBin,
    dispersion: arrivals.dispersion,
    runSeconds: service.meanSeconds,
    startUpSeconds: startUp.seconds,
    waitSeconds: current.clearSteps * stepSeconds,
  };
}

interface Part {
  readonly workers: number;
  readonly floor: number;
  readonly backlog: number;
  readonly inFlight: number;
  readonly clearSteps: number;
}

/** The least number of workers, `floor` or more, that leaves nothing waiting at the end of the course. */
function leastWorkers(
  course: Course,
  floor: number,
  { running }: Workers,
  startUp: StartUp,
  { slots, maxWorkers }: NeedOptions,
  stepSeconds: number,
): Omit<Part, "floor"> {
  const tryWith = (count: number) =>
    follow(course, slotsOfPlan(count, { running, startUp, slots, stepSeconds }));
  let forecast = tryWith(Math.min(floor, maxWorkers));
  const { backlogNow, inFlightNow } = forecast;
  const tolerable = Math.max(0.5, LEFT_OVER * backlogNow);
  let least = Math.min(floor, maxWorkers);
  if (forecast.backlogThen > tolerable && least < maxWorkers) {
    let [low, high] = [
      least,
      Math.min(
        maxWorkers,
        Math.max(
          least,
          Math.ceil(
            (backlogNow + inFlightNow + course.arrivals.reduce((sum, each) => sum + each, 0)) / slots,
          ) + 1,
        ),
      ),
    ];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (tryWith(middle).backlogThen > tolerable) low = middle;
      else high = middle;
    }
    least = high;
    forecast = tryWith(least);
  }
  return { workers: least, backlog: backlogNow, inFlight: inFlightNow, clearSteps: forecast.clearSteps };
}

/** The quantile of how many tasks will run at once when a decision of now is felt, in workers. */
function floorOf(
  course: Course,
  tally: Tally,
  survival: (seconds: number) => number,
  terms: {
    readonly arrivals: { readonly perBin: number; readonly dispersion: number };
    readonly minuteSeconds: number;
    readonly reaction: number;
    readonly slots: number;
    readonly waitValue: number;
    readonly meanSeconds: number;
  },
): number {
  const { arrivals, minuteSeconds, reaction, slots, waitValue, meanSeconds } = terms;
  const step = minuteSeconds / STEPS;
  let [mean, square] = [0, 0];
  for (let at = 0.5 * step; at < reaction; at += step) {
    const left = survival(at);
    mean += left;
    square += left * left;
  }
  const perStep = arrivals.perBin / STEPS;
  const fresh = perStep * mean;
  const freshVariance = fresh + perStep * square * (arrivals.dispersion - 1);
  const now = course.held[Math.min(course.past, course.held.length - 1)] ?? 0;
  const staying = course.held.at(-1) ?? 0;
  const stayingVariance =
    now > 0 ? staying * Math.max(0, 1 - staying / Math.max(now, tally.inFlight, 1e-9)) : 0;
  const probability = (waitValue * reaction) / (meanSeconds + waitValue * reaction);
  return Math.ceil(countQuantile(fresh + staying, freshVariance + stayingVariance, probability) / slots);
}
