/** Whole ticks, over real SDK clients and real HTTP, by a clock that the test turns. */
import type { AutoscalerSettings } from "../../autoscaler/settings";
import { MARK_TAG, writeMark } from "../../autoscaler/mark";
import { readRecord } from "../../autoscaler/plan-record";
import { plan } from "../../autoscaler/plan";
import { jsonService, ServiceError } from "../../local/cloud/service";
import { type FakeService, startCloud, type TestCloud } from "./cloud";
import { activity, service, settingsOf, tickAt } from "./tick-once";

let cloud: TestCloud;
let nowMs = Date.UTC(2026, 10, 20, 12, 0, 30);

const tickOnce = (settings: AutoscalerSettings) => tickAt(cloud, settings, nowMs);

afterEach(() => cloud.close());

/** Without those that only say that the tick is over. */
const decisionsOf = (lines: readonly Record<string, unknown>[]) =>
  lines.filter(({ event }) => event !== "ticked");

test("of 25 sleeping pools only the one with a backlog is asked for everything, and updated", async () => {
  cloud = await startCloud(() => nowMs);
  for (let index = 0; index < 25; index++)
    cloud.services.set(service(index), { desiredCount: 0, runningCount: 0 });
  cloud.record(activity(7), "ActivitiesScheduled", 1, nowMs - 1000);
  const { lines, error } = await tickOnce(settingsOf(25));
  expect(error).toBeNull();
  expect(cloud.calls.toSorted()).toEqual([
    "DescribeServices 10",
    "DescribeServices 10",
    "DescribeServices 5",
    "GetMetricData 25",
    "GetMetricData 7",
    "PutMetricData",
    `UpdateService ${service(7)} 1`,
  ]);
  expect(cloud.services.get(service(7))?.desiredCount).toBe(1);
  expect(decisionsOf(lines)).toHaveLength(25);
  expect(lines[7]).toMatchObject({
    event: "scaledOut",
    activity: activity(7),
    pool: "function7",
    from: 0,
    desired: 1,
    reason: "1 worker for 1 waiting and 0 running",
    backlog: 1,
    inFlight: 0,
    needed: 1,
    running: 0,
    pending: 0,
    ActivityArn: activity(7),
    Backlog: 1,
    NeededWorkers: 1,
  });
  expect(lines[8]).toMatchObject({ event: "held", pool: "function8", desired: 0, needed: 0 });
  expect(lines[8]).not.toHaveProperty("_aws");
  expect(lines.at(-1)).toMatchObject({
    event: "ticked",
    pools: 25,
    Holds: 0,
    UnknownPools: 0,
    FailedUpdates: 0,
  });
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
    const record = (name: string, values: readonly number[]) => {
      for (const value of values) cloud.record(activity(0), name, value, nowMs + minuteSeconds * 500);
    };
    await pass();
    record("ActivitiesScheduled", [4]);
    await pass();
    record("ActivitiesStarted", [4]);
    record("ActivityScheduleTime", [30_000, 30_000, 30_000, 30_000]);
    await pass();
    record("ActivityRunTime", [1000, 2000, 1000, 2000]);
    for (let ticks = 0; ticks < 4; ticks++) await pass();
    expect(counts[0]).toBe(0);
    expect(counts[1]).toBeGreaterThanOrEqual(4);
    expect(counts.slice(-2)).toEqual([0, 0]);
  },
);

test("a dry run decides and changes nothing", async () => {
  cloud = await startCloud(() => nowMs);
  cloud.services.set(service(0), { desiredCount: 0, runningCount: 0 });
  cloud.record(activity(0), "ActivitiesScheduled", 2, nowMs - 1000);
  const { lines, error } = await tickOnce({ ...settingsOf(1), dryRun: true });
  expect(error).toBeNull();
  expect(lines[0]).toMatchObject({ event: "scaledOut" });
  expect(cloud.calls.filter((call) => call.startsWith("UpdateService"))).toEqual([]);
});

test("what is throttled is tried again within the tick", async () => {
  cloud = await startCloud(() => nowMs);
  cloud.services.set(service(0), { desiredCount: 0, runningCount: 0, throttles: 4 });
  cloud.record(activity(0), "ActivitiesScheduled", 1, nowMs - 1000);
  const { error } = await tickOnce(settingsOf(1));
  expect(error).toBeNull();
  expect(cloud.services.get(service(0))?.desiredCount).toBe(1);
});

test("the mark of the fast signal on a service counts until the metrics show what it says", async () => {
  cloud = await startCloud(() => nowMs);
  const mark = writeMark({ signalled: [{ atMs: nowMs - 5000, tasks: 3 }], deliveries: [] });
  cloud.services.set(service(0), {
    desiredCount: 0,
    runningCount: 0,
    tags: [{ key: MARK_TAG, value: mark }],
  });
  const { error } = await tickOnce({ ...settingsOf(1), fastSignal: true });
  expect(error).toBeNull();
  expect(cloud.services.get(service(0))?.desiredCount).toBeGreaterThanOrEqual(3);
});

