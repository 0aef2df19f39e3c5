/** The one knob of a pool: what a wait is worth against a worker. */

export const PROFILES = ["lean", "balanced", "fast"] as const;
export type Profile = (typeof PROFILES)[number];

export interface ProfileTerms {
  /** What waits may wait so long beyond the start-up of a new worker. In parts of a minute. */
  readonly patienceMinutes: number;
  /** A minute of waiting is worth so many of a worker. */
  readonly waitValue: number;
  /** A need is remembered for so many ticks before workers go. */
  readonly holdTicks: number;
}

export const TERMS: Readonly<Record<Profile, ProfileTerms>> = {
  lean: { patienceMinutes: 1.5, waitValue: 0.3, holdTicks: 1 },
  balanced: { patienceMinutes: 1 / 6, waitValue: 1, holdTicks: 1 },
  fast: { patienceMinutes: 0, waitValue: 6, holdTicks: 5 },
};
