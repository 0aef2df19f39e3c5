/** The metrics of activities as bins: which are asked for, in as few calls as CloudWatch allows, and what came of each. */
import {
  type CloudWatchClient,
  GetMetricDataCommand,
  type MetricDataQuery,
  type MetricDataResult,
} from "@aws-sdk/client-cloudwatch";
import { inBatches } from "./batches";
import type { Bin, Known } from "./observation";
import { METRICS_NAMESPACE } from "./settings";

/** The autoscaler's own metrics that later ticks read: the history of the workers. */
export const OWN_METRICS = { running: "RunningWorkers", desired: "DesiredWorkers" } as const;
/** The dimension of Step Functions' metrics and of our own. */
export const ACTIVITY_DIMENSION = "ActivityArn";

/**
 * How far back the sums go. A task that has waited or run for longer is not counted; a worker that runs it is protected
 * from scaling in. 6 hours.
 */
export const HISTORY_MINUTES = 360;

/** https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html */
const STEP_FUNCTIONS = "AWS/States";

interface Series {
  readonly namespace: string;
  readonly name: string;
  readonly stat: "Sum" | "Average" | "Minimum" | "Maximum" | "SampleCount";
}

/**
 * By the prefix of their query's id. CloudWatch charges each query, so what ended is the number of run times: a task that
 * closes has one, however it closes, and four counters less are asked for.
 */
export const SERIES = {
  scheduled: { namespace: STEP_FUNCTIONS, name: "ActivitiesScheduled", stat: "Sum" },
  started: { namespace: STEP_FUNCTIONS, name: "ActivitiesStarted", stat: "Sum" },
  ended: { namespace: STEP_FUNCTIONS, name: "ActivityRunTime", stat: "SampleCount" },
  averageWaitMs: { namespace: STEP_FUNCTIONS, name: "ActivityScheduleTime", stat: "Average" },
  runTimeMs: { namespace: STEP_FUNCTIONS, name: "ActivityRunTime", stat: "Sum" },
  running: { namespace: METRICS_NAMESPACE, name: OWN_METRICS.running, stat: "Minimum" },
  desired: { namespace: METRICS_NAMESPACE, name: OWN_METRICS.desired, stat: "Maximum" },
} as const satisfies Record<string, Series>;

export type SeriesName = keyof typeof SERIES;
/** All of a pool at work. */
export const ALL_SERIES = Object.keys(SERIES) as readonly SeriesName[];
/** Values by the start of their bin, in milliseconds. */
type Values = ReadonlyMap<number, number>;
type Results = ReadonlyMap<string, { readonly status: string; readonly values: Values }>;

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const QUERIES_PER_CALL = 500;
const POINTS_PER_CALL = 100_800;

export interface BinsWanted {
  readonly activityArns: readonly string[];
  readonly series: readonly SeriesName[];
  /** The newest bin, which is still filling, comes on top. */
  readonly minutes: number;
  readonly minuteSeconds: number;
  readonly nowMs: number;
}

/** By the ARN of the activity. Never rejects: a call that fails makes its activities unknown. */
export async function readBins(
  cloudWatch: CloudWatchClient,
  wanted: BinsWanted,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Known<readonly Bin[]>>> {
  const { activityArns, series, minutes } = wanted;
  const found = new Map<string, Known<readonly Bin[]>>();
  const starts = binStarts(wanted);
  const read = async (arns: readonly string[]): Promise<void> => {
    try {
      const results = await readAll(cloudWatch, arns, wanted, starts, signal);
      arns.forEach((arn, index) => found.set(arn, binsOf(results, index, series, starts)));
    } catch (error) {
      for (const arn of arns) found.set(arn, { known: false, why: String(error) });
    }
  };
  const poolsPerCall = Math.max(
    1,
    Math.floor(Math.min(QUERIES_PER_CALL / series.length, POINTS_PER_CALL / (series.length * (minutes + 1)))),
  );
  await Promise.all(inBatches(activityArns, poolsPerCall).map(read));
  return found;
}

/** The last one is the bin that is still filling: its points can be visible, and more workers are needed now. */
function binStarts({ minutes, minuteSeconds, nowMs }: BinsWanted): readonly number[] {
  const minuteMs = minuteSeconds * 1000;
  const lastMs = Math.floor(nowMs / minuteMs) * minuteMs;
  return Array.from({ length: minutes + 1 }, (_, index) => lastMs - (minutes - index) * minuteMs);
}

function queriesOf(
  activityArns: readonly string[],
  { series, minuteSeconds }: BinsWanted,
): MetricDataQuery[] {
  return activityArns.flatMap((arn, index) =>
    series.map((prefix) => ({
      Id: `${prefix}${String(index)}`,
      MetricStat: {
        Metric: {
          Namespace: SERIES[prefix].namespace,
          MetricName: SERIES[prefix].name,
          Dimensions: [{ Name: ACTIVITY_DIMENSION, Value: arn }],
        },
        Period: minuteSeconds,
        Stat: SERIES[prefix].stat,
      },
    })),
  );
}

/** Results by id, over all pages; the status is that of the last page that names the id. */
async function readAll(
  cloudWatch: CloudWatchClient,
  arns: readonly string[],
  wanted: BinsWanted,
  starts: readonly number[],
  signal: AbortSignal,
): Promise<Results> {
  const results = new Map<string, { status: string; values: Map<number, number> }>();
  let token: string | undefined;
  do {
    const command = new GetMetricDataCommand({
      MetricDataQueries: queriesOf(arns, wanted),
      StartTime: new Date(starts[0] ?? 0),
      EndTime: new Date((starts.at(-1) ?? 0) + wanted.minuteSeconds * 1000),
      ScanBy: "TimestampAscending",
      NextToken: token,
    });
    const page = await cloudWatch.send(command, { abortSignal: signal });
    for (const result of page.MetricDataResults ?? []) addPage(results, result);
    token = page.NextToken;
  } while (token !== undefined && token !== "");
  return results;
}

/** By its time, so that the order of points and a point that comes on two pages do not matter. */
function addPage(
  results: Map<string, { status: string; values: Map<number, number> }>,
  page: MetricDataResult,
): void {
  const id = page.Id ?? "";
  const values = results.get(id)?.values ?? new Map<number, number>();
  page.Timestamps?.forEach((time, index) => {
    const value = page.Values?.[index];
    if (value !== undefined) values.set(time.getTime(), value);
  });
  results.set(id, { status: page.StatusCode ?? "absent", values });
}

function binsOf(
  results: Results,
  index: number,
  series: readonly SeriesName[],
  starts: readonly number[],
): Known<readonly Bin[]> {
  const values: Partial<Record<SeriesName, Values>> = {};
  for (const name of series) {
    const result = results.get(`${name}${String(index)}`);
    // An incomplete answer that shows nothing is not an answer of nothing.
    if (result?.status !== "Complete") {
      return { known: false, why: `the answer for ${SERIES[name].name} is ${result?.status ?? "absent"}` };
    }
    values[name] = result.values;
  }
  const at = (name: SeriesName, startMs: number): number | null => values[name]?.get(startMs) ?? null;
  return {
    known: true,
    value: starts.map((startMs) => ({
      startMs,
      scheduled: at("scheduled", startMs),
      started: at("started", startMs),
      ended: at("ended", startMs),
      averageWaitMs: at("averageWaitMs", startMs),
      runTimeMs: at("runTimeMs", startMs),
      running: at("running", startMs),
      desired: at("desired", startMs),
    })),
  };
}
