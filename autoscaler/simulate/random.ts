/** Numbers that look random and are the same for the same seed, so that all laws meet the same arrivals. */

export interface Random {
  /** From 0 (included) to 1. */
  uniform(): number;
  between(least: number, most: number): number;
  exponential(mean: number): number;
  /** `mu` and `sigma` are of the logarithm. */
  logNormal(mu: number, sigma: number): number;
  poisson(mean: number): number;
}

/** A stream of its own for each purpose: what one draws does not change what another does. */
export function createRandom(seed: number, purpose: string): Random {
  let state = hash(`${String(seed)} ${purpose}`);
  // mulberry32: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const exponential = (mean: number): number => -mean * Math.log(1 - uniform());
  const normal = (): number => Math.sqrt(2 * exponential(1)) * Math.cos(2 * Math.PI * uniform());
  return {
    uniform,
    between: (least, most) => least + (most - least) * uniform(),
    exponential,
    logNormal: (mu, sigma) => Math.exp(mu + sigma * normal()),
    poisson(mean) {
      let [count, time] = [0, exponential(1)];
      while (time < mean) {
        count++;
        time += exponential(1);
      }
      return count;
    },
  };
}

/** A lognormal by its mean and its coefficient of variation. */
export function logNormalOf(
  mean: number,
  variation: number,
): { readonly mu: number; readonly sigma: number } {
  const square = Math.log(1 + variation ** 2);
  return { mu: Math.log(mean) - square / 2, sigma: Math.sqrt(square) };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value | 0;
}
