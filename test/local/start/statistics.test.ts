import type { HistoryEvent } from "../../../local/cloud/states/executions/history";
import { createStatistics, percentile } from "../../../local/start/statistics";

const ACTIVITY = "arn:aws:states:eu-west-1:123456789012:activity:merge";

function event(
  id: number,
  previousEventId: number,
  type: string,
  timeMs: number,
  details: object | null = null,
): HistoryEvent {
  return { id, previousEventId, type, timeMs, details: details as HistoryEvent["details"] };
}

describe("percentile", () => {
  test.each([
    { values: [], rank: 50, expected: null },
    { values: [7], rank: 95, expected: 7 },
    { values: [4, 1, 3, 2], rank: 50, expected: 2 },
    { values: [4, 1, 3, 2], rank: 51, expected: 3 },
    { values: [4, 1, 3, 2], rank: 95, expected: 4 },
    { values: [4, 1, 3, 2], rank: 0, expected: 1 },
  ])("takes the nearest rank: $rank of $values is $expected", ({ values, rank, expected }) => {
    expect(percentile(values, rank)).toBe(expected);
  });
});

describe("statistics", () => {
  test("count a retried task twice, and each wait from its own scheduling", () => {
    const statistics = createStatistics();
    for (const each of [
      event(1, 0, "ExecutionStarted", 0),
      event(2, 1, "TaskStateEntered", 10, { name: "Merge" }),
      event(3, 2, "ActivityScheduled", 10, { resource: ACTIVITY }),
      event(4, 3, "ActivityStarted", 110),
      event(5, 4, "ActivityTimedOut", 500),
      event(6, 5, "ActivityScheduled", 1500, { resource: ACTIVITY }),
      event(7, 6, "ActivityStarted", 1800),
      event(8, 7, "ActivitySucceeded", 1900),
    ]) {
      statistics.add("one", each);
    }
    expect(statistics.states().get("Merge")).toEqual({ scheduled: 2, started: 2, ended: 2 });
    expect(statistics.waitsMs(ACTIVITY)).toEqual([100, 300]);
  });

  test("know how far an execution is that another run began, and count no wait of that run", () => {
    const statistics = createStatistics(1000);
    for (const each of [
      event(1, 0, "ExecutionStarted", 0),
      event(2, 1, "TaskStateEntered", 10, { name: "Merge" }),
      event(3, 2, "ActivityScheduled", 10, { resource: ACTIVITY }),
      event(4, 3, "ActivityStarted", 110),
      event(5, 4, "ActivityTimedOut", 500),
      event(6, 5, "ActivityScheduled", 700, { resource: ACTIVITY }),
      event(7, 6, "ActivityStarted", 1800),
    ]) {
      statistics.add("one", each);
    }
    expect(statistics.states().get("Merge")).toEqual({ scheduled: 2, started: 2, ended: 1 });
    expect(statistics.waitsMs(ACTIVITY)).toEqual([1100]);
  });

  test("keep executions apart, whose event ids are the same", () => {
    const statistics = createStatistics();
    for (const execution of ["one", "two"]) {
      statistics.add(execution, event(1, 0, "TaskStateEntered", 0, { name: execution }));
    }
    statistics.add("one", event(2, 1, "LambdaFunctionScheduled", 0, { resource: "arn:function" }));
    statistics.add("two", event(2, 1, "ActivityScheduled", 0, { resource: ACTIVITY }));
    statistics.add("one", event(3, 2, "LambdaFunctionStarted", 5));
    statistics.add("two", event(3, 2, "ActivityStarted", 9));
    expect([...statistics.states()]).toEqual([
      ["one", { scheduled: 1, started: 1, ended: 0 }],
      ["two", { scheduled: 1, started: 1, ended: 0 }],
    ]);
    expect(statistics.waitsMs(ACTIVITY)).toEqual([9]);
  });
});
