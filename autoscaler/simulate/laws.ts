/** All laws by their names: ours in each profile, and those that it is compared with. */
import { loveless, lovelessSignal } from "./laws/loveless";
import { buildkite, cumulus, kedaHpa, knative, targetTracking } from "./laws/peers";
import { simple } from "./laws/simple";
import type { Law } from "./run";

/** A law remembers: one for each run. */
export const LAWS = {
  cumulus,
  targetTracking,
  kedaHpa,
  knative,
  buildkite,
  simple,
  lean: () => loveless("lean"),
  balanced: () => loveless("balanced"),
  fast: () => loveless("fast"),
  balancedSignal: () => lovelessSignal("balanced"),
} as const satisfies Record<string, () => Law>;

export type LawName = keyof typeof LAWS;
export const LAW_NAMES = Object.keys(LAWS) as readonly LawName[];
export const PEERS = [
  "cumulus",
  "targetTracking",
  "kedaHpa",
  "knative",
  "buildkite",
  "simple",
] as const satisfies readonly LawName[];
export const OWN_PROFILES = ["lean", "balanced", "fast"] as const satisfies readonly LawName[];
