/** How long to wait before a failed call is tried again. */

/** Doubling from `baseMs`, never above `capMs`. */
export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * The wait after the `failures`-th failure in a row, 1 being the first: between half and the whole of the doubled
 * base, so that workers that failed together do not come back together. `random` gives 0 to 1.
 */
export function backoffMs({ baseMs, capMs }: Backoff, failures: number, random: () => number): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(ceiling * (0.5 + random() / 2));
}
