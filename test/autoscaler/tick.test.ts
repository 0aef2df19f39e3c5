/** Whole ticks, over real SDK clients and real HTTP, by a clock that the test turns. */
import type { AutoscalerSettings } from "../../autoscaler/settings";
import { tick } from "../../autoscaler/tick";
import { jsonService, ServiceError } from "../../local/cloud/service";
import { CLUSTER, startCloud, type TestCloud } from "./cloud";

let cloud: TestCloud;
let nowMs = Date.UTC(2026, 10, 20, 12, 0, 30);

function settingsOf(count: number, minuteSeconds = 60): AutoscalerSettings {
  const pools = Array.from({ length: count }, (_, index) => ({
    function: `function${String(index)}`,
    activityArn: activity(index),
    serviceArn: service(index),
    slots: 1,
    minWorkers: 0,
    maxWorkers: 8,
  }));
  return { clusterArn: CLUSTER, minuteSeconds, pools };
}

const activity = (index: number): string =>
  `arn:aws:states:eu-west-1:123456789012:activity:a${String(index)}`;
const service = (index: number): string =>
  `arn:aws:ecs:eu-west-1:123456789012:service/loveless/s${String(index)}`;

/** The lines that were logged, and the error that it ended with. */
async function tickOnce(settings: AutoscalerSettings) {
  const lines: Record<string, unknown>[] = [];
  cloud.calls.length = 0;
  const error = await tick(cloud.clients, settings, {
    now: () => nowMs,
    log: (event, fields) => lines.push({ event, ...fields }),
    signal: AbortSignal.timeout(10_000),
  }).then(
    () => null,
    (reason: unknown) => (reason as Error).message,
  );
  return { lines, error };
}

afterEach(() => cloud.close());

test("of 25 pools only the one with a backlog is updated, after one read of metrics and services in tens", async () => {
  cloud = await startCloud(() => nowMs);
  for (let index = 0; index < 25; index++)
    cloud.services.set(service(index), { desiredCount: 0, runningCount: 0 });
  cloud.record(activity(7), "ActivitiesScheduled", 5, nowMs - 1000);
  const { lines, error } = await tickOnce(settingsOf(25));
  expect(error).toBeNull();
  expect(cloud.calls.toSorted()).toEqual([
    "DescribeServices 10",
    "DescribeServices 10",
    "DescribeServices 5",
    "GetMetricData",
    "PutMetricData",
    `UpdateService ${service(7)} 5`,
  ]);
  expect(cloud.services.get(service(7))?.desiredCount).toBe(5);
  expect(lines).toHaveLength(25);
  expect(lines[7]).toEqual({
    event: "scaledOut",
    activity: activity(7),
    pool: "function7",
    from: 0,
    desired: 5,
    reason: "5 workers for 5 waiting and 0 running",
    backlog: 5,
    inFlight: 0,
    needed: 5,
    running: 0,
    pending: 0,
  });
  expect(lines[8]).toMatchObject({ event: "held", pool: "function8", desired: 0, needed: 0 });
});

test.each([60, 5])(
  "with a minute of %d seconds a pool goes from zero to its tasks and back within three ticks of their end",
  async (minuteSeconds) => {
    cloud = await startCloud(() => nowMs);
    const pool = { desiredCount: 0, runningCount: 0 };
    cloud.services.set(service(0), pool);
    const settings = settingsOf(1, minuteSeconds);
    const counts: number[] = [];
    const pass = async () => {
      nowMs += minuteSeconds * 1000;
      pool.runningCount = pool.desiredCount;
      expect((await tickOnce(settings)).error).toBeNull();
      counts.push(pool.desiredCount);
    };
    const record = (name: string, value: number) => {
      cloud.record(activity(0), name, value, nowMs + minuteSeconds * 500);
    };
    await pass();
    record("ActivitiesScheduled", 4);
    await pass();
    record("ActivitiesStarted", 4);
    await pass();
    record("ActivitiesSucceeded", 1);
    record("ActivitiesFailed", 1);
    record("ActivitiesTimedOut", 1);
    record("ActivitiesHeartbeatTimedOut", 1);
    await pass();
    await pass();
    await pass();
    expect(counts).toEqual([0, 4, 4, 4, 4, 0]);
  },
);

