/** The metrics of activities as bins: which are asked for, in as few calls as CloudWatch allows, and what came of each. */
import {
  type CloudWatchClient,
  GetMetricDataCommand,
  type MetricDataQuery,
  type MetricDataResult,
} from "@aws-sdk/client-cloudwatch";
import { inBatches } from "./batches";
import type { Bin, Known } from "./observation";
import { type AutoscalerSettings, METRICS_NAMESPACE } from "./settings";

/** The autoscaler's own metrics: what later ticks must know, and a dashboard shows. */
export const OWN_METRICS = { running: "RunningWorkers", needed: "NeededWorkers" } as const;
/** The dimension of Step Functions' metrics and of our own. */
export const ACTIVITY_DIMENSION = "ActivityArn";

/**
 * How far back the sums go. A task that has waited or run for longer is not counted; a worker that runs it is protected
 * from scaling in. 6 hours.
 */
const HISTORY_MINUTES = 360;

/** https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html */
const STEP_FUNCTIONS = "AWS/States";

interface Series {
  readonly namespace: string;
  readonly name: string;
  readonly stat: "Sum" | "Average" | "Minimum" | "Maximum";
}

const count = (name: string): Series => ({ namespace: STEP_FUNCTIONS, name, stat: "Sum" });

/** By the prefix of their query's id. */
const SERIES = {
  scheduled: count("ActivitiesScheduled"),
  started: count("ActivitiesStarted"),
  succeeded: count("ActivitiesSucceeded"),
  failed: count("ActivitiesFailed"),
  timedOut: count("ActivitiesTimedOut"),
  heartbeatTimedOut: count("ActivitiesHeartbeatTimedOut"),
  averageWait: { namespace: STEP_FUNCTIONS, name: "ActivityScheduleTime", stat: "Average" },
  runTime: { namespace: STEP_FUNCTIONS, name: "ActivityRunTime", stat: "Sum" },
  running: { namespace: METRICS_NAMESPACE, name: OWN_METRICS.running, stat: "Minimum" },
  needed: { namespace: METRICS_NAMESPACE, name: OWN_METRICS.needed, stat: "Maximum" },
} as const satisfies Record<string, Series>;

type SeriesName = keyof typeof SERIES;
/** Values by the start of their bin, in milliseconds. */
type Values = ReadonlyMap<number, number>;

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const QUERIES_PER_CALL = 500;
const POINTS_PER_CALL = 100_800;
const SERIES_COUNT = Object.keys(SERIES).length;
const POOLS_PER_CALL = Math.floor(
  Math.min(QUERIES_PER_CALL / SERIES_COUNT, POINTS_PER_CALL / (SERIES_COUNT * (HISTORY_MINUTES + 1))),
);

/** By the ARN of the activity. Never rejects: a call that fails makes its activities unknown. */
export async function readBins(
  cloudWatch: CloudWatchClient,
  { pools, minuteSeconds }: AutoscalerSettings,
  nowMs: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Known<readonly Bin[]>>> {
  const found = new Map<string, Known<readonly Bin[]>>();
  const starts = binStarts(minuteSeconds, nowMs);
  const read = async (arns: readonly string[]): Promise<void> => {
    try {
      const results = await readAll(
        cloudWatch,
        queriesOf(arns, minuteSeconds),
        starts,
        minuteSeconds,
        signal,
      );
      arns.forEach((arn, index) => found.set(arn, binsOf(results, index, starts)));
    } catch (error) {
      for (const arn of arns) found.set(arn, { known: false, why: String(error) });
    }
  };
  await Promise.all(
    inBatches(
      pools.map(({ activityArn }) => activityArn),
      POOLS_PER_CALL,
    ).map(read),
  );
  return found;
}

/** The last one is the bin that is still filling: its points can be visible, and more workers are needed now. */
function binStarts(minuteSeconds: number, nowMs: number): readonly number[] {
  const minuteMs = minuteSeconds * 1000;
  const lastMs = Math.floor(nowMs / minuteMs) * minuteMs;
  return Array.from(
    { length: HISTORY_MINUTES + 1 },
    (_, index) => lastMs - (HISTORY_MINUTES - index) * minuteMs,
  );
}

function queriesOf(activityArns: readonly string[], minuteSeconds: number): MetricDataQuery[] {
  return activityArns.flatMap((arn, index) =>
    Object.entries<Series>(SERIES).map(([series, { namespace, name, stat }]) => ({
      Id: `${series}${String(index)}`,
      MetricStat: {
        Metric: {
          Namespace: namespace,
          MetricName: name,
          Dimensions: [{ Name: ACTIVITY_DIMENSION, Value: arn }],
        },
        Period: minuteSeconds,
        Stat: stat,
      },
    })),
  );
}

/** Results by id, over all pages; the status is that of the last page that names the id. */
async function readAll(
  cloudWatch: CloudWatchClient,
  queries: MetricDataQuery[],
  starts: readonly number[],
  minuteSeconds: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, { status: string; values: Map<number, number> }>> {
  const results = new Map<string, { status: string; values: Map<number, number> }>();
  let token: string | undefined;
  do {
    const command = new GetMetricDataCommand({
      MetricDataQueries: queries,
      StartTime: new Date(starts[0] ?? 0),
      EndTime: new Date((starts.at(-1) ?? 0) + minuteSeconds * 1000),
      ScanBy: "TimestampAscending",
      NextToken: token,
    });
    const page = await cloudWatch.send(command, { abortSignal: signal });
    for (const result of page.MetricDataResults ?? []) addPage(results, result);
    token = page.NextToken;
  } while (token !== undefined && token !== "");
  return results;
}

function addPage(
  results: Map<string, { status: string; values: Map<number, number> }>,
  page: MetricDataResult,
): void {
  const id = page.Id ?? "";
  const values = results.get(id)?.values ?? new Map<number, number>();
  page.Timestamps?.forEach((time, index) => values.set(time.getTime(), page.Values?.[index] ?? 0));
  results.set(id, { status: page.StatusCode ?? "absent", values });
}

function binsOf(
  results: ReadonlyMap<string, { readonly status: string; readonly values: Values }>,
  index: number,
  starts: readonly number[],
): Known<readonly Bin[]> {
  const values: Partial<Record<SeriesName, Values>> = {};
  for (const series of Object.keys(SERIES) as SeriesName[]) {
    const result = results.get(`${series}${String(index)}`);
    // An incomplete answer that shows nothing is not an answer of nothing.
    if (result?.status !== "Complete") {
      return { known: false, why: `the answer for ${SERIES[series].name} is ${result?.status ?? "absent"}` };
    }
    values[series] = result.values;
  }
  const at = (series: SeriesName, startMs: number): number | null => values[series]?.get(startMs) ?? null;
  return {
    known: true,
    value: starts.map((startMs) => ({
      startMs,
      scheduled: at("scheduled", startMs),
      started: at("started", startMs),
      ended: sum(ENDS.map((series) => at(series, startMs))),
      averageWaitMs: at("averageWait", startMs),
      runTimeMs: at("runTime", startMs),
      running: at("running", startMs),
      needed: at("needed", startMs),
    })),
  };
}

const ENDS = ["succeeded", "failed", "timedOut", "heartbeatTimedOut"] as const;

/** Null when there is not one. */
function sum(values: readonly (number | null)[]): number | null {
  const present = values.filter((value) => value !== null);
  return present.length === 0 ? null : present.reduce((total, value) => total + value, 0);
}