test("the logged observation gives the same decision again", async () => {
  cloud = await startCloud(() => nowMs);
  cloud.services.set(service(0), { desiredCount: 2, runningCount: 2 });
  cloud.record(activity(0), "ActivitiesScheduled", 5, nowMs - 150_000);
  const { lines } = await tickOnce({ ...settingsOf(1), logObservations: true });
  const observed = lines.find(({ event }) => event === "observed");
  const record = readRecord(JSON.parse(JSON.stringify(observed)));
  const [decision] = plan(record.observation, record.settings, record.nowMs);
  expect(decisionsOf(lines)[1]).toMatchObject({ desired: decision?.desired, reason: decision?.reason });
});

test("a pool that can't be updated stops no other, and the tick fails by its name", async () => {
  cloud = await startCloud(() => nowMs);
  cloud.services.set(service(0), { desiredCount: 0, runningCount: 0, fails: true });
  cloud.services.set(service(1), { desiredCount: 0, runningCount: 0 });
  for (const index of [0, 1]) cloud.record(activity(index), "ActivitiesScheduled", 2, nowMs - 1000);
  const { lines, error } = await tickOnce(settingsOf(2));
  expect(error).toBe("function0 was not updated: ServiceNotActiveException: Service was not ACTIVE.");
  expect(lines.map(({ event }) => event)).toEqual(["updateFailed", "scaledOut", "ticked"]);
  expect(cloud.services.get(service(1))?.desiredCount).toBe(2);
});

describe("with a canary", () => {
  const settings = { ...settingsOf(1), canaryMinutes: 30 };
  const deployment = (more: object = {}) => ({
    status: "PRIMARY",
    createdAt: nowMs / 1000,
    rolloutState: "COMPLETED",
    failedTasks: 0,
    ...more,
  });
  /** A minute later, with the workers that are desired. */
  async function minuteLater(pool: FakeService) {
    nowMs += 60_000;
    pool.runningCount = pool.desiredCount;
    const { error, lines } = await tickOnce(settings);
    expect(error).toBeNull();
    return { desired: pool.desiredCount, reason: lines[0]?.["reason"] };
  }

  test("a new deployment of a sleeping pool is tried by one worker, once, which goes when it has run", async () => {
    cloud = await startCloud(() => nowMs);
    const pool: FakeService = { desiredCount: 0, runningCount: 0, deployments: [deployment()] };
    cloud.services.set(service(0), pool);
    const counts: number[] = [];
    for (let minute = 0; minute < 12; minute++) counts.push((await minuteLater(pool)).desired);
    expect(counts[0]).toBe(1);
    expect(counts.lastIndexOf(1)).toBeLessThanOrEqual(5);
    expect(counts.slice(6)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("a new deployment that fails is told by a metric of its activity", async () => {
    cloud = await startCloud(() => nowMs);
    const failed = deployment({ rolloutState: "FAILED", failedTasks: 3 });
    cloud.services.set(service(0), { desiredCount: 1, runningCount: 0, deployments: [failed] });
    const { lines } = await tickOnce(settings);
    expect(lines[0]).toMatchObject({ event: "held", DeploymentFailed: 1, ActivityArn: activity(0) });
    expect(lines[0]?.["reason"]).toMatch(/^the newest deployment failed/);
  });

  test("the deployment that others replace does not count", async () => {
    cloud = await startCloud(() => nowMs);
    const old = deployment({ createdAt: nowMs / 1000 - 86_400 });
    const leaving = deployment({ status: "ACTIVE" });
    cloud.services.set(service(0), { desiredCount: 0, runningCount: 0, deployments: [leaving, old] });
    expect((await tickOnce(settings)).lines[0]).toMatchObject({ event: "held", desired: 0 });
  });
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
      MetricDataResults: queries.map(({ Id }) => ({ Id, StatusCode: "Complete" })),
    }));
    expect(error).toBeNull();
    expect(cloud.services.get(service(0))?.desiredCount).toBe(0);
  });

  test("in part, workers stay", async () => {
    const error = await startWith((queries) => ({
      MetricDataResults: queries.map(({ Id }) => ({
        Id,
        StatusCode: Id.startsWith("started") ? "PartialData" : "Complete",
      })),
    }));
    expect(error).toBe("function0: the metrics are unknown: the answer for ActivitiesStarted is PartialData");
    expect(cloud.services.get(service(0))?.desiredCount).toBe(3);
  });

  test("without one of the metrics, workers stay", async () => {
    const error = await startWith((queries) => ({
      MetricDataResults: queries.slice(1).map(({ Id }) => ({ Id, StatusCode: "Complete" })),
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
    expect(cloud.services.get(service(0))?.desiredCount).toBeGreaterThanOrEqual(5);
  });

  test("in any order, each point counts for its bin", async () => {
    const minute = Math.floor(nowMs / 60_000) * 60;
    const counts: unknown[] = [];
    for (const order of [1, -1]) {
      const points = (
        [
          [minute - 60, 5],
          [minute, 1],
        ] as const
      ).toSorted(([a], [b]) => order * (a - b));
      const error = await startWith((queries) => ({
        MetricDataResults: queries.map(({ Id }) => ({
          Id,
          StatusCode: "Complete",
          ...(/^(scheduled|started)/.test(Id)
            ? { Timestamps: points.map(([time]) => time), Values: points.map(([, value]) => value) }
            : {}),
        })),
      }));
      expect(error).toBeNull();
      counts.push(cloud.services.get(service(0))?.desiredCount);
      if (order === 1) await cloud.close();
    }
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts[1]).toBe(counts[0]);
  });
});
