/** What the three profiles mean to the law. */
import type { Profile } from "../settings";

export interface ProfileTerms {
  /** What waits may wait so long beyond the start-up of a new worker. In parts of a minute. */
  readonly patienceMinutes: number;
  /**
   * When what waits should have found workers, in start-up times from now. Of workers that are asked for together some come
   * after 2/3 of it, all after 4/3: the sooner, the more are asked for, and those that come last are sent away.
   */
  readonly haste: number;
  /** The share of workers beyond those that what waits could use, all at once, that may be asked for in haste. */
  readonly spare: number;
  /** A minute of waiting is worth so many of a worker. */
  readonly waitValue: number;
  /**
   * So many more, as far as the pool is small: who finds all slots taken waits for the next to be free, and of few slots
   * that takes longer.
   */
  readonly smallPoolValue: number;
  /** So much of a task may be left waiting at the end of a plan. */
  readonly leftOver: number;
  /** A need is remembered for so many ticks before workers go. */
  readonly holdTicks: number;
  /** Workers stay for what waits as well as for what runs. */
  readonly keepsForBacklog: boolean;
}

export const TERMS: Readonly<Record<Profile, ProfileTerms>> = {
  lean: {
    patienceMinutes: 1.5,
    haste: 4 / 3,
    spare: 0,
    waitValue: 0.3,
    smallPoolValue: 0.5,
    leftOver: 0.5,
    holdTicks: 1,
    keepsForBacklog: false,
  },
  balanced: {
    patienceMinutes: 0,
    haste: 1,
    spare: 2.4,
    waitValue: 0.72,
    smallPoolValue: 3,
    leftOver: 0.25,
    holdTicks: 1,
    keepsForBacklog: true,
  },
  fast: {
    patienceMinutes: 0,
    haste: 0.95,
    spare: 16,
    waitValue: 5.5,
    smallPoolValue: 5.5,
    leftOver: 0.25,
    holdTicks: 2,
    keepsForBacklog: true,
  },
};
