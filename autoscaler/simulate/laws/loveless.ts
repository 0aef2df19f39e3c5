/** Our own law: the very plan that the Lambda runs, on the observation that the Lambda would make. */
import type { Bin, Observation, SignalledTasks } from "../../observation";
import { plan } from "../../plan";
import { hasStirred, isAtRest, restingBins } from "../../rest";
import type { Profile } from "../../settings";
import { BIN_SECONDS, EPOCH_MS } from "../metrics";
import type { Law, View } from "../run";

const ACTIVITY = "arn:aws:states:eu-west-1:123456789012:activity:simulated";

export function loveless(profile: Profile): Law {
  return {
    tickSeconds: BIN_SECONDS,
    decide: (view) => desiredBy(profile, view, []),
    publishes: (view) => !isAtRest(view, view),
  };
}

export function desiredBy(profile: Profile, view: View, signalled: readonly SignalledTasks[]): number {
  const { desired, running, pending, slots, minWorkers, maxWorkers } = view;
  const workers = { known: true, value: { desired, running, pending } } as const;
  const observation: Observation = new Map([
    [ACTIVITY, { bins: { known: true, value: seenBins(view) }, workers, signalled }],
  ]);
  const pool = {
    function: "simulated",
    activityArn: ACTIVITY,
    serviceArn: "arn:aws:ecs:eu-west-1:123456789012:service/simulated/simulated",
    slots,
    minWorkers,
    maxWorkers,
    profile,
  };
  const settings = { minuteSeconds: BIN_SECONDS, pools: [pool] };
  return plan(observation, settings, EPOCH_MS + view.nowSeconds * 1000)[0]?.desired ?? desired;
}

function seenBins(view: View): readonly Bin[] {
  const bins = view.bins();
  return isAtRest(view, view) && !hasStirred(bins) ? restingBins(bins) : bins;
}
