import { parseDelayRange } from "../../../local/cloud/metrics/delay-range";
import { parseFaults } from "../../../local/cloud/faults/fault-spec";
import { createFaults } from "../../../local/cloud/faults/faults";
import { createLateMetrics } from "../../../local/cloud/metrics/late-metrics";
import type { Datum } from "../../../local/cloud/metrics/metrics";
import { createManualClock } from "../states/manual-clock";

function setUp(fault: string, leastMs = 0, mostMs = leastMs) {
  const clock = createManualClock(0);
  const recorded: { readonly atMs: number; readonly value: number }[] = [];
  const metrics = { record: ({ value }: Datum) => recorded.push({ atMs: clock.now(), value }) };
  const faults = createFaults(fault === "" ? [] : parseFaults(fault), 1);
  const late = createLateMetrics({ metrics, clock, faults, delay: { leastMs, mostMs } });
  const record = (value: number): void => {
    late.record({
      namespace: "AWS/States",
      name: "a",
      dimensions: {},
      unit: "Count",
      timeMs: clock.now(),
      value,
    });
  };
  return { clock, recorded, faults, late, record };
}

test("without settings a measurement is there at once", () => {
  const { recorded, record } = setUp("");
  record(1);
  expect(recorded).toEqual([{ atMs: 0, value: 1 }]);
});

test("late metrics come between the two delays, each in its own time", async () => {
  const { clock, recorded, record } = setUp("", 5_000, 10_000);
  for (let value = 0; value < 50; value += 1) record(value);
  await clock.advance(4_999);
  expect(recorded).toEqual([]);
  await clock.advance(5_101);
  expect(recorded).toHaveLength(50);
  expect(new Set(recorded.map(({ atMs }) => atMs)).size).toBeGreaterThan(10);
});

test("a share is lost, and a share comes twice; both are counted", () => {
  const lost = setUp("lose-metric=100%");
  lost.record(1);
  expect([lost.recorded, lost.faults.counts()]).toEqual([[], { "lose-metric": 1 }]);
  const doubled = setUp("double-metric=100%");
  doubled.record(1);
  expect([doubled.recorded.length, doubled.faults.counts()]).toEqual([2, { "double-metric": 1 }]);
});

test("what is on its way at the end gets lost", async () => {
  const { clock, recorded, late, record } = setUp("", 1_000);
  record(1);
  late.close();
  await clock.advance(10_000);
  expect([recorded, clock.pending()]).toEqual([[], 0]);
});

test.each([
  ["60s..120s", { leastMs: 60_000, mostMs: 120_000 }],
  ["5s", { leastMs: 5_000, mostMs: 5_000 }],
  ["200ms..1s", { leastMs: 200, mostMs: 1_000 }],
  ["2s..1s", null],
  ["5", null],
  ["1s..2s..3s", null],
  ["", null],
])("the delay %s is %j", (text, range) => {
  expect(parseDelayRange(text)).toEqual(range);
});
