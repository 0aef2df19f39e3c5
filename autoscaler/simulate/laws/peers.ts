/**
 * Laws of other autoscalers, as far as they are published, on an activity's metrics. They add up metrics from the first
 * one on and know no anchors: what is lost stays lost.
 */
import type { Law, View } from "../run";
import { BIN_SECONDS } from "../metrics";

/** Scheduled and not ended, as the sums say. */
function load(view: View): number {
  const { scheduled, ended } = view.sums();
  return Math.max(0, scheduled - ended);
}

/** NASA Cumulus 1.x: steps of the count by the average schedule time. https://github.com/nasa/cumulus/blob/v1.24.0/packages/deployment/app/cloudformation.template.yml */
export function cumulus(): Law {
  const [slowMs, quickMs] = [10_000, 5_000];
  return {
    // The alarms look at five minutes.
    tickSeconds: 5 * BIN_SECONDS,
    decide(view) {
      const { desired, minWorkers } = view;
      const floor = Math.max(1, minWorkers);
      const waitMs = view
        .bins()
        .findLast((bin) => bin.averageWaitMs !== null && !isOld(bin.startMs, view))?.averageWaitMs;
      if (waitMs === undefined || waitMs === null) return Math.max(floor, desired);
      if (waitMs > slowMs) return desired + Math.max(1, Math.round(desired * 0.1));
      if (waitMs < quickMs) return Math.max(floor, desired - Math.max(1, Math.round(desired * 0.05)));
      return Math.max(floor, desired);
    },
  };
}

/** Application Auto Scaling's target tracking on the load of a worker: out after 3 points above, in after 15 below. https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html */
export function targetTracking(): Law {
  const target = 0.95;
  let [above, below] = [0, 0];
  return {
    tickSeconds: BIN_SECONDS,
    decide(view) {
      const { desired, slots } = view;
      const workers = Math.max(1, desired);
      const metric = load(view) / (workers * slots);
      above = metric > target ? above + 1 : 0;
      below = metric < target * 0.9 ? below + 1 : 0;
      if (above >= 3) return Math.ceil((workers * metric) / target);
      if (below >= 15) return Math.max(1, Math.ceil((workers * metric) / target));
      return workers;
    },
  };
}

/** KEDA by way of the horizontal pod autoscaler's defaults. https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#default-behavior */
export function kedaHpa(): Law {
  const [tickSeconds, stabilisationSeconds, tolerance] = [15, 300, 0.1];
  const wanted: number[] = [];
  return {
    tickSeconds,
    decide(view) {
      const { desired, slots } = view;
      const tasks = load(view);
      const ratio = desired === 0 ? Number.POSITIVE_INFINITY : tasks / (desired * slots);
      const proposal = Math.abs(ratio - 1) <= tolerance ? desired : Math.ceil(tasks / slots);
      wanted.push(proposal);
      if (wanted.length > stabilisationSeconds / tickSeconds) wanted.shift();
      if (proposal > desired) return Math.min(proposal, desired + Math.max(desired, 4));
      return Math.min(desired, Math.max(...wanted));
    },
  };
}

/** Knative's pod autoscaler: 70 % of concurrency, a stable window of 60 s, a panic window of 6 s. https://knative.dev/docs/serving/autoscaling/kpa-specific/ */
export function knative(): Law {
  const [tickSeconds, stableSeconds, graceSeconds, utilisation] = [60, 60, 30, 0.7];
  const seen: number[] = [];
  let [panicUntil, panicWorkers, idleSince] = [Number.NEGATIVE_INFINITY, 0, Number.NaN];
  return {
    tickSeconds,
    decide(view) {
      const { nowSeconds, desired, slots, running } = view;
      const tasks = load(view);
      seen.push(tasks);
      if (seen.length > stableSeconds / tickSeconds) seen.shift();
      const workers = (concurrency: number): number => Math.ceil(concurrency / (utilisation * slots));
      const stable = workers(seen.reduce((sum, each) => sum + each, 0) / seen.length);
      const panic = workers(tasks);
      if (panic >= 2 * Math.max(1, running)) panicUntil = nowSeconds + stableSeconds;
      if (nowSeconds < panicUntil) {
        panicWorkers = Math.max(panicWorkers, panic, stable);
        return Math.max(desired, panicWorkers);
      }
      panicWorkers = 0;
      if (stable > 0) {
        idleSince = Number.NaN;
        return stable;
      }
      if (Number.isNaN(idleSince)) idleSince = nowSeconds;
      return nowSeconds - idleSince >= graceSeconds ? 0 : Math.min(desired, 1);
    },
  };
}

/** Buildkite's agent scaler with the elastic stack's cooldowns. https://github.com/buildkite/buildkite-agent-scaler */
export function buildkite(): Law {
  const [outSeconds, inSeconds] = [300, 3600];
  let [lastOut, lastIn] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return {
    tickSeconds: BIN_SECONDS,
    decide(view) {
      const { nowSeconds, desired, slots } = view;
      const wanted = Math.ceil(load(view) / slots);
      if (wanted > desired && nowSeconds - lastOut >= outSeconds) {
        lastOut = nowSeconds;
        return wanted;
      }
      if (wanted < desired && nowSeconds - Math.max(lastIn, lastOut) >= inSeconds) {
        lastIn = nowSeconds;
        return wanted;
      }
      return desired;
    },
  };
}

function isOld(startMs: number, view: View): boolean {
  const newest = view.bins().at(-1)?.startMs ?? 0;
  return newest - startMs > 5 * BIN_SECONDS * 1000;
}
