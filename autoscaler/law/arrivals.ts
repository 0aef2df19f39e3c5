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
  return {
    perBin: Math.max(best, sustained),
    sustained,
    isEven: isEven(counts, length),
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

function isEven(counts: Float64Array, length: number): boolean {
  let [sum, squares] = [0, 0];
  for (let bin = Math.max(0, length - EVEN_BINS); bin < length; bin++) {
    sum += counts[bin] as number;
    squares += (counts[bin] as number) ** 2;
  }
  return sum > EVEN_TASKS && squares - sum ** 2 / EVEN_BINS < EVEN * sum;
}
