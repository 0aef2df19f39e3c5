/**
 * The metrics of the local cloud, in bins of a second: CloudWatch's high resolution, kept for three hours as CloudWatch
 * does. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
 */

export interface MetricName {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** What was measured once, or `count` times. */
export interface Datum extends MetricName {
  readonly value: number;
  readonly count?: number;
  readonly unit: string;
  readonly timeMs: number;
}

/** Several measurements of which only these sums are known. */
export interface StatisticDatum extends MetricName {
  readonly statistics: {
    readonly sum: number;
    readonly count: number;
    readonly minimum: number;
    readonly maximum: number;
  };
  readonly unit: string;
  readonly timeMs: number;
}

export interface Point {
  readonly timeSeconds: number;
  readonly value: number;
}

/** One second of one series, as it is kept. */
export interface KeptBin {
  readonly metric: MetricName;
  readonly unit: string;
  readonly second: number;
  readonly bin: Omit<Bin, "values"> & { readonly values: readonly (readonly [number, number])[] };
}

/** What is measured is kept beyond the process: each datum at first, and then the bins that it went to. */
export interface MetricRecords {
  /** What was kept: bins, and the data that came after they were written. */
  read(): { readonly bins: readonly KeptBin[]; readonly data: readonly (Datum | StatisticDatum)[] };
  /** `changed` gives the bins that have changed since it was called last. */
  add(datum: Datum | StatisticDatum, changed: () => readonly KeptBin[]): void;
}

export interface MetricStore {
  record(datum: Datum | StatisticDatum): void;
  /** One point for each period that holds a measurement, oldest first; a period starts at a multiple of its length. */
  points(metric: MetricName, query: PointsQuery): readonly Point[];
  list(): readonly MetricName[];
}

export interface PointsQuery {
  readonly startSeconds: number;
  /** Not included. */
  readonly endSeconds: number;
  readonly periodSeconds: number;
  readonly statistic: Statistic;
  /** Absent: whatever unit it was recorded in. */
  readonly unit?: string | undefined;
}

export type Statistic =
  "Sum" | "Average" | "Minimum" | "Maximum" | "SampleCount" | { readonly percentile: number };

interface Bin {
  sum: number;
  count: number;
  minimum: number;
  maximum: number;
  /** Measurements and how often each; for percentiles. */
  readonly values: Map<number, number>;
}

interface Series {
  readonly metric: MetricName;
  readonly unit: string;
  /** By second, in order of their first measurement. */
  readonly bins: Map<number, Bin>;
}

const RETENTION_SECONDS = 3 * 60 * 60;
const MAX_BINS = RETENTION_SECONDS;
/** Beyond so many different values in one second, percentiles are of the first ones. */
const MAX_VALUES = 500;
/** Far beyond what a blueprint records; the oldest series goes first. */
const MAX_SERIES = 5_000;

/** @default records none: what was measured is gone with the process */
export function createMetricStore(records: MetricRecords | null = null): MetricStore {
  const all = new Map<string, Series>();
  let touched = new Map<Bin, { readonly series: Series; readonly second: number }>();

  function seriesOf(metric: MetricName, unit: string): Series {
    const key = keyOf(metric);
    const found = all.get(key);
    if (found !== undefined) return found;
    const oldest = all.keys().next();
    if (all.size >= MAX_SERIES && oldest.done !== true) all.delete(oldest.value);
    const { namespace, name, dimensions } = metric;
    const series = { metric: { namespace, name, dimensions }, unit, bins: new Map<number, Bin>() };
    all.set(key, series);
    return series;
  }

  function add(datum: Datum | StatisticDatum): void {
    const series = seriesOf(datum, datum.unit);
    const { bins } = series;
    const second = Math.floor(datum.timeMs / 1000);
    const bin = bins.get(second) ?? emptyBin();
    bins.set(second, bin);
    if (records !== null) touched.set(bin, { series, second });
    if ("statistics" in datum) addStatistics(bin, datum.statistics);
    else addValue(bin, datum.value, datum.count ?? 1);
    const first = bins.keys().next();
    if (bins.size > MAX_BINS && first.done !== true) bins.delete(first.value);
  }

  function changed(): readonly KeptBin[] {
    const due = [...touched];
    touched = new Map();
    return due.map(([bin, { series, second }]) => {
      const { metric, unit } = series;
      return { metric, unit, second, bin: { ...bin, values: [...bin.values] } };
    });
  }

  if (records !== null) {
    const { bins, data } = records.read();
    for (const { metric, unit, second, bin } of bins)
      seriesOf(metric, unit).bins.set(second, { ...bin, values: new Map(bin.values) });
    data.forEach(add);
  }

  return {
    record(datum) {
      add(datum);
      records?.add(datum, changed);
    },
    points(metric, query) {
      const series = all.get(keyOf(metric));
      if (series === undefined || (query.unit !== undefined && query.unit !== series.unit)) return [];
      const { periodSeconds, statistic } = query;
      const start = Math.floor(query.startSeconds / periodSeconds) * periodSeconds;
      const periods = new Map<number, Bin>();
      for (const [second, bin] of series.bins) {
        if (second < start || second >= query.endSeconds) continue;
        const period = Math.floor(second / periodSeconds) * periodSeconds;
        const whole = periods.get(period) ?? emptyBin();
        merge(whole, bin);
        periods.set(period, whole);
      }
      return [...periods]
        .sort(([a], [b]) => a - b)
        .map(([timeSeconds, bin]) => ({ timeSeconds, value: valueOf(bin, statistic) }));
    },
    list: () => [...all.values()].map(({ metric }) => metric),
  };
}

function keyOf({ namespace, name, dimensions }: MetricName): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort()]);
}

function emptyBin(): Bin {
  return {
    sum: 0,
    count: 0,
    minimum: Number.POSITIVE_INFINITY,
    maximum: Number.NEGATIVE_INFINITY,
    values: new Map(),
  };
}

function addStatistics(
  bin: Bin,
  added: { sum: number; count: number; minimum: number; maximum: number },
): void {
  bin.sum += added.sum;
  bin.count += added.count;
  bin.minimum = Math.min(bin.minimum, added.minimum);
  bin.maximum = Math.max(bin.maximum, added.maximum);
}

function addValue(bin: Bin, value: number, count: number): void {
  addStatistics(bin, { sum: value * count, count, minimum: value, maximum: value });
  if (bin.values.size < MAX_VALUES || bin.values.has(value))
    bin.values.set(value, (bin.values.get(value) ?? 0) + count);
}

function merge(whole: Bin, bin: Bin): void {
  addStatistics(whole, bin);
  for (const [value, count] of bin.values) whole.values.set(value, (whole.values.get(value) ?? 0) + count);
}

function valueOf(bin: Bin, statistic: Statistic): number {
  switch (statistic) {
    case "Sum":
      return bin.sum;
    case "Average":
      return bin.sum / bin.count;
    case "Minimum":
      return bin.minimum;
    case "Maximum":
      return bin.maximum;
    case "SampleCount":
      return bin.count;
    default:
      return percentileOf(bin, statistic.percentile);
  }
}

/** Nearest rank; CloudWatch itself approximates. */
function percentileOf(bin: Bin, percentile: number): number {
  const sorted = [...bin.values].sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  const rank = Math.max(1, Math.ceil((percentile / 100) * total));
  let seen = 0;
  for (const [value, count] of sorted) {
    seen += count;
    if (seen >= rank) return value;
  }
  return bin.maximum;
}
