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
  let [inFlight, oldest] = [first, 0];

  const likelyEnds = (bin: number, last: number): number => {
    let sum = 0;
    for (let cohort = oldest; cohort <= last; cohort++) {
      sum += (sizes[cohort] as number) * (hazards[bin - cohort] as number);
    }
    return sum;
  };
  const take = (cohort: number, tasks: number): number => {
    const size = sizes[cohort] as number;
    const taken = Math.min(size, tasks);
    sizes[cohort] = size - taken;
    return taken;
  };
  const takeOldest = (bin: number, tasks: number, enough: number): number => {
    let left = tasks;
    for (let cohort = oldest; cohort <= bin && left > enough; cohort++) left -= take(cohort, left);
    return left;
  };
  /** Gives how many it could not take. */
  const end = (bin: number, ends: number): number => {
    let left = ends;
    // Twice by likelihood, since a cohort may have less than its share; what is then left ends the oldest.
    for (let round = 0; round < 2 && left > 1e-6; round++) {
      const likely = likelyEnds(bin, bin);
      if (likely <= 0) break;
      const factor = left / likely;
      for (let cohort = oldest; cohort <= bin; cohort++) {
        left -= take(cohort, (sizes[cohort] as number) * (hazards[bin - cohort] as number) * factor);
      }
    }
    return takeOldest(bin, left, 1e-6);
  };

  return {
    get inFlight() {
      return inFlight;
    },
    forget(bin) {
      while (oldest < bin && ((sizes[oldest] as number) < 1e-3 || bin - oldest > lastBelief)) {
        inFlight = Math.max(0, inFlight - (sizes[oldest] as number));
        sizes[oldest++] = 0;
      }
    },
    due: (bin) => likelyEnds(bin, bin - 1),
    dueOf: (starts) => starts * (hazards[0] as number),
    pass(bin, starts, ends) {
      sizes[bin] = starts + (bin === 0 ? first : 0);
      inFlight = Math.max(0, inFlight + starts - (ends - end(bin, ends)));
    },
    limit(bin, most) {
      if (!(inFlight > most)) return;
      inFlight = most + Math.max(0, takeOldest(bin, inFlight - most, 0));
    },
    move(cohort, tasks) {
      const before = sizes[cohort] as number;
      sizes[cohort] = Math.max(0, before + tasks);
      inFlight += (sizes[cohort] as number) - before;
      if (tasks > 0) oldest = Math.min(oldest, cohort);
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
