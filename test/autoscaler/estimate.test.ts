/** The estimate of backlog and in-flight: sums, and what pulls them back to the truth. */
import { estimate } from "../../autoscaler/estimate";
import type { Bin } from "../../autoscaler/observation";
import { binsOf, EPOCH_MS, MINUTE_MS, times } from "./bins";

/** Long after the last bin, so that all are known, unless a test says otherwise. */
function estimateOf(
  bins: readonly Bin[],
  options: { slots?: number; running?: number; minutesLater?: number } = {},
) {
  const { slots = 1, running = 100, minutesLater = 3 } = options;
  const nowMs = EPOCH_MS + (bins.length + minutesLater) * MINUTE_MS;
  return estimate(bins, { slots, running, minuteSeconds: 60, nowMs });
}

describe("the sums", () => {
  test.each<[string, Partial<Bin>[], { backlog: number; inFlight: number }]>([
    ["nothing ever happened", [{}, {}], { backlog: 0, inFlight: 0 }],
    ["scheduled and not started is backlog", [{ scheduled: 5 }], { backlog: 5, inFlight: 0 }],
    ["started and not ended is in flight", [{ scheduled: 5 }, { started: 3 }], { backlog: 2, inFlight: 3 }],
    ["ended is gone", [{ scheduled: 5, started: 5 }, { ended: 4 }], { backlog: 0, inFlight: 1 }],
    [
      "a bin without points changes nothing",
      [{ scheduled: 5, started: 2 }, {}, {}],
      { backlog: 3, inFlight: 2 },
    ],
    ["a start whose schedule was lost is still in flight", [{ started: 2 }], { backlog: 0, inFlight: 2 }],
    ["an end whose start was lost is no debt", [{ ended: 2 }, { scheduled: 1 }], { backlog: 1, inFlight: 0 }],
  ])("%s", (_name, parts, expected) => {
    expect(estimateOf(binsOf(...parts))).toEqual(expected);
  });

  test("what is visible of the newest bins counts", () => {
    expect(estimateOf(binsOf({}, { scheduled: 7 }), { minutesLater: 0 })).toEqual({
      backlog: 7,
      inFlight: 0,
    });
  });
});

describe("a ghost backlog, from a start that was lost,", () => {
  const lostStart: Partial<Bin> = { scheduled: 4, started: 3, averageWaitMs: 100, running: 8 };
  const prompt: Partial<Bin> = { scheduled: 2, started: 2, ended: 2, averageWaitMs: 100, running: 8 };

  test("is laid by two bins of prompt starts with a slot free", () => {
    expect(estimateOf(binsOf({ ...lostStart, averageWaitMs: null }, prompt)).backlog).toBe(1);
    expect(estimateOf(binsOf({ ...lostStart, averageWaitMs: null }, prompt, prompt)).backlog).toBe(0);
  });

  test.each<[string, Partial<Bin>]>([
    ["when tasks waited longer", { averageWaitMs: 5000 }],
    ["when every slot was taken", { running: 3 }],
    ["when the running workers are unknown for two bins", { running: null }],
  ])("stays %s", (_name, change) => {
    const bins = binsOf(
      { ...lostStart, averageWaitMs: null },
      {},
      { ...prompt, ...change },
      { ...prompt, ...change },
    );
    expect(estimateOf(bins).backlog).toBe(1);
  });

  test("stays while the bins that speak against it are too new to be believed", () => {
    const bins = binsOf({ ...lostStart, averageWaitMs: null }, prompt, prompt);
    expect(estimateOf(bins, { minutesLater: 1 }).backlog).toBe(1);
    expect(estimateOf(bins, { minutesLater: 2 }).backlog).toBe(0);
  });
});

test("a burst in the last moments of a prompt bin is not taken for a ghost", () => {
  const prompt: Partial<Bin> = { scheduled: 2, started: 2, ended: 2, averageWaitMs: 100, running: 8 };
  expect(estimateOf(binsOf(prompt, prompt, { ...prompt, scheduled: 1002 })).backlog).toBe(1000);
  expect(
    estimateOf(
      binsOf(prompt, prompt, { ...prompt, scheduled: 1002 }, { started: 8, running: 8, averageWaitMs: 100 }),
    ),
  ).toEqual({
    backlog: 992,
    inFlight: 8,
  });
});

describe("a backlog that was aborted", () => {
  const idle: Partial<Bin> = { running: 1 };

  test("is gone after fifteen minutes in which a free worker started nothing, not before", () => {
    expect(estimateOf(binsOf({ scheduled: 5 }, ...times(14, idle))).backlog).toBe(5);
    expect(estimateOf(binsOf({ scheduled: 5 }, ...times(15, idle))).backlog).toBe(0);
  });

  test("is believed for as long as no worker runs", () => {
    expect(estimateOf(binsOf({ scheduled: 5 }, ...times(60, { running: 0 }))).backlog).toBe(5);
  });

  test("is gone although one tick came late and counted no workers", () => {
    expect(estimateOf(binsOf({ scheduled: 5 }, ...times(7, idle), {}, ...times(7, idle))).backlog).toBe(0);
    expect(estimateOf(binsOf({ scheduled: 5 }, ...times(7, idle), {}, {}, ...times(6, idle))).backlog).toBe(
      5,
    );
  });

  test("does not take what was scheduled since with it", () => {
    const bins = binsOf({ scheduled: 5 }, ...times(14, idle), { ...idle, scheduled: 2 });
    expect(estimateOf(bins).backlog).toBe(2);
  });
});

describe("in flight", () => {
  test("is never more than the running workers can hold", () => {
    const bins = binsOf({ scheduled: 9, started: 9 });
    expect(estimateOf(bins, { running: 3, slots: 2 })).toEqual({ backlog: 0, inFlight: 6 });
    expect(estimateOf(bins, { running: 0 })).toEqual({ backlog: 0, inFlight: 0 });
  });

  const endless: Partial<Bin>[] = [
    { scheduled: 2, started: 2 },
    { ended: 1, runTimeMs: 60_000 },
  ];

  test("is nothing after thirty known minutes of silence, if tasks are short", () => {
    expect(estimateOf(binsOf(...endless, ...times(29, {})), { minutesLater: 2 }).inFlight).toBe(1);
    expect(estimateOf(binsOf(...endless, ...times(30, {})), { minutesLater: 2 }).inFlight).toBe(0);
  });

  test("outlasts six times the mean run time, if tasks are long", () => {
    const long: Partial<Bin>[] = [
      { scheduled: 2, started: 2 },
      { ended: 1, runTimeMs: 600_000 },
    ];
    expect(estimateOf(binsOf(...long, ...times(59, {})), { minutesLater: 2 }).inFlight).toBe(1);
    expect(estimateOf(binsOf(...long, ...times(60, {})), { minutesLater: 2 }).inFlight).toBe(0);
  });

  test("outlasts any silence while no task has ended, since none says how long they run", () => {
    expect(estimateOf(binsOf({ scheduled: 1, started: 1 }, ...times(300, {}))).inFlight).toBe(1);
  });
});

test("every span shrinks with the minute", () => {
  const bins = binsOf({ scheduled: 5 }, ...times(15, { running: 1 })).map((bin, index) => ({
    ...bin,
    startMs: EPOCH_MS + index * 5000,
  }));
  const options = { slots: 1, running: 1, minuteSeconds: 5 };
  expect(estimate(bins, { ...options, nowMs: EPOCH_MS + 17 * 5000 }).backlog).toBe(5);
  expect(estimate(bins, { ...options, nowMs: EPOCH_MS + 18 * 5000 }).backlog).toBe(0);
});
