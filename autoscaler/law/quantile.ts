/** The quantile of a count of which only mean and variance are known: negative binomial, Poisson or nearly normal. */

/** Beyond this mean all of them are nearly normal. */
const LARGE = 400;

/** The least count that is enough with this probability. */
export function countQuantile(mean: number, variance: number, probability: number): number {
  if (!(mean > 0)) return 0;
  const dispersion = variance / mean;
  if (mean > LARGE && dispersion < mean / 4) return Math.ceil(nearlyNormal(mean, variance, probability));
  // A count of few that surely stay deviates less than Poisson does.
  if (dispersion < 0.9) return Math.ceil(nearlyNormal(mean, variance, probability) - 0.5);
  const isPoisson = dispersion < 1.01;
  const shape = mean / (dispersion - 1);
  const ratio = (dispersion - 1) / dispersion;
  let [count, term] = [0, isPoisson ? Math.exp(-mean) : Math.exp(-shape * Math.log(dispersion))];
  const most = mean + 40 * Math.sqrt(variance) + 40;
  for (let sum = term; sum < probability && count < most; sum += term) {
    count++;
    term *= isPoisson ? mean / count : (ratio * (shape + count - 1)) / count;
  }
  return count;
}

/** Cornish-Fisher with the skew of a negative binomial. */
function nearlyNormal(mean: number, variance: number, probability: number): number {
  const deviation = Math.sqrt(variance);
  const z = normalQuantile(probability);
  const skew = variance > mean ? (2 * variance - mean) / (mean * deviation) : 0;
  return Math.max(0, mean + deviation * (z + ((z * z - 1) * skew) / 6));
}

/** Abramowitz and Stegun 26.2.23: off by 5e-4 at most. */
function normalQuantile(probability: number): number {
  const tail = Math.min(probability, 1 - probability);
  if (tail <= 0) return probability < 0.5 ? -6 : 6;
  const t = Math.sqrt(-2 * Math.log(tail));
  const z =
    t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  return probability < 0.5 ? -z : z;
}
