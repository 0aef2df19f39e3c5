/** The estimate of backlog and in-flight: sums, and what pulls them back to the truth. */
import { estimate } from "../../autoscaler/law/estimate";
import { historyOf } from "../../autoscaler/law/history";
import { serviceTimeOf } from "../../autoscaler/law/service-time";
import { survivalTable } from "../../autoscaler/law/survival";
import type { Bin } from "../../autoscaler/observation";
import { binsOf, EPOCH_MS, MINUTE_MS, times } from "./bins";

/** Of all bins, once they are older than any delay; rounded, since tasks end in parts. */
function estimateOf(parts: readonly Partial<Bin>[], options: { slots?: number; running?: number } = {}) {
  const { slots = 1, running = 100 } = options;
  const bins = binsOf(...parts, {}, {});
  const history = historyOf(bins, 60, EPOCH_MS + (bins.length + 0.5) * MINUTE_MS);
  const service = serviceTimeOf(history);
  const survival = survivalTable(service, 60, bins.length + 20, 100);
  const { tallies, scheduled } = estimate(history, {
    slots,
    running,
    meanRunMs: service.meanSeconds * 1000,
    survival,
    at: [parts.length],
  });
  const [tally] = tallies;
  if (tally === undefined) throw new Error("no tally");
  const arrived = scheduled.subarray(0, parts.length).reduce((sum, count) => sum + count, 0);
  const [backlog, inFlight] = [tally.backlog, tally.inFlight].map((value) => Math.round(value * 100) / 100);
  return { tally: { backlog, inFlight }, arrived: Math.round(arrived * 100) / 100 };
}

function tallyOf(...story: Parameters<typeof estimateOf>) {
  return estimateOf(...story).tally;
}

describe("the sums", () => {
  test.each<[string, Partial<Bin>[], { backlog: number; inFlight: number }]>([
    ["nothing ever happened", [{}, {}], { backlog: 0, inFlight: 0 }],
    ["scheduled and not started is backlog", [{ scheduled: 5 }], { backlog: 5, inFlight: 0 }],
    ["started and not ended is in flight", [{ scheduled: 5 }, { started: 3 }], { backlog: 2, inFlight: 3 }],
    [
      "ended is gone",
      [
        { scheduled: 5, started: 5 },
        { ended: 4, runTimeMs: 240_000 },
      ],
      { backlog: 0, inFlight: 1 },
    ],
    [
      "a bin without points changes nothing",
      [{ scheduled: 5, started: 2 }, {}, {}],
      { backlog: 3, inFlight: 2 },
    ],
    ["a start whose schedule was lost is still in flight", [{ started: 2 }], { backlog: 0, inFlight: 2 }],
    ["an end whose start was lost is no debt", [{ ended: 2 }, { scheduled: 1 }], { backlog: 1, inFlight: 0 }],
  ])("%s", (_name, parts, expected) => {
    expect(tallyOf(parts)).toEqual(expected);
  });
});

test("tasks that seemed to have ended without a point are in flight again when all of them end a minute later", () => {
  // Each runs for 3.5 minutes: after three, half of them should have ended, and none has.
  const together: Partial<Bin>[] = [{ scheduled: 24, started: 24 }, {}, {}, { scheduled: 10, started: 10 }];
  const end: Partial<Bin> = { ended: 24, runTimeMs: 24 * 210_000 };
  expect(tallyOf([...together, end, {}]).inFlight).toBe(10);
});

test("a burst that ends after a minute without a point leaves nothing in flight", () => {
  const burst: Partial<Bin>[] = [
    { scheduled: 200 },
    { started: 200 },
    {},
    { ended: 151, runTimeMs: 151 * 115_000 },
    { ended: 49, runTimeMs: 49 * 140_000 },
    ...times(5, {}),
  ];
  expect(tallyOf(burst, { running: 200 }).inFlight).toBe(0);
});

describe("a minute without a point in which many should have ended", () => {
  test("brings no tasks after a burst: it ends later than its mean says, and no other follows it", () => {
    const burst: Partial<Bin>[] = [{ scheduled: 200 }, { started: 200 }, {}];
    const end: Partial<Bin>[] = [
      { ended: 150, runTimeMs: 150 * 115_000 },
      { ended: 50, runTimeMs: 50 * 140_000 },
    ];
    expect(estimateOf([...times(20, {}), ...burst, ...end, ...times(5, {})], { running: 200 }).arrived).toBe(
      200,
    );
  });

  test("is an outage of the metrics for a pool to which tasks came every minute", () => {
    const usual: Partial<Bin> = { scheduled: 30, started: 30, ended: 30, runTimeMs: 30 * 60_000 };
    const { arrived } = estimateOf([...times(30, usual), ...times(5, {})], { running: 60 });
    expect(arrived).toBeGreaterThan(30 * 30 + 0.9 * 5 * 30);
  });
});

