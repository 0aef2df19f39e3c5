/** CloudWatch: GetMetricData, ListMetrics and PutMetricData over the local metric store. */
import { gunzipSync } from "node:zlib";
import type { z } from "zod";
import type { Access } from "../access";
import type { Clock } from "../clock";
import { getMetricData, invalid, listMetrics, parse, putMetricData, statisticOf } from "./cloudwatch-input";
import {
  createMetricStore,
  type Datum,
  type MetricName,
  type MetricRecords,
  type MetricStore,
  type Point,
} from "./metrics";
import { cloudWatchQuery } from "../query/cloudwatch";
import { withQueryProtocol } from "../query/form";
import { jsonService, type Operation, type Service } from "../service";

export interface CloudWatch {
  readonly service: Service;
  /** What a service of the cloud itself measured. */
  record(datum: Datum): void;
}

const LIST_PAGE = 500;

/** Reads and writes have no resource in IAM: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html */
function operation<T>(action: string, schema: z.ZodType<T>, run: (input: T) => object): Operation {
  return {
    needs: ({ Namespace: namespace }) => {
      const context = action === "PutMetricData" && typeof namespace === "string";
      return [
        {
          action: `cloudwatch:${action}`,
          resource: "*",
          ...(context ? { context: { "cloudwatch:namespace": namespace } } : {}),
        },
      ];
    },
    run: (input) => run(parse(schema, input)),
  };
}

export function createCloudWatch({
  access,
  clock,
  records = null,
}: {
  readonly access: Access;
  readonly clock: Clock;
  /** @default none: what was measured is gone with the process */
  readonly records?: MetricRecords | null | undefined;
}): CloudWatch {
  const store = createMetricStore(records);
  const json = jsonService(access, {
    signingName: "monitoring",
    targetPrefix: "GraniteServiceVersion20100801",
    version: "1.0",
    operations: {
      GetMetricData: operation("GetMetricData", getMetricData, (input) => readMetricData(store, input)),
      ListMetrics: operation("ListMetrics", listMetrics, (input) => readMetrics(store, input)),
      PutMetricData: operation("PutMetricData", putMetricData, (input) => {
        writeMetricData(store, input, clock.now());
        return {};
      }),
    },
  });
  const both = withQueryProtocol(json, cloudWatchQuery);
  return {
    record: (datum) => {
      store.record(datum);
    },
    service: {
      signingName: json.signingName,
      // The SDK compresses large PutMetricData requests.
      handle: (request) =>
        both.handle(
          request.headers["content-encoding"] === "gzip"
            ? { ...request, body: gunzipSync(request.body) }
            : request,
        ),
    },
  };
}

function readMetricData(store: MetricStore, input: z.infer<typeof getMetricData>): object {
  if (input.StartTime >= input.EndTime)
    throw invalid("The parameter StartTime must be less than the parameter EndTime.");
  const wanted = input.MetricDataQueries.filter(({ ReturnData }) => ReturnData).map((query) => {
    const { Metric, Period, Stat, Unit } = query.MetricStat;
    const points = store.points(metricName(Metric), {
      startSeconds: input.StartTime,
      endSeconds: input.EndTime,
      periodSeconds: Period,
      statistic: statisticOf(Stat),
      unit: Unit,
    });
    const label = query.Label ?? Metric.MetricName;
    return {
      id: query.Id,
      label,
      points: input.ScanBy === "TimestampAscending" ? points : points.toReversed(),
    };
  });
  return pageOf(wanted, Number(input.NextToken ?? 0), input.MaxDatapoints);
}

/** The points of all queries are one sequence, cut into pages; a token is the number of points before its page. */
function pageOf(
  wanted: readonly { readonly id: string; readonly label: string; readonly points: readonly Point[] }[],
  from: number,
  limit: number,
): object {
  const to = from + limit;
  let before = 0;
  const results = wanted.map(({ id, label, points }) => {
    const page = points.slice(Math.max(0, from - before), Math.max(0, to - before));
    before += points.length;
    return {
      Id: id,
      Label: label,
      Timestamps: page.map(({ timeSeconds }) => timeSeconds),
      Values: page.map(({ value }) => value),
      StatusCode: before > to ? "PartialData" : "Complete",
    };
  });
  return { MetricDataResults: results, Messages: [], ...(before > to ? { NextToken: String(to) } : {}) };
}

function readMetrics(store: MetricStore, input: z.infer<typeof listMetrics>): object {
  const found = store.list().filter(
    (metric) =>
      (input.Namespace ?? metric.namespace) === metric.namespace &&
      (input.MetricName ?? metric.name) === metric.name &&
      input.Dimensions.every(({ Name, Value }) => {
        const own = metric.dimensions[Name];
        return own !== undefined && (Value ?? own) === own;
      }),
  );
  const from = Number(input.NextToken ?? 0);
  const page = found.slice(from, from + LIST_PAGE).map((metric) => ({
    Namespace: metric.namespace,
    MetricName: metric.name,
    Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
  }));
  return {
    Metrics: page,
    ...(found.length > from + LIST_PAGE ? { NextToken: String(from + LIST_PAGE) } : {}),
  };
}

function writeMetricData(store: MetricStore, input: z.infer<typeof putMetricData>, nowMs: number): void {
  for (const datum of input.MetricData) {
    const metric = { ...metricName({ ...datum, Namespace: input.Namespace }), unit: datum.Unit };
    const timeMs = datum.Timestamp === undefined ? nowMs : datum.Timestamp * 1000;
    const { StatisticValues: sums, Value, Values = [], Counts } = datum;
    if (sums !== undefined) {
      const statistics = {
        sum: sums.Sum,
        count: sums.SampleCount,
        minimum: sums.Minimum,
        maximum: sums.Maximum,
      };
      store.record({ ...metric, timeMs, statistics });
    } else if (Value !== undefined) {
      store.record({ ...metric, timeMs, value: Value });
    } else if (Values.length === 0) {
      throw invalid(`The metric ${datum.MetricName} has no Value, Values or StatisticValues.`);
    }
    Values.forEach((value, index) => {
      store.record({ ...metric, timeMs, value, count: Counts?.[index] ?? 1 });
    });
  }
}

function metricName(metric: {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: Readonly<Record<string, string>>;
}): MetricName {
  return { namespace: metric.Namespace, name: metric.MetricName, dimensions: metric.Dimensions };
}
