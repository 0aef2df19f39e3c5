/**
 * A pool at rest has no worker to let go, so that only new tasks can change anything: a tick then asks for one metric, and
 * for all of them once tasks have come. That is what makes an idle pool cheap.
 */
import type { Bin, Workers } from "./observation";

/** Tasks that came within so many bins are reason enough to look at everything. */
export const REST_BINS = 15;

export function isAtRest(pool: { readonly minWorkers: number }, { desired, pending }: Workers): boolean {
  return desired <= pool.minWorkers && pending === 0;
}

/** Whether tasks were scheduled in the last bins; `scheduled` may be of those bins alone. */
export function hasStirred(bins: readonly Pick<Bin, "scheduled">[]): boolean {
  return bins.slice(-REST_BINS - 1).some(({ scheduled }) => (scheduled ?? 0) > 0);
}

/** What a tick sees of a pool at rest to which nothing came. */
export function restingBins(bins: readonly Bin[]): readonly Bin[] {
  return bins.slice(-REST_BINS - 1);
}
