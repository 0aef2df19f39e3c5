import {
  CloudWatchClient,
  GetMetricDataCommand,
  ListMetricsCommand,
  PutMetricDataCommand,
  type MetricDataQuery,
} from "@aws-sdk/client-cloudwatch";
import { systemClock } from "../../../local/cloud/clock";
import { createCloudWatch, type CloudWatch } from "../../../local/cloud/metrics/cloudwatch";
import { openLoopback, type Loopback } from "./loopback";

const ActivityArn = "arn:aws:states:eu-west-1:123456789012:activity:detect";
/** A full minute. */
const T0 = 1_790_000_040;

let loopback: Loopback;
let local: CloudWatch;
let cloudWatch: CloudWatchClient;

beforeAll(async () => {
  loopback = await openLoopback((access) => {
    local = createCloudWatch({ access, clock: systemClock });
    return [local.service];
  });
  cloudWatch = new CloudWatchClient(loopback.client);
});

afterAll(async () => {
  cloudWatch.destroy();
  await loopback.close();
});

function measure(name: string, second: number, value: number): void {
  const dimensions = { ActivityArn };
  local.record({
    namespace: "AWS/States",
    name,
    dimensions,
    value,
    unit: "Count",
    timeMs: (T0 + second) * 1000,
  });
}

function query(MetricName: string, Stat: string, Period: number, Id = "m"): MetricDataQuery {
  const Dimensions = [{ Name: "ActivityArn", Value: ActivityArn }];
  return { Id, MetricStat: { Metric: { Namespace: "AWS/States", MetricName, Dimensions }, Period, Stat } };
}

async function read(from: number, to: number, ...MetricDataQueries: MetricDataQuery[]) {
  const answer = await cloudWatch.send(
    new GetMetricDataCommand({
      StartTime: new Date((T0 + from) * 1000),
      EndTime: new Date((T0 + to) * 1000),
      ScanBy: "TimestampAscending",
      MetricDataQueries,
    }),
  );
  return (answer.MetricDataResults ?? []).map(({ Timestamps, Values, StatusCode }) => ({
    seconds: Timestamps?.map((time) => time.getTime() / 1000 - T0),
    values: Values,
    status: StatusCode,
  }));
}

describe("GetMetricData", () => {
  beforeAll(() => {
    for (const [second, value] of [
      [0, 1],
      [1, 2],
      [4.9, 3],
      [5, 10],
      [61, 4],
    ] as const)
      measure("ActivityTime", second, value);
  });

  test.each([
    ["Sum", [6, 10, 4]],
    ["Average", [2, 10, 4]],
    ["Minimum", [1, 10, 4]],
    ["Maximum", [3, 10, 4]],
    ["SampleCount", [3, 1, 1]],
    ["p50", [2, 10, 4]],
    ["p99.9", [3, 10, 4]],
  ])(
    "%s is of the measurements of each period, and a period without any has no point",
    async (stat, values) => {
      const [result] = await read(0, 120, query("ActivityTime", stat, 5));
      expect(result).toEqual({ seconds: [0, 5, 60], values, status: "Complete" });
    },
  );

  test("periods of any length start at a multiple of it", async () => {
    expect(await read(0, 120, query("ActivityTime", "Sum", 1))).toEqual([
      { seconds: [0, 1, 4, 5, 61], values: [1, 2, 3, 10, 4], status: "Complete" },
    ]);
    expect((await read(0, 120, query("ActivityTime", "Sum", 60)))[0]?.values).toEqual([16, 4]);
  });

  test("the start is rounded down to a period, and the end is not included", async () => {
    expect((await read(3, 61, query("ActivityTime", "Sum", 5)))[0]?.seconds).toEqual([0, 5]);
  });

  test("a metric that nobody recorded is complete and empty", async () => {
    expect(await read(0, 60, query("ActivitiesTimedOut", "Sum", 5))).toEqual([
      { seconds: [], values: [], status: "Complete" },
    ]);
  });

  test("the newest point is first unless asked otherwise", async () => {
    const answer = await cloudWatch.send(
      new GetMetricDataCommand({
        StartTime: new Date(T0 * 1000),
        EndTime: new Date((T0 + 120) * 1000),
        MetricDataQueries: [query("ActivityTime", "Sum", 60)],
      }),
    );
    expect(answer.MetricDataResults?.[0]?.Values).toEqual([4, 16]);
  });

  test("pages together hold every point of every query once", async () => {
    const found: Record<string, number[]> = { a: [], b: [] };
    let NextToken: string | undefined;
    let pages = 0;
    do {
      const page = await cloudWatch.send(
        new GetMetricDataCommand({
          StartTime: new Date(T0 * 1000),
          EndTime: new Date((T0 + 120) * 1000),
          ScanBy: "TimestampAscending",
          MaxDatapoints: 2,
          MetricDataQueries: [query("ActivityTime", "Sum", 1, "a"), query("ActivityTime", "Sum", 5, "b")],
          NextToken,
        }),
      );
      for (const { Id = "", Values = [] } of page.MetricDataResults ?? []) found[Id]?.push(...Values);
      NextToken = page.NextToken;
      pages += 1;
    } while (NextToken !== undefined && pages < 10);
    expect(found).toEqual({ a: [1, 2, 3, 10, 4], b: [6, 10, 4] });
    expect(pages).toBe(4);
  });

  test.each([
    ["metric math", { Id: "m", Expression: "a + b" }, "no metric math"],
    ["an unknown statistic", query("ActivityTime", "Median", 5), "Median"],
    ["a period of no seconds", query("ActivityTime", "Sum", 0), "Period"],
  ])("%s is refused with a sentence", async (_name, wrong, word) => {
    await expect(read(0, 60, wrong)).rejects.toThrow(word);
    await expect(read(0, 60, wrong)).rejects.toMatchObject({ name: "ValidationException" });
  });
});

