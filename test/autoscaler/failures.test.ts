/** What goes wrong around a tick, over real SDK clients and real HTTP: it costs the pools that it meets, and no other. */
import { PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { ACTIVITY_DIMENSION, OWN_METRICS } from "../../autoscaler/metrics";
import { type AutoscalerSettings, METRICS_NAMESPACE } from "../../autoscaler/settings";
import { startCloud, type TestCloud } from "./cloud";
import { activity, service, settingsOf, tickAt } from "./tick-once";

let cloud: TestCloud;
const NOW_MS = Date.UTC(2026, 10, 20, 12, 0, 1);
const MINUTE_MS = 60_000;
const throttled = { code: "ThrottlingException", status: 400 };

beforeEach(async () => {
  cloud = await startCloud(() => NOW_MS);
});
afterEach(() => cloud.close());

const counts = (): readonly number[] => [...cloud.services.values()].map(({ desiredCount }) => desiredCount);

/** Pools at zero for each of which two tasks have just come. */
function poolsInNeed(count: number): AutoscalerSettings {
  for (let index = 0; index < count; index++) {
    cloud.services.set(service(index), { desiredCount: 0, runningCount: 0 });
    cloud.record(activity(index), "ActivitiesScheduled", 2, NOW_MS - 90_000);
  }
  return settingsOf(count);
}

test("of 200 pools those that something is wrong with are named, and all others are scaled", async () => {
  const settings = poolsInNeed(200);
  // One can't be updated, one is gone, one is being deleted; a call for ten services and one for the metrics of several pools fail.
  cloud.services.set(service(3), { desiredCount: 0, runningCount: 0, fails: true });
  cloud.services.delete(service(25));
  cloud.services.set(service(41), { desiredCount: 0, runningCount: 0, status: "DRAINING" });
  cloud.refusal = (operation, body) => {
    const isMet =
      (operation === "DescribeServices" && body.includes(`${service(110)}"`)) ||
      (operation === "GetMetricData" &&
        body.includes("ActivitiesStarted") &&
        body.includes(`${activity(199)}"`));
    return isMet ? { code: "AccessDeniedException", status: 400 } : null;
  };
  const { lines, error } = await tickAt(cloud, settings, NOW_MS);
  const named = [...new Set((error ?? "").match(/function\d+/g))];
  const left = settings.pools.filter(({ function: name }) => !named.includes(name));
  expect(named).toEqual(
    expect.arrayContaining(["function3", "function25", "function41", "function110", "function199"]),
  );
  expect(left.length).toBeGreaterThan(80);
  for (const { serviceArn } of left)
    expect(cloud.services.get(serviceArn)?.desiredCount).toBeGreaterThanOrEqual(2);
  for (const name of named) {
    const pool = settings.pools.find((each) => each.function === name);
    expect(cloud.services.get(pool?.serviceArn ?? "")?.desiredCount ?? 0).toBe(0);
  }
  expect(lines.filter(({ event }) => event !== "ticked")).toHaveLength(200);
  expect(lines.at(-1)).toMatchObject({ FailedUpdates: 1, UnknownPools: named.length - 1 });
});

describe("when CloudWatch throttles,", () => {
  test("a call that is served at last counts", async () => {
    let left = 2;
    cloud.refusal = (operation) => (operation === "GetMetricData" && left-- > 0 ? throttled : null);
    expect((await tickAt(cloud, poolsInNeed(1), NOW_MS)).error).toBeNull();
    expect(counts()[0]).toBeGreaterThanOrEqual(2);
  });

  test("workers stay, and the tick says why", async () => {
    const settings = poolsInNeed(1);
    cloud.services.set(service(0), { desiredCount: 3, runningCount: 3 });
    cloud.refusal = (operation) => (operation === "GetMetricData" ? throttled : null);
    const { lines, error } = await tickAt(cloud, settings, NOW_MS);
    expect(error).toMatch(/^function0: the metrics are unknown: ThrottlingException/);
    expect(lines[0]).toMatchObject({ event: "held", desired: 3, backlog: null });
    expect(counts()).toEqual([3]);
  });

  test("the pools are scaled although what the next ticks read can't be published", async () => {
    cloud.refusal = (operation) => (operation === "PutMetricData" ? throttled : null);
    const { error } = await tickAt(cloud, poolsInNeed(1), NOW_MS);
    expect(error).toMatch(/^what the next ticks must know was not published: ThrottlingException/);
    expect(counts()[0]).toBeGreaterThanOrEqual(2);
  });
});

describe("when ECS", () => {
  test("does not say how many workers there are, nothing is changed", async () => {
    const settings = poolsInNeed(2);
    cloud.refusal = (operation) => (operation === "DescribeServices" ? throttled : null);
    const { error } = await tickAt(cloud, settings, NOW_MS);
    expect(error).toMatch(
      /^function0: the service is unknown: ThrottlingException.*; function1: the service/,
    );
    expect(counts()).toEqual([0, 0]);
    expect(cloud.calls).toEqual([]);
  });

  test("refuses one update for good, it is asked once, and the next tick tries again", async () => {
    const settings = poolsInNeed(1);
    cloud.services.set(service(0), { desiredCount: 0, runningCount: 0, fails: true });
    const failed = await tickAt(cloud, settings, NOW_MS);
    expect(cloud.calls.filter((call) => call.startsWith("UpdateService"))).toHaveLength(1);
    expect(failed.lines[0]).toMatchObject({ event: "updateFailed", from: 0 });
    cloud.services.set(service(0), { desiredCount: 0, runningCount: 0 });
    expect((await tickAt(cloud, settings, NOW_MS + MINUTE_MS)).error).toBeNull();
    expect(counts()[0]).toBeGreaterThanOrEqual(2);
  });
});

/** Thirty tasks a minute, of a minute each, for an hour and a half; what `isVisible` by its minutes before now. */
async function busyPool(isVisible: (minutesAgo: number) => boolean): Promise<AutoscalerSettings> {
  const settings = settingsOf(1);
  for (let minutesAgo = 90; minutesAgo > 0; minutesAgo--) {
    if (!isVisible(minutesAgo)) continue;
    const at = NOW_MS - 1000 - minutesAgo * MINUTE_MS + MINUTE_MS / 2;
    for (let task = 0; task < 30; task++) {
      cloud.record(activity(0), "ActivitiesScheduled", 1, at);
      cloud.record(activity(0), "ActivitiesStarted", 1, at);
      cloud.record(activity(0), "ActivityScheduleTime", 100, at);
      if (minutesAgo < 90) cloud.record(activity(0), "ActivityRunTime", 60_000, at);
    }
  }
  cloud.services.set(service(0), { desiredCount: 38, runningCount: 38 });
  // The ticks of that time have left their counts.
  await cloud.clients.cloudWatch.send(
    new PutMetricDataCommand({
      Namespace: METRICS_NAMESPACE,
      MetricData: Array.from({ length: 90 }, (_, index) => NOW_MS - (index + 1) * MINUTE_MS).flatMap((atMs) =>
        Object.values(OWN_METRICS).map((MetricName) => ({
          MetricName,
          Dimensions: [{ Name: ACTIVITY_DIMENSION, Value: activity(0) }],
          Timestamp: new Date(atMs),
          Value: 38,
        })),
      ),
    }),
  );
  return { ...settings, pools: settings.pools.map((pool) => ({ ...pool, maxWorkers: 100 })) };
}

test.each<[string, (minutesAgo: number) => boolean, number]>([
  ["come as they should", (ago) => ago > 1, 0],
  ["are three minutes late", (ago) => ago > 4, 0],
  ["lack ten minutes", (ago) => ago > 13 || (ago <= 3 && ago > 1), 0],
  ["lack all that is newer than ten minutes", (ago) => ago > 10, 0],
  ["are read by a clock that is 90 s ahead", (ago) => ago > 1, 90_000],
  ["are read by a clock that is 90 s behind", (ago) => ago > 1, -90_000],
])("a busy pool keeps the workers that it needs while its metrics %s", async (_what, isVisible, aheadMs) => {
  const { error } = await tickAt(cloud, await busyPool(isVisible), NOW_MS + aheadMs);
  expect(error).toBeNull();
  expect(counts()[0]).toBeGreaterThanOrEqual(30);
  expect(counts()[0]).toBeLessThanOrEqual(60);
});
