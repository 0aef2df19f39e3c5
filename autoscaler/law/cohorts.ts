/** Tasks in flight by the bin in which they started: how old a task is says how likely it ends. */

export interface Cohorts {
  /** Started and not ended, all of them. */
  readonly inFlight: number;
  /** Takes out what has run for longer than anything is believed to run: its end was lost. */
  forget(bin: number): void;
  /** How many of the earlier cohorts should end in this bin. */
  due(bin: number): number;
  /** How many should of those that start in it. */
  dueOf(starts: number): number;
  /** What starts and what ends in a bin; ends are taken from each cohort as its age makes it likely. */
  pass(bin: number, starts: number, ends: number): void;
  /** No more than so many can be in flight: the oldest are the likeliest to be ghosts. */
  limit(bin: number, most: number): void;
  /** Adds tasks to a cohort, or takes them from it as far as it has them. */
  move(cohort: number, tasks: number): void;
  /** By the bin in which they started, of all bins before this one. */
  before(bin: number): Float64Array;
}

/** `survival` is the share that still runs, by age in bins; `first` are in flight when the first bin begins. */
export function createCohorts(bins: number, survival: Float64Array, first: number): Cohorts {
  const sizes = new Float64Array(bins);
  const hazards = hazardsOf(survival);
  const lastBelief = beliefBins(survival);
  const now = { inFlight: first, oldest: 0 };

  return {
    get inFlight() {
      return now.inFlight;
    },
    forget(bin) {
      while (now.oldest < bin) {
        const size = sizes[now.oldest] as number;
        if (!(size < 1e-3 || bin - now.oldest > lastBelief)) return;
        now.inFlight = Math.max(0, now.inFlight - size);
        sizes[now.oldest++] = 0;
      }
    },
    due: (bin) => likelyEnds(sizes, hazards, now.oldest, bin, bin),
    dueOf: (starts) => starts * (hazards[0] as number),
    pass(bin, starts, ends) {
      sizes[bin] = starts + (bin === 0 ? first : 0);
      now.inFlight = Math.max(0, now.inFlight + starts - endLikely(sizes, hazards, now.oldest, bin, ends));
    },
    limit(bin, most) {
      if (!(now.inFlight > most)) return;
      now.inFlight = most + Math.max(0, takeOldest(sizes, now.oldest, bin, now.inFlight - most, 0));
    },
    move(cohort, tasks) {
      const before = sizes[cohort] as number;
      sizes[cohort] = Math.max(0, before + tasks);
      now.inFlight += (sizes[cohort] as number) - before;
      if (tasks > 0) now.oldest = Math.min(now.oldest, cohort);
    },
    before: (bin) => sizes.slice(0, bin),
  };
}

/** Of each age in bins: which share ends in that bin of what had not ended before. */
function hazardsOf(survival: Float64Array): Float64Array {
  const hazards = new Float64Array(survival.length).fill(1);
  let before = 1;
  for (let age = 0; age < survival.length; age++) {
    const left = survival[age] as number;
    if (left <= 0) break;
    hazards[age] = 1 - left / before;
    before = left;
  }
  return hazards;
}

/** The age in bins beyond which nothing is believed to run. */
function beliefBins(survival: Float64Array): number {
  const first = survival.findIndex((left) => left < 1e-4);
  return first < 0 ? Number.POSITIVE_INFINITY : 1.5 * first + 2;
}

/** Of the cohorts from `oldest` to before `end`. */
function likelyEnds(
  sizes: Float64Array,
  hazards: Float64Array,
  oldest: number,
  end: number,
  bin: number,
): number {
  let sum = 0;
  for (let cohort = oldest; cohort < end; cohort++) {
    sum += (sizes[cohort] as number) * (hazards[bin - cohort] as number);
  }
  return sum;
}

/** Takes `ends` from the cohorts, from each as its age makes it likely; gives how many it could take. */
function endLikely(
  sizes: Float64Array,
  hazards: Float64Array,
  oldest: number,
  bin: number,
  ends: number,
): number {
  let left = ends;
  // Twice by likelihood, since a cohort may have less than its share; what is then left ends the oldest.
  for (let round = 0; round < 2 && left > 1e-6; round++) {
    const likely = likelyEnds(sizes, hazards, oldest, bin + 1, bin);
    if (likely <= 0) break;
    const factor = left / likely;
    for (let cohort = oldest; cohort <= bin; cohort++) {
      const size = sizes[cohort] as number;
      const taken = Math.min(size, size * (hazards[bin - cohort] as number) * factor);
      sizes[cohort] = size - taken;
      left -= taken;
    }
  }
  return ends - takeOldest(sizes, oldest, bin, left, 1e-6);
}

/** Gives how many are left to take, when there are no more or so few that it is enough. */
function takeOldest(sizes: Float64Array, oldest: number, bin: number, tasks: number, enough: number): number {
  let left = tasks;
  for (let cohort = oldest; cohort <= bin && left > enough; cohort++) {
    const taken = Math.min(sizes[cohort] as number, left);
    sizes[cohort] = (sizes[cohort] as number) - taken;
    left -= taken;
  }
  return left;
}
