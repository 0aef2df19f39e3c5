/** Our own law: the very plan that the Lambda runs, on the observation that the Lambda would make. */
import type { Bin, Observation, SignalledTasks } from "../../observation";
import { plan } from "../../plan";
import { hasStirred, isAtRest, restingBins } from "../../rest";
import type { PoolSettings, Profile } from "../../settings";
import { NO_MARK } from "../../mark";
import { isNews, wake } from "../../wake";
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

/** The same with the fast signal. The mark is kept here, as the tag of the service keeps it. */
export function lovelessSignal(profile: Profile): Law {
  let mark = NO_MARK;
  return {
    ...loveless(profile),
    decide: (view) => desiredBy(profile, view, mark.signalled),
    signal(view, tasks) {
      const { desired, running, pending } = view;
      const options = {
        pool: poolOf(profile, view),
        workers: { desired, running, pending },
        mark,
        fresh: {
          tasks: tasks.map((each) => ({ ...each, atMs: EPOCH_MS + each.atMs })),
          delivery: String(tasks[0]?.atMs),
        },
        minuteSeconds: BIN_SECONDS,
        nowMs: EPOCH_MS + view.nowSeconds * 1000,
      };
      if (mark.deliveries.includes(options.fresh.delivery) || !isNews(options)) return null;
      const woken = wake(options, running > 0 ? view.bins() : null);
      mark = woken.mark;
      return woken.decision?.desired ?? null;
    },
  };
}

export function desiredBy(profile: Profile, view: View, signalled: readonly SignalledTasks[]): number {
  const { desired, running, pending } = view;
  const workers = { known: true, value: { desired, running, pending } } as const;
  const observation: Observation = new Map([
    [ACTIVITY, { bins: { known: true, value: seenBins(view) }, workers, signalled }],
  ]);
  const settings = { minuteSeconds: BIN_SECONDS, pools: [poolOf(profile, view)] };
  return plan(observation, settings, EPOCH_MS + view.nowSeconds * 1000)[0]?.desired ?? desired;
}

function poolOf(profile: Profile, { slots, minWorkers, maxWorkers }: View): PoolSettings {
  const serviceArn = "arn:aws:ecs:eu-west-1:123456789012:service/simulated/simulated";
  return { function: "simulated", activityArn: ACTIVITY, serviceArn, slots, minWorkers, maxWorkers, profile };
}

function seenBins(view: View): readonly Bin[] {
  const bins = view.bins();
  return isAtRest(view, view) && !hasStirred(bins) ? restingBins(bins) : bins;
}
