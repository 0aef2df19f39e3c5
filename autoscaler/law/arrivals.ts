/** What arrives next: the best of several averages, judged by how they would have done so far, and how far off it is. */

export interface Arrivals {
  /** Expected in a bin. */
  readonly perBin: number;
  /** What each of the last bins says will surely go on: a load that has just begun, never a burst. */
  readonly sustained: number;
  /** Variance over mean of what comes in a bin, against what was expected; 1 for Poisson, more for bursts. */
  readonly dispersion: number;
  /** Whether as much comes in each bin, as by a clock. */
  readonly isEven: boolean;
}

/** How far the averages look back, in bins. */
const MEMORIES: readonly number[] = [2, 5, 15, 45, 360];
/** A forecast is for so many bins ahead: the metrics are late, and so are workers. */
const AHEAD_BINS = 4;
/** Old errors count less. */
const FORGET_BINS = 180;
/** Before much is known, what comes is taken to come in bursts: so doubtful, with the weight of so many tasks. */
const DOUBT = 5;
const DOUBT_TASKS = 3;
/** A load that came in so many bins one after the other is no burst. */
const SUSTAINED_BINS = 3;
/** What deviates less than so many times as much as Poisson, for so many bins, comes by a clock. */
const EVEN = 0.4;
const EVEN_BINS = 30;
/** Less than so many tasks prove nothing. */
const EVEN_TASKS = 20;
/** A longer memory is preferred to one that is this little better. */
const PREFERENCE = 1.03;

/**
 * `counts` by bin, the newest last. The newest bins are not judged by: more that arrives now must not make the forecast
 * doubtful, and thereby smaller.
 */
export function forecastArrivals(counts: Float64Array, length: number): Arrivals {
  let [best, bestError, bestMean] = [0, Number.POSITIVE_INFINITY, 0];
  const keep = Math.exp(-1 / FORGET_BINS);
  const past = new Float64Array(AHEAD_BINS);
  for (const memory of MEMORIES) {
    let [average, error, mean] = [0, 0, 0];
    past.fill(0);
    for (let bin = 0; bin < length; bin++) {
      const count = counts[bin] as number;
      const slot = bin % AHEAD_BINS;
      const off = count - (past[slot] as number);
      if (bin < length - AHEAD_BINS) {
        error = error * keep + off * off;
        mean = mean * keep + count;
      }
      average += Math.max(1 / memory, 1 / (bin + 1)) * (count - average);
      past[slot] = average;
    }
    if (error <= bestError * PREFERENCE) {
      [best, bestMean] = [average, mean];
      bestError = Math.min(error, bestError);
    }
  }
  const sustained = sustainedBy(counts, length);
  const even = evenMean(counts, length);
  return {
    perBin: Math.max(even ?? best, sustained),
    sustained,
    isEven: even !== null,
    dispersion: Math.max(1, (bestError + DOUBT * DOUBT_TASKS) / (bestMean + DOUBT_TASKS)),
  };
}

/** The least of the last bins, less what it may be above its mean by chance. */
function sustainedBy(counts: Float64Array, length: number): number {
  if (length < SUSTAINED_BINS) return 0;
  let least = Number.POSITIVE_INFINITY;
  for (let bin = length - SUSTAINED_BINS; bin < length; bin++) least = Math.min(least, counts[bin] as number);
  return Math.max(0, least - Math.sqrt(least));
}

/**
 * The mean of what comes by a clock, or null. A clock whose period is no part of a bin beats with it (4, 4, 5, 4, 4, 5, ...):
 * a short average would follow the beats, up and down for as long as it ticks. The newest bins are in it, but not judged by.
 */
function evenMean(counts: Float64Array, length: number): number | null {
  let [sum, squares] = [0, 0];
  const judged = length - AHEAD_BINS;
  for (let bin = Math.max(0, judged - EVEN_BINS); bin < judged; bin++) {
    sum += counts[bin] as number;
    squares += (counts[bin] as number) ** 2;
  }
  const isEven = sum > EVEN_TASKS && squares - sum ** 2 / EVEN_BINS < EVEN * sum;
  if (!isEven) return null;
  const newest = counts.subarray(Math.max(0, length - EVEN_BINS), length);
  return newest.reduce((total, count) => total + count, 0) / newest.length;
}
