/** The law, as tables of one tick and as stories of many. */
import type { Bin, Known, SignalledTasks, Workers } from "../../autoscaler/observation";
import { type Decision, plan } from "../../autoscaler/plan";
import type { PoolSettings } from "../../autoscaler/settings";
import { binsOf, EPOCH_MS, MINUTE_MS, times } from "./bins";

const POOL: PoolSettings = {
  function: "detect",
  activityArn: "arn:aws:states:eu-west-1:123456789012:activity:detect",
  serviceArn: "arn:aws:ecs:eu-west-1:123456789012:service/loveless/detect",
  slots: 1,
  minWorkers: 0,
  maxWorkers: 8,
  profile: "balanced",
};

interface Extra {
  readonly pool?: Partial<PoolSettings>;
  readonly minute?: number;
  readonly signalled?: readonly SignalledTasks[];
}

function decide(
  bins: Known<readonly Bin[]> | readonly Bin[],
  workers: Known<Workers> | Partial<Workers>,
  { pool = {}, minute = 3, signalled = [] }: Extra = {},
): Decision {
  const settings = { minuteSeconds: 60, pools: [{ ...POOL, ...pool }] };
  const counts = { desired: 0, running: 0, pending: 0 };
  const observed = {
    bins: "known" in bins ? bins : { known: true as const, value: bins },
    workers:
      "known" in workers
        ? workers
        : { known: true as const, value: { ...counts, running: workers.desired ?? 0, ...workers } },
    signalled,
  };
  const [decision] = plan(new Map([[POOL.activityArn, observed]]), settings, EPOCH_MS + minute * MINUTE_MS);
  if (decision === undefined) throw new Error("no decision");
  return decision;
}

describe("one tick", () => {
  test.each<[string, Partial<Bin>, Partial<PoolSettings>, number, Decision["action"], number]>([
    ["nothing waits and nothing runs: a sleeping pool sleeps on", {}, {}, 0, "hold", 0],
    ["one task wakes a sleeping pool", { scheduled: 1 }, {}, 0, "scaleOut", 1],
    ["never above the maximum", { scheduled: 60 }, {}, 0, "scaleOut", 8],
    ["a worker for each full set of slots", { scheduled: 5 }, { slots: 4 }, 0, "scaleOut", 2],
    ["never below the minimum", {}, { minWorkers: 2 }, 0, "scaleOut", 2],
    ["fewer at once, if nothing was needed a minute ago either", {}, {}, 3, "scaleIn", 0],
    ["down to the minimum", {}, { minWorkers: 1 }, 3, "scaleIn", 1],
    [
      "never more than the spend cap buys",
      { scheduled: 60 },
      { pricePerWorkerHour: 0.3, spendCapPerHour: 0.9 },
      0,
      "scaleOut",
      3,
    ],
    [
      "a cap that was lowered holds at once",
      {},
      { pricePerWorkerHour: 0.3, spendCapPerHour: 0.9, minWorkers: 3 },
      5,
      "scaleIn",
      3,
    ],
  ])("%s", (_name, bin, pool, desired, action, expected) => {
    const decision = decide(binsOf({}, {}, bin, {}), { desired }, { pool });
    expect([decision.action, decision.desired]).toEqual([action, expected]);
  });

  test("a burst gets a worker for each task, and few to spare", () => {
    const { desired } = decide(binsOf({}, {}, { scheduled: 40 }, {}), {}, { pool: { maxWorkers: 100 } });
    expect(desired).toBeGreaterThanOrEqual(38);
    expect(desired).toBeLessThanOrEqual(55);
  });

  test("says what it reckoned with", () => {
    const decision = decide(binsOf({}, {}, { scheduled: 5 }, {}), {}, { pool: { maxWorkers: 3 } });
    expect(decision.reason).toMatch(/^3 workers for 5 waiting and 0 running.*; maxWorkers is 3$/);
    expect(decision.need).toMatchObject({ workers: 3, isBounded: true, backlog: 5, inFlight: 0, floor: 0 });
    expect(decide(binsOf({}), {}, { pool: { minWorkers: 2 } }).reason).toBe(
      "0 workers for 0 waiting and 0 running; minWorkers is 2",
    );
  });

  test("says why it asks for more workers than tasks would fill, and only then", () => {
    const asked = (scheduled: number) =>
      decide(binsOf({}, {}, { scheduled }, {}), {}, { pool: { maxWorkers: 100 } });
    expect(asked(40)).toMatchObject({
      reason: expect.stringMatching(
        /^\d+ workers for 40 waiting.*, more than they fill, for what comes/,
      ) as string,
    });
    expect(asked(1).reason).toBe("1 worker for 1 waiting and 0 running");
  });

  test("what the log said wakes a pool before any metric", () => {
    const signalled = [{ atMs: EPOCH_MS + 2.9 * MINUTE_MS, tasks: 5 }];
    const decision = decide(binsOf({}, {}, {}, {}), {}, { signalled });
    expect(decision).toMatchObject({ action: "scaleOut" });
    expect(decision.desired).toBeGreaterThanOrEqual(5);
  });

  test("what the log said is not counted again once the metrics show it", () => {
    const signalled = [{ atMs: EPOCH_MS + 2.2 * MINUTE_MS, tasks: 5 }];
    const shown = decide(binsOf({}, {}, { scheduled: 5 }, {}), {}, { signalled });
    expect(shown.need?.backlog).toBe(5);
  });
});