describe("a ghost backlog, from a start that was lost,", () => {
  const lostStart: Partial<Bin> = { scheduled: 4, started: 3, running: 8 };
  const prompt: Partial<Bin> = {
    scheduled: 2,
    started: 2,
    ended: 2,
    runTimeMs: 2000,
    averageWaitMs: 100,
    running: 8,
  };

  test("is laid by two bins of prompt starts with a slot free", () => {
    expect(tallyOf([lostStart, { ...prompt, averageWaitMs: null }], { running: 8 }).backlog).toBe(1);
    expect(tallyOf([lostStart, prompt, prompt], { running: 8 }).backlog).toBe(0);
  });

  test("stays when every slot was taken", () => {
    const full: Partial<Bin> = { ...prompt, running: 3 };
    expect(tallyOf([{ ...lostStart, running: 3 }, full, full], { running: 3 }).backlog).toBe(1);
  });

  test("can't be more than what came while the last starts waited", () => {
    const waiting: Partial<Bin> = {
      scheduled: 2,
      started: 2,
      ended: 2,
      runTimeMs: 60_000,
      averageWaitMs: 20_000,
      running: 3,
    };
    const ghosts = tallyOf([{ scheduled: 90, running: 3 }, ...times(8, waiting)], { running: 3 });
    expect(ghosts.backlog).toBeLessThanOrEqual(6);
  });
});

test("a burst in the last moments of a prompt bin is not taken for a ghost", () => {
  const prompt: Partial<Bin> = {
    scheduled: 2,
    started: 2,
    ended: 2,
    runTimeMs: 2000,
    averageWaitMs: 100,
    running: 8,
  };
  expect(tallyOf([prompt, prompt, { ...prompt, scheduled: 1002 }], { running: 8 }).backlog).toBe(1000);
});

describe("a backlog that was aborted", () => {
  test("is gone after three minutes in which free workers started nothing, not before", () => {
    const idle: Partial<Bin> = { running: 2 };
    expect(tallyOf([{ scheduled: 5 }, ...times(2, idle)], { running: 2 }).backlog).toBe(5);
    expect(tallyOf([{ scheduled: 5, running: 2 }, ...times(3, idle)], { running: 2 }).backlog).toBe(0);
  });

  test("is believed for as long as no worker runs", () => {
    expect(tallyOf([{ scheduled: 5 }, ...times(60, { running: 0 })], { running: 0 }).backlog).toBe(5);
  });

  test("is believed while nobody knows whether workers run", () => {
    expect(tallyOf([{ scheduled: 5 }, ...times(60, {})]).backlog).toBe(5);
  });

  test("does not take what was scheduled since with it", () => {
    const idle: Partial<Bin> = { running: 2 };
    const bins = [{ scheduled: 5, running: 2 }, ...times(3, idle), { ...idle, scheduled: 2 }];
    expect(tallyOf(bins, { running: 2 }).backlog).toBe(2);
  });
});

describe("in flight", () => {
  test("is never more than the running workers can hold", () => {
    const bins: Partial<Bin>[] = [{ scheduled: 9, started: 9, running: 3 }];
    expect(tallyOf(bins, { running: 3, slots: 2 })).toEqual({ backlog: 0, inFlight: 6 });
    expect(tallyOf([{ scheduled: 9, started: 9, running: 0 }], { running: 0 })).toEqual({
      backlog: 0,
      inFlight: 0,
    });
  });

  test("counts workers that came within the bin", () => {
    expect(tallyOf([{ scheduled: 9, started: 9, running: 0 }, { running: 9 }], { running: 9 }).inFlight).toBe(
      9,
    );
  });

  test("is nothing after thirty minutes of silence, if tasks are short", () => {
    const endless: Partial<Bin>[] = [
      { scheduled: 2, started: 2 },
      { ended: 1, runTimeMs: 600_000 },
    ];
    expect(tallyOf([...endless, ...times(10, {})]).inFlight).toBe(1);
    expect(tallyOf([...endless, ...times(90, {})]).inFlight).toBe(0);
  });

  test("is as much as before the history began, if the pool was at work then", () => {
    const usual: Partial<Bin> = {
      scheduled: 30,
      started: 30,
      ended: 30,
      runTimeMs: 30 * 90_000,
      running: 60,
    };
    const { inFlight } = tallyOf(times(60, usual), { running: 60 });
    expect(inFlight).toBeGreaterThan(36);
    expect(inFlight).toBeLessThan(54);
  });

  test("goes on through bins that were lost, since tasks do not stop to end", () => {
    const usual: Partial<Bin> = {
      scheduled: 30,
      started: 30,
      ended: 30,
      runTimeMs: 30 * 60_000,
      averageWaitMs: 10,
      running: 40,
    };
    const busy = [{}, {}, { scheduled: 30, started: 30, running: 40 }, ...times(30, usual)];
    const before = tallyOf(busy, { running: 40 });
    const after = tallyOf([...busy, ...times(10, { running: 40 })], { running: 40 });
    expect(before.inFlight).toBeGreaterThan(0);
    expect(after.inFlight).toBeGreaterThan(0.7 * (before.inFlight ?? 0));
    expect(after.backlog).toBe(0);
  });
});
