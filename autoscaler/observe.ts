/** Asks ECS and CloudWatch what there is to know about all pools; what fails for one is unknown for that one alone. */
import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { ECSClient } from "@aws-sdk/client-ecs";
import { ALL_SERIES, type BinsWanted, HISTORY_MINUTES, readBins } from "./metrics";
import { isYoung } from "./canary";
import type { Bin, Known, Observation, PoolObservation } from "./observation";
import { hasStirred, isAtRest, REST_BINS } from "./rest";
import { describeServices, type ServiceState } from "./services";
import type { AutoscalerSettings, PoolSettings } from "./settings";

export interface AutoscalerClients {
  readonly cloudWatch: CloudWatchClient;
  readonly ecs: ECSClient;
}

/** Never rejects for what a service answers. */
export async function observe(
  { cloudWatch, ecs }: AutoscalerClients,
  { clusterArn, pools, minuteSeconds, fastSignal, canaryMinutes }: AutoscalerSettings,
  nowMs: number,
  signal: AbortSignal,
): Promise<Observation> {
  const arns = pools.map(({ serviceArn }) => serviceArn);
  const services = await describeServices(ecs, clusterArn, arns, { withMarks: fastSignal, signal });
  const isResting = (pool: PoolSettings): boolean => {
    const state = services.get(pool.serviceArn);
    if (state?.known !== true || !isAtRest(pool, state.value.workers)) return false;
    // Whether a young deployment has proved itself is in the history of the workers.
    return !isYoung(state.value.deployment, { canaryMinutes, minuteSeconds, nowMs });
  };
  // Without its counts nothing can be done with a pool, whatever its metrics say.
  const known = pools.filter(({ serviceArn }) => services.get(serviceArn)?.known === true);
  const ask = (of: readonly PoolSettings[], wanted: Pick<BinsWanted, "series" | "minutes">) =>
    readBins(
      cloudWatch,
      { ...wanted, activityArns: of.map(({ activityArn }) => activityArn), minuteSeconds, nowMs },
      signal,
    );
  const everything = { series: ALL_SERIES, minutes: HISTORY_MINUTES };
  const [resting, working] = await Promise.all([
    ask(known.filter(isResting), { series: ["scheduled"], minutes: REST_BINS }),
    ask(
      known.filter((pool) => !isResting(pool)),
      everything,
    ),
  ]);
  const stirred = known.filter((pool) => {
    const bins = resting.get(pool.activityArn);
    const state = services.get(pool.serviceArn);
    const isSignalled = state?.known === true && state.value.mark.signalled.length > 0;
    return bins?.known === true && (isSignalled || hasStirred(bins.value));
  });
  const woken = await ask(stirred, everything);
  return new Map(
    pools.map(({ activityArn, serviceArn }) => {
      const bins = woken.get(activityArn) ?? working.get(activityArn) ?? resting.get(activityArn);
      return [activityArn, observed(services.get(serviceArn), bins)];
    }),
  );
}

function observed(
  state: Known<ServiceState> | undefined,
  bins: Known<readonly Bin[]> | undefined,
): PoolObservation {
  const missing = { known: false, why: "the answer does not name it" } as const;
  if (state === undefined || !state.known) {
    return { bins: bins ?? missing, workers: state ?? missing, signalled: [] };
  }
  const { workers, mark, deployment } = state.value;
  return {
    bins: bins ?? missing,
    workers: { known: true, value: workers },
    deployment,
    signalled: mark.signalled,
  };
}