describe("PutMetricData", () => {
  const Namespace = "Loveless";
  const Metric = { Namespace, MetricName: "Desired", Dimensions: [{ Name: "Pool", Value: "detect" }] };

  async function sums(Stat: string, Period = 60): Promise<number[] | undefined> {
    const answer = await cloudWatch.send(
      new GetMetricDataCommand({
        StartTime: new Date(T0 * 1000),
        EndTime: new Date((T0 + 60) * 1000),
        MetricDataQueries: [{ Id: "m", MetricStat: { Metric, Period, Stat } }],
      }),
    );
    return answer.MetricDataResults?.[0]?.Values;
  }

  test("what was put is read back: values, values with counts, and statistics", async () => {
    const datum = {
      MetricName: Metric.MetricName,
      Dimensions: Metric.Dimensions,
      Timestamp: new Date(T0 * 1000),
    };
    await cloudWatch.send(
      new PutMetricDataCommand({
        Namespace,
        MetricData: [
          { ...datum, Value: 3 },
          { ...datum, Values: [5, 7], Counts: [2, 1] },
          { ...datum, StatisticValues: { SampleCount: 2, Sum: 20, Minimum: 9, Maximum: 11 } },
        ],
      }),
    );
    expect(await sums("Sum")).toEqual([40]);
    expect(await sums("SampleCount")).toEqual([6]);
    expect(await sums("Maximum")).toEqual([11]);
  });

  test("a request so large that the SDK compresses it is understood", async () => {
    const MetricData = Array.from({ length: 300 }, (_, n) => ({
      MetricName: "Many",
      Dimensions: [{ Name: "N", Value: String(n) }],
      Value: n,
    }));
    await cloudWatch.send(new PutMetricDataCommand({ Namespace: "Large", MetricData }));
    const listed = await cloudWatch.send(new ListMetricsCommand({ Namespace: "Large" }));
    expect(listed.Metrics).toHaveLength(300);
  });
});

test("ListMetrics finds by namespace, name and dimension", async () => {
  measure("ActivitiesStarted", 0, 1);
  const found = await cloudWatch.send(
    new ListMetricsCommand({
      Namespace: "AWS/States",
      Dimensions: [{ Name: "ActivityArn" }],
      MetricName: "ActivitiesStarted",
    }),
  );
  const Dimensions = [{ Name: "ActivityArn", Value: ActivityArn }];
  expect(found.Metrics).toEqual([{ Namespace: "AWS/States", MetricName: "ActivitiesStarted", Dimensions }]);
});

test("reads and writes are recorded as IAM knows them, on any resource", () => {
  const rights = loopback.access.records().map(({ action, resource }) => `${action} ${resource}`);
  expect(rights.sort()).toEqual([
    "cloudwatch:GetMetricData *",
    "cloudwatch:ListMetrics *",
    "cloudwatch:PutMetricData *",
  ]);
});
