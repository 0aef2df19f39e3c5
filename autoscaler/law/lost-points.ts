/** Tells a point that was lost from one of zero, and says what stands for it. */
import type { Cohorts } from "./cohorts";
import type { History } from "./history";

/** What happened in a bin. */
export interface Happened {
  arrived: number;
  starts: number;
  ends: number;
  /** Bins in a row without any point, up to this one. */
  silence: number;
}

/** A point that should stand for so many tasks is lost rather than zero. */
const SURELY = 5;
/** Of what arrives, for bins without any points. */
const USUAL_BINS = 10;
/** Tasks that come in so many of the last bins do not stop coming; those of a burst do. */
const HABIT = 0.5;
/** Ends that were presumed may prove to have been none for so many bins. */
const LATE_BINS = 2;

/** To be called for each bin in turn, with what waits before it and the slots of the workers that surely ran. */
export function createFilling(
  { scheduled, started, ended }: History,
  cohorts: Cohorts,
  { usualBefore, silentBins }: { readonly usualBefore: number; readonly silentBins: number },
): (bin: number, backlog: number, slots: number) => Readonly<Happened> {
  // One object for all bins, since there are many of them.
  const happened: Happened = { arrived: 0, starts: 0, ends: 0, silence: 0 };
  let usual = usualBefore;
  /** The share of the last bins in which something arrived. */
  let habit = usualBefore > 0 ? 1 : 0;
  /** Ends that no point told, the last ones. */
  let presumed = { ends: 0, bin: 0 };

  return (bin, backlog, slots) => {
    const { silence } = happened;
    let arrived = scheduled[bin] as number;
    let starts = started[bin] as number;
    let ends = ended[bin] as number;
    const isBlank = !(arrived >= 0) && !(starts >= 0) && !(ends >= 0);
    const due = isBlank || !(ends >= 0) ? cohorts.due(bin) : 0;
    // Tasks do not stop ending: where nothing is said of many that should have ended, all points are lost. After a burst it
    // may be the run time that is mistaken, and to presume arrivals would call it back.
    const isLost = isBlank && due > SURELY && silence < silentBins && habit >= HABIT;
    if (!(arrived >= 0)) arrived = isLost ? usual : 0;
    const free = Math.max(0, slots - cohorts.inFlight);
    if (!(starts >= 0)) {
      // Free slots start what there is.
      const possible = Math.min(backlog + arrived, free + (ends >= 0 ? ends : due));
      starts = isLost || (possible > SURELY && arrived > 0 && backlog < possible) ? possible : 0;
    }
    if (starts > backlog + arrived) arrived = starts - backlog;
    if (!(ends >= 0)) {
      ends = due > SURELY && silence < silentBins ? due : 0;
      // Where starts are presumed as well, as many ends have to follow.
      if (ends > 0) presumed = { ends: isLost ? 0 : ends, bin };
    } else if (presumed.ends > 0 && bin - presumed.bin <= LATE_BINS) {
      // More end than should: they had not ended after all.
      const usualEnds = cohorts.due(bin) + cohorts.dueOf(starts);
      const stillRan = Math.min(presumed.ends, Math.max(0, ends - usualEnds));
      presumed = { ends: presumed.ends - stillRan, bin: presumed.bin };
      ends -= stillRan;
    }
    const weight = 1 / Math.min(USUAL_BINS, bin + 1);
    usual += (arrived - usual) * weight;
    habit += ((arrived > 0 ? 1 : 0) - habit) * weight;
    happened.arrived = arrived;
    happened.starts = starts;
    happened.ends = ends;
    happened.silence = isBlank ? silence + 1 : 0;
    return happened;
  };
}
