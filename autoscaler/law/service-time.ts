/** How long tasks run, from what the bins say: a lognormal by mean and variation, and how much of it is left at an age. */
import type { History } from "./history";

export interface ServiceTime {
  readonly meanSeconds: number;
  /** Standard deviation of the logarithm. */
  readonly sigma: number;
  /** Whether a task has ever ended: otherwise the mean is a guess. */
  readonly isKnown: boolean;
  /** Share of tasks that run longer. */
  survival(seconds: number): number;
  /** For how long a task runs within its first so many seconds, on average. */
  meanWithin(seconds: number): number;
}

/** A guess while no task has ended, and how many times as long as the first one has run they then run. */
const UNKNOWN_BINS = 2;
const UNKNOWN_AGES = 4;
/** Weight of the guess that times deviate by as much as their mean, in bins. */
const PRIOR_BINS = 0.05;
/** No distribution is believed to be sharper: of times in a bin only the mean is known. */
const LEAST_SIGMA = 0.06;
/** What tasks took long ago counts less: by half after about 80 bins. */
const FORGET_BINS = 120;

/** By the variance between the means of bins, which any number of tasks in a bin allows. */
export function serviceTimeOf(history: History): ServiceTime {
  const { count: bins, ended, runTimeMs } = history;
  let [weights, total, samples] = [0, 0, 0];
  const keep = Math.exp(-1 / FORGET_BINS);
  for (let bin = 0, forget = keep ** bins; bin < bins; bin++, forget /= keep) {
    const [count, run] = [ended[bin] as number, runTimeMs[bin] as number];
    if (!(count > 0) || !(run >= 0)) continue;
    samples += forget;
    weights += forget * count;
    total += forget * run;
  }
  if (weights === 0) return unknown(history);
  const mean = Math.max(1, total / weights);
  let deviation = 0;
  for (let bin = 0, forget = keep ** bins; bin < bins; bin++, forget /= keep) {
    const [count, run] = [ended[bin] as number, runTimeMs[bin] as number];
    if (count > 0 && run >= 0) deviation += forget * count * (run / count - mean) ** 2;
  }
  const square = (PRIOR_BINS + deviation / mean ** 2) / (PRIOR_BINS + Math.max(samples - 1, samples / 2));
  return distribution(mean / 1000, variationSigma(square), true);
}

/** While no task has ended, all that is known is that they run longer than the first one has run. */
function unknown({ started, complete, minuteMs }: History): ServiceTime {
  const first = started.findIndex((count) => count > 0);
  const age = first < 0 ? 0 : Math.max(0, complete - first);
  return distribution(
    (Math.max(UNKNOWN_BINS, UNKNOWN_AGES * age) * minuteMs) / 1000,
    variationSigma(1),
    false,
  );
}

function variationSigma(square: number): number {
  return Math.max(LEAST_SIGMA, Math.sqrt(Math.log(1 + square)));
}

function distribution(meanSeconds: number, sigma: number, isKnown: boolean): ServiceTime {
  const mu = Math.log(meanSeconds) - sigma ** 2 / 2;
  const survival = (seconds: number): number =>
    seconds <= 0 ? 1 : upperTail((Math.log(seconds) - mu) / sigma);
  return {
    meanSeconds,
    sigma,
    isKnown,
    survival,
    meanWithin: (seconds) =>
      meanSeconds * (1 - upperTail((Math.log(seconds) - mu - sigma ** 2) / sigma)) +
      seconds * survival(seconds),
  };
}

/** Of the standard normal. Abramowitz and Stegun 26.2.17: off by 1e-7 at most. */
function upperTail(z: number): number {
  const size = Math.abs(z);
  const t = 1 / (1 + 0.2316419 * size);
  const polynomial =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = 0.3989422804014327 * Math.exp((-size * size) / 2) * polynomial;
  return z >= 0 ? tail : 1 - tail;
}