test("a pool that can't be updated stops no other, and the tick fails by its name", async () => {
  cloud = await startCloud(() => nowMs);
  cloud.services.set(service(0), { desiredCount: 0, runningCount: 0, fails: true });
  cloud.services.set(service(1), { desiredCount: 0, runningCount: 0 });
  for (const index of [0, 1]) cloud.record(activity(index), "ActivitiesScheduled", 2, nowMs - 1000);
  const { lines, error } = await tickOnce(settingsOf(2));
  expect(error).toBe("function0 was not updated: ServiceNotActiveException: Service was not ACTIVE.");
  expect(lines.map(({ event }) => event)).toEqual(["updateFailed", "scaledOut"]);
  expect(cloud.services.get(service(1))?.desiredCount).toBe(2);
});

test("a service that is missing or no longer active is left alone, and named", async () => {
  cloud = await startCloud(() => nowMs);
  cloud.services.set(service(0), { desiredCount: 3, runningCount: 3, status: "DRAINING" });
  const { error } = await tickOnce(settingsOf(2));
  expect(error).toBe(
    "function0: the service is unknown: its status is DRAINING; function1: the service is unknown: ECS says MISSING",
  );
  expect(cloud.calls.filter((call) => call.startsWith("UpdateService"))).toEqual([]);
});

test("without pools nobody is asked", async () => {
  cloud = await startCloud(() => nowMs);
  expect(await tickOnce(settingsOf(0))).toEqual({ lines: [], error: null });
  expect(cloud.calls).toEqual([]);
});

describe("when CloudWatch answers", () => {
  interface Query {
    readonly Id: string;
  }
  const zeroNeeded = (id: string) =>
    id.startsWith("needed") ? { Timestamps: [nowMs / 1000 - 60 - ((nowMs / 1000) % 60)], Values: [0] } : {};

  /** A CloudWatch whose answers to GetMetricData are the test's own. */
  async function startWith(answer: (queries: readonly Query[], token: unknown) => object) {
    cloud = await startCloud(
      () => nowMs,
      (access) =>
        jsonService(access, {
          signingName: "monitoring",
          targetPrefix: "GraniteServiceVersion20100801",
          version: "1.0",
          operations: {
            GetMetricData: {
              needs: () => [],
              run: (input) => answer(input["MetricDataQueries"] as Query[], input["NextToken"]),
            },
            PutMetricData: { needs: () => [], run: () => ({}) },
          },
        }),
    );
    cloud.services.set(service(0), { desiredCount: 3, runningCount: 3 });
    return (await tickOnce(settingsOf(1))).error;
  }

  test("in full and without points, workers go", async () => {
    const error = await startWith((queries) => ({
      MetricDataResults: queries.map(({ Id }) => ({ Id, StatusCode: "Complete", ...zeroNeeded(Id) })),
    }));
    expect(error).toBeNull();
    expect(cloud.services.get(service(0))?.desiredCount).toBe(0);
  });

  test("in part, workers stay", async () => {
    const error = await startWith((queries) => ({
      MetricDataResults: queries.map(({ Id }) => ({
        Id,
        StatusCode: Id.startsWith("started") ? "PartialData" : "Complete",
        ...zeroNeeded(Id),
      })),
    }));
    expect(error).toBe("function0: the metrics are unknown: the answer for ActivitiesStarted is PartialData");
    expect(cloud.services.get(service(0))?.desiredCount).toBe(3);
  });

  test("without one of the metrics, workers stay", async () => {
    const error = await startWith((queries) => ({
      MetricDataResults: queries
        .slice(1)
        .map(({ Id }) => ({ Id, StatusCode: "Complete", ...zeroNeeded(Id) })),
    }));
    expect(error).toBe("function0: the metrics are unknown: the answer for ActivitiesScheduled is absent");
    expect(cloud.services.get(service(0))?.desiredCount).toBe(3);
  });

  test("with an error, workers stay", async () => {
    const error = await startWith(() => {
      throw new ServiceError("AccessDenied", "not you");
    });
    expect(error).toMatch(/^function0: the metrics are unknown: AccessDenied/);
    expect(cloud.services.get(service(0))?.desiredCount).toBe(3);
  });

  test("on several pages, all of them count", async () => {
    const error = await startWith((queries, token) => ({
      MetricDataResults: queries.map(({ Id }) =>
        Id.startsWith("scheduled")
          ? {
              Id,
              StatusCode: token === undefined ? "PartialData" : "Complete",
              Timestamps: [Math.floor(nowMs / 60_000) * 60 - (token === undefined ? 60 : 0)],
              Values: [3],
            }
          : { Id, StatusCode: "Complete" },
      ),
      ...(token === undefined ? { NextToken: "more" } : {}),
    }));
    expect(error).toBeNull();
    expect(cloud.services.get(service(0))?.desiredCount).toBe(6);
  });
});
