import { createMetrics, type Metrics } from "../../worker/metrics";
import { createFakeClock, type FakeClock } from "./fake-clock";

const ACTIVITY_ARN = "arn:aws:states:eu-central-1:123456789012:activity:detect";

let clock: FakeClock;
let lines: Record<string, unknown>[];
let metrics: Metrics;
beforeEach(() => {
  clock = createFakeClock(1_700_000_000_000);
  lines = [];
  const log = (_event: string, fields = {}): void => void lines.push(fields);
  metrics = createMetrics({ activityArn: ACTIVITY_ARN, intervalSeconds: 60, clock, log });
});

test("an interval is one line in CloudWatch's embedded metric format, and one more for each error", async () => {
  metrics.poll(1_200, false);
  metrics.begin();
  metrics.begin();
  metrics.end();
  metrics.init(300);
  metrics.task(40, null);
  metrics.task(60, "ImageNotFound");
  metrics.poll(60_000, true);
  await clock.advance(60_000);
  expect(lines).toEqual([
    {
      _aws: {
        Timestamp: 1_700_000_060_000,
        CloudWatchMetrics: [
          {
            Namespace: "Loveless/Worker",
            Dimensions: [["ActivityArn"]],
            Metrics: [
              { Name: "Tasks", Unit: "Count" },
              { Name: "Failures", Unit: "Count" },
              { Name: "BusySlots", Unit: "Count" },
              { Name: "EmptyPolls", Unit: "Count" },
              { Name: "TaskDuration", Unit: "Milliseconds" },
              { Name: "InitDuration", Unit: "Milliseconds" },
              { Name: "PollWait", Unit: "Milliseconds" },
            ],
          },
        ],
      },
      ActivityArn: ACTIVITY_ARN,
      Tasks: 2,
      Failures: 1,
      BusySlots: 2,
      EmptyPolls: 1,
      TaskDuration: [40, 60],
      InitDuration: [300],
      PollWait: [1_200, 60_000],
    },
    expect.objectContaining({ ActivityArn: ACTIVITY_ARN, Error: "ImageNotFound", Failures: 1 }),
  ]);
});

test("an idle interval says zero, and that a slot is still busy", async () => {
  metrics.begin();
  await clock.advance(120_000);
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatchObject({ Tasks: 0, Failures: 0, EmptyPolls: 0, BusySlots: 1 });
  expect(lines[1]).not.toHaveProperty("TaskDuration");
});

test("no metric ever has more than the hundred values that the format takes, and none is lost", () => {
  for (let task = 0; task < 250; task += 1) metrics.task(task, null);
  metrics.close();
  const durations = lines.map((line) => line["TaskDuration"] as number[]);
  expect(durations.map((values) => values.length)).toEqual([100, 100, 50]);
  expect(durations.flat()).toEqual(Array.from({ length: 250 }, (_task, index) => index));
});
