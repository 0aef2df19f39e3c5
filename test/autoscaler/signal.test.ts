/** The fast signal: what CloudWatch Logs delivers wakes a pool, and leaves a mark that ticks respect. */
import { gzipSync } from "node:zlib";
import { addToMark, NO_MARK, parseMark, writeMark } from "../../autoscaler/mark";
import type { AutoscalerSettings } from "../../autoscaler/settings";
import { receive } from "../../autoscaler/signal";
import { tick } from "../../autoscaler/tick";
import { CLUSTER, startCloud, type TestCloud } from "./cloud";

const ACTIVITY = "arn:aws:states:eu-west-1:123456789012:activity:detect";
const SERVICE = "arn:aws:ecs:eu-west-1:123456789012:service/loveless/detect";
const SETTINGS: AutoscalerSettings = {
  clusterArn: CLUSTER,
  minuteSeconds: 60,
  fastSignal: true,
  dryRun: false,
  logObservations: false,
  canaryMinutes: 0,
  pools: [
    {
      function: "detect",
      activityArn: ACTIVITY,
      serviceArn: SERVICE,
      slots: 2,
      minWorkers: 0,
      maxWorkers: 50,
      profile: "balanced",
    },
  ],
};

let cloud: TestCloud;
let nowMs = Date.UTC(2026, 10, 20, 12, 0, 30);
const lines: Record<string, unknown>[] = [];

beforeEach(async () => {
  cloud = await startCloud(() => nowMs);
  lines.length = 0;
});
afterEach(() => cloud.close());

const options = () => ({
  now: () => nowMs,
  log: (event: string, fields: object) => lines.push({ event, ...fields }),
  signal: AbortSignal.timeout(10_000),
});

/** As AWS sends it: records of the state machine's log, some of which say that a task was scheduled. */
function delivery(count: number, { from = 0, details = { resource: ACTIVITY } as object } = {}): string {
  const message = (type: string, index: number) =>
    JSON.stringify({
      id: String(index),
      type,
      details,
      execution_arn: "arn:aws:states:eu-west-1:123456789012:execution:catalogue:1",
      event_timestamp: String(nowMs - 2000),
    });
  const logEvents = Array.from({ length: count }, (_, index) => ({
    id: `event-${String(from + index)}`,
    timestamp: nowMs - 2000,
    message: message("ActivityScheduled", index),
  }));
  const other = { id: "other", timestamp: nowMs, message: message("TaskStateEntered", 99) };
  const payload = {
    messageType: "DATA_MESSAGE",
    owner: "123456789012",
    logGroup: "/aws/vendedlogs/states/catalogue",
    logStream: "states/catalogue/2026-11-20",
    subscriptionFilters: ["fast-signal"],
    logEvents: [...logEvents, other],
  };
  return gzipSync(JSON.stringify(payload)).toString("base64");
}

const desired = () => cloud.services.get(SERVICE)?.desiredCount;

test("a sleeping pool wakes without a look at any metric", async () => {
  cloud.services.set(SERVICE, { desiredCount: 0, runningCount: 0 });
  await receive(cloud.clients, SETTINGS, delivery(6), options());
  expect(desired()).toBeGreaterThanOrEqual(3);
  expect(cloud.calls.filter((call) => call.startsWith("GetMetricData"))).toEqual([]);
  expect(lines[0]).toMatchObject({ event: "scaledOut", pool: "detect", backlog: 6 });
});

test("later deliveries of the same burst add up, and one that comes twice counts once", async () => {
  cloud.services.set(SERVICE, { desiredCount: 0, runningCount: 0 });
  await receive(cloud.clients, SETTINGS, delivery(6), options());
  const first = desired() ?? 0;
  await receive(cloud.clients, SETTINGS, delivery(6), options());
  expect(desired()).toBe(first);
  await receive(cloud.clients, SETTINGS, delivery(14, { from: 100 }), options());
  expect(desired()).toBeGreaterThanOrEqual(10);
});

test("the next ticks hold what the signal woke, and let it go when the metrics have nothing to say of it", async () => {
  cloud.services.set(SERVICE, { desiredCount: 0, runningCount: 0 });
  await receive(cloud.clients, SETTINGS, delivery(6), options());
  const woken = desired();
  nowMs += 20_000;
  await tick(cloud.clients, SETTINGS, options());
  expect(desired()).toBe(woken);
  const service = cloud.services.get(SERVICE);
  if (service !== undefined) service.runningCount = woken ?? 0;
  for (let minute = 0; minute < 12; minute++) {
    nowMs += 60_000;
    await tick(cloud.clients, SETTINGS, options());
  }
  expect(desired()).toBe(0);
});

test("a pool that has slots for all that came is left to the ticks", async () => {
  cloud.services.set(SERVICE, { desiredCount: 4, runningCount: 4 });
  await receive(cloud.clients, SETTINGS, delivery(6), options());
  expect(cloud.calls).toEqual(["DescribeServices 1"]);
});

test("records that name no activity of a pool are passed over, and said to be", async () => {
  await receive(cloud.clients, SETTINGS, delivery(3, { details: {} }), options());
  expect(cloud.calls).toEqual([]);
  expect(lines).toEqual([{ event: "unnamedRecordsIgnored", records: 3 }]);
});

test("a pool that can't be marked fails the invocation by its name", async () => {
  await expect(receive(cloud.clients, SETTINGS, delivery(1), options())).rejects.toThrow(
    "detect: the service is unknown: ECS says MISSING",
  );
});

describe("a mark", () => {
  const clock = { minuteSeconds: 60, nowMs: 1_800_000_000_000 };

  test("is read as it was written", () => {
    const tasks = [{ atMs: clock.nowMs - 30_000, tasks: 7 }];
    const mark = addToMark(NO_MARK, { tasks, delivery: "aB_-3" }, clock);
    expect(parseMark(writeMark(mark))).toEqual(mark);
    expect(mark.signalled.reduce((sum, each) => sum + each.tasks, 0)).toBe(7);
  });

  test("fits into a tag, and forgets what the metrics show by now", () => {
    let mark = NO_MARK;
    for (let second = 0; second < 600; second += 5) {
      const at = clock.nowMs + second * 1000;
      mark = addToMark(
        mark,
        { tasks: [{ atMs: at, tasks: 1000 }], delivery: String(second) },
        { ...clock, nowMs: at },
      );
      expect(writeMark(mark)).toMatch(/^[\w :+-]{0,256}$/);
    }
    expect(mark.signalled[0]?.atMs).toBeGreaterThan(clock.nowMs + 250_000);
  });

  test("that someone else wrote is no mark", () => {
    expect(parseMark("hello, world 12:")).toEqual(NO_MARK);
  });
});