describe("unknown is not zero:", () => {
  const why = { known: false, why: "the answer for ActivitiesStarted is PartialData" } as const;

  test("without metrics the workers stay", () => {
    expect(decide(why, { desired: 3 })).toMatchObject({
      action: "hold",
      desired: 3,
      reason: "the metrics are unknown: the answer for ActivitiesStarted is PartialData",
      need: null,
    });
  });

  test("without metrics the bounds hold all the same", () => {
    expect(decide(why, { desired: 9 })).toMatchObject({ action: "scaleIn", desired: 8 });
    expect(decide(why, { desired: 0 }, { pool: { minWorkers: 1 } })).toMatchObject({
      action: "scaleOut",
      desired: 1,
    });
  });

  test("a service that is not described is left alone", () => {
    expect(decide(binsOf({ scheduled: 5 }), { known: false, why: "ECS says MISSING" })).toMatchObject({
      action: "hold",
      desired: null,
      reason: "the service is unknown: ECS says MISSING",
    });
    expect(plan(new Map(), { minuteSeconds: 60, pools: [POOL] }, 0)).toMatchObject([
      { action: "hold", desired: null },
    ]);
  });

  test("when all points of a busy pool are lost, its workers stay", () => {
    const usual: Partial<Bin> = {
      scheduled: 30,
      started: 30,
      ended: 30,
      runTimeMs: 30 * 60_000,
      averageWaitMs: 10,
      running: 6,
      desired: 6,
    };
    const lost = times(12, { running: 6, desired: 6 });
    const bins = binsOf(...times(20, {}), { scheduled: 30, started: 30 }, ...times(60, usual), ...lost);
    const decision = decide(
      bins,
      { desired: 6, running: 6 },
      { minute: bins.length + 0.5, pool: { slots: 8 } },
    );
    expect(decision.desired).toBeGreaterThanOrEqual(5);
  });
});

/**
 * A pool that lives by the plan: a tick just after each minute, workers that run one tick after they were wanted, metrics
 * that become visible `delay` minutes after their bin has ended.
 */
function live(
  delay: number,
  minutes: number,
  happens: (minute: number, running: number) => Partial<Bin>,
): number[] {
  const quiet = 60;
  const bins: Bin[] = binsOf(...times(quiet + minutes + 1, {}));
  let [desired, running] = [0, 0];
  const seen: number[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    const at = quiet + minute;
    running = desired;
    bins[at] = { ...(bins[at] as Bin), ...happens(minute, running) };
    const now = at + 1.02;
    const unseen = { scheduled: null, started: null, ended: null, averageWaitMs: null, runTimeMs: null };
    const visible = bins
      .slice(0, at + 2)
      .map((each, index) => (index + 1 + delay <= now ? each : { ...each, ...unseen }));
    const decision = decide(visible, { desired, running }, { minute: now });
    bins[at + 1] = { ...(bins[at + 1] as Bin), running, desired: decision.desired };
    desired = decision.desired ?? desired;
    seen.push(desired);
  }
  return seen;
}

describe("a story:", () => {
  const burst = (at: number, first: number) => (minute: number) => {
    if (minute === at) return { scheduled: 6 };
    if (minute === first) return { started: 6, averageWaitMs: 50_000 };
    return minute === first + 1 ? { ended: 6, runTimeMs: 6 * 30_000 } : {};
  };

  test("a burst wakes the pool within one tick, and it sleeps soon after the end", () => {
    const counts = live(0, 9, burst(1, 2));
    expect(counts[0]).toBe(0);
    expect(counts[1]).toBeGreaterThanOrEqual(6);
    expect(counts.slice(5)).toEqual([0, 0, 0, 0]);
  });

  test("with metrics that are two minutes late all of it comes later, and nothing in between", () => {
    const counts = live(2, 14, burst(1, 5));
    expect(counts.slice(0, 3)).toEqual([0, 0, 0]);
    expect(counts[3]).toBeGreaterThanOrEqual(6);
    expect(counts.slice(-3)).toEqual([0, 0, 0]);
  });

  test("tasks that are dropped without a metric keep workers for some minutes and no longer", () => {
    const counts = live(1, 25, (minute) => (minute === 1 ? { scheduled: 3 } : {}));
    expect(Math.max(...counts)).toBeGreaterThanOrEqual(3);
    expect(counts.slice(14)).toEqual(Array.from({ length: 11 }, () => 0));
  });

  test("a steady load is served without a change of the count", () => {
    const counts = live(1, 60, (minute, running) => {
      if (minute === 0) return { scheduled: 4 };
      const started = running > 0 ? 4 : 0;
      return {
        scheduled: 4,
        started,
        ended: started,
        runTimeMs: started * 55_000,
        averageWaitMs: running > 0 ? 100 : null,
      };
    });
    expect(new Set(counts.slice(20)).size).toBe(1);
    expect(counts.at(-1)).toBeGreaterThanOrEqual(4);
  });
});
