/** What watching a pool costs, in US dollars a month, from what a tick asks for and publishes. */
import { ALL_SERIES, OWN_METRICS } from "./metrics";
import { EMBEDDED } from "./decision-log";

/** A month has 730 hours, as AWS reckons. */
const TICKS_PER_MONTH = 730 * 60;
/** https://aws.amazon.com/cloudwatch/pricing/: GetMetricData $0.01 per 1,000 metrics requested, each statistic taken as one. */
const QUERY = 0.01 / 1000;
/** A custom metric, $0.30 a month, charged by the hour in which it is published. */
const CUSTOM_METRIC = 0.3;

export interface PoolCost {
  /** GetMetricData. */
  readonly queries: number;
  /** The history that the next ticks read. */
  readonly history: number;
  /** What dashboards show on top: the embedded metrics. */
  readonly dashboards: number;
}

/** Of a pool at rest all month: one metric a tick. */
export function idlePoolCost(): PoolCost {
  return { queries: TICKS_PER_MONTH * QUERY, history: 0, dashboards: 0 };
}

/** Of a pool at work all month. */
export function busyPoolCost(): PoolCost {
  return {
    queries: TICKS_PER_MONTH * ALL_SERIES.length * QUERY,
    history: Object.keys(OWN_METRICS).length * CUSTOM_METRIC,
    dashboards: EMBEDDED.length * CUSTOM_METRIC,
  };
}
