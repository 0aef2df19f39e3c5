/** The law, as tables of one tick and as stories of many. */
import type { Bin, Known, Workers } from "../../autoscaler/observation";
import { type Decision, plan } from "../../autoscaler/plan";
import type { PoolSettings } from "../../autoscaler/settings";
import { binsOf, EPOCH_MS, MINUTE_MS } from "./bins";

const POOL: PoolSettings = {
  function: "detect",
  activityArn: "arn:aws:states:eu-west-1:123456789012:activity:detect",
  serviceArn: "arn:aws:ecs:eu-west-1:123456789012:service/loveless/detect",
  slots: 1,
  minWorkers: 0,
  maxWorkers: 8,
};

function decide(
  bins: Known<readonly Bin[]> | readonly Bin[],
  workers: Known<Workers> | Partial<Workers>,
  { pool = {}, minute = 3 }: { pool?: Partial<PoolSettings>; minute?: number } = {},
): Decision {
  const settings = { clusterArn: "arn:aws:ecs:cluster", minuteSeconds: 60, pools: [{ ...POOL, ...pool }] };
  const observed = {
    bins: "known" in bins ? bins : { known: true as const, value: bins },
    workers:
      "known" in workers
        ? workers
        : {
            known: true as const,
            value: { desired: 0, running: workers.desired ?? 0, pending: 0, ...workers },
          },
  };
  const [decision] = plan(new Map([[POOL.activityArn, observed]]), settings, EPOCH_MS + minute * MINUTE_MS);
  if (decision === undefined) throw new Error("no decision");
  return decision;
}

describe("one tick", () => {
  test.each<[string, Partial<Bin>, Partial<PoolSettings>, number, Decision["action"], number]>([
    ["nothing waits and nothing runs: a sleeping pool sleeps on", {}, {}, 0, "hold", 0],
    ["one task wakes a sleeping pool", { scheduled: 1 }, {}, 0, "scaleOut", 1],
    ["as many workers as tasks, at once", { scheduled: 6 }, {}, 0, "scaleOut", 6],
    ["never above the maximum", { scheduled: 60 }, {}, 0, "scaleOut", 8],
    ["a worker for each full set of slots", { scheduled: 9 }, { slots: 4 }, 0, "scaleOut", 3],
    ["what runs counts beside what waits", { scheduled: 5, started: 2 }, {}, 2, "scaleOut", 5],
    ["enough workers stay", { scheduled: 5, started: 2 }, {}, 5, "hold", 5],
    ["never below the minimum", {}, { minWorkers: 2 }, 0, "scaleOut", 2],
    ["fewer at once, if that was enough for two minutes", { needed: 0 }, {}, 3, "scaleIn", 0],
    ["down to the minimum", { needed: 0 }, { minWorkers: 1 }, 3, "scaleIn", 1],
    ["down to what was needed within two minutes", { needed: 2 }, {}, 3, "scaleIn", 2],
    ["a need of the past adds no workers", { needed: 7 }, {}, 3, "hold", 3],
    ["no memory of the last two minutes: no worker goes", {}, {}, 3, "hold", 3],
    ["a lowered maximum holds at once, memory or not", {}, { maxWorkers: 2 }, 3, "scaleIn", 2],
  ])("%s", (_name, bin, pool, desired, action, expected) => {
    const decision = decide(binsOf({}, {}, bin, {}), { desired }, { pool });
    expect([decision.action, decision.desired]).toEqual([action, expected]);
  });

  test("says what it reckoned with", () => {
    const bins = binsOf({}, { needed: 4 }, { scheduled: 5, started: 3 }, {});
    expect(decide(bins, { desired: 3, running: 3, pending: 0 })).toEqual({
      pool: POOL,
      action: "scaleOut",
      desired: 5,
      reason: "5 workers for 2 waiting and 3 running",
      workers: { desired: 3, running: 3, pending: 0 },
      need: { backlog: 2, inFlight: 3, workers: 5 },
    });
    const later = binsOf({}, { needed: 4 }, { scheduled: 1, started: 1, needed: 3 }, {});
    expect(decide(later, { desired: 6 }).reason).toBe(
      "1 worker for 0 waiting and 1 running; 4 within the last 2 minutes",
    );
    expect(decide(binsOf({}), { desired: 6 }).reason).toBe(
      "0 workers for 0 waiting and 0 running; held until what was needed in the last 2 minutes is known",
    );
  });

  test("a need from before the last two minutes is forgotten", () => {
    const bins = binsOf({ needed: 8 }, { needed: 1 }, { needed: 0 }, {});
    expect(decide(bins, { desired: 8 }, { minute: 3.9 }).desired).toBe(1);
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
    expect(plan(new Map(), { clusterArn: "arn:", minuteSeconds: 60, pools: [POOL] }, 0)).toMatchObject([
      { action: "hold", desired: null },
    ]);
  });
});

/**
 * A pool that lives by the plan: ticks half a minute after each full one, workers that run one tick after they were
 * wanted, metrics that become visible `delayMinutes` after their bin has ended (0: as they happen).
 */
function live(
  delayMinutes: number,
  minutes: number,
  happens: (minute: number, running: number) => Partial<Bin>,
): string {
  const bins: Bin[] = binsOf(...Array.from({ length: minutes }, () => ({})));
  let [desired, running] = [0, 0];
  const seen: number[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    const now = minute + 0.5;
    const bin = bins[minute];
    if (bin === undefined) throw new Error("no bin");
    running = desired;
    bins[minute] = { ...bin, ...happens(minute, running) };
    const visible = bins
      .slice(0, minute + 1)
      .map((each, index) =>
        delayMinutes === 0 || index + 1 + delayMinutes <= now
          ? each
          : { ...each, scheduled: null, started: null, ended: null },
      );
    const decision = decide(visible, { desired, running }, { minute: now });
    bins[minute] = { ...(bins[minute] ?? bin), running, needed: decision.need?.workers ?? null };
    desired = decision.desired ?? desired;
    seen.push(desired);
  }
  return seen.join(" ");
}

describe("a story:", () => {
  test("a burst wakes the pool within one tick, and it sleeps two ticks after the one that sees the end", () => {
    const burst = live(0, 9, (minute) => {
      if (minute === 1) return { scheduled: 6 };
      if (minute === 2) return { started: 6 };
      return minute === 3 ? { ended: 6, runTimeMs: 6000 } : {};
    });
    expect(burst).toBe("0 6 6 6 6 0 0 0 0");
  });

  test("with metrics that are two minutes late all of it comes as much later, and nothing in between", () => {
    const burst = live(2, 12, (minute) => {
      if (minute === 1) return { scheduled: 6 };
      if (minute === 5) return { started: 6 };
      return minute === 6 ? { ended: 6, runTimeMs: 6000 } : {};
    });
    expect(burst).toBe("0 0 0 0 6 6 6 6 6 6 6 0");
  });

  test("a pause of one minute between bursts costs no worker", () => {
    const bursts = live(0, 9, (minute) => {
      if (minute > 6) return {};
      return minute % 2 === 1 ? { scheduled: 4 } : { started: 4, ended: 4, runTimeMs: 400 };
    });
    expect(bursts).toBe("0 4 4 4 4 4 4 4 0");
  });

  test("tasks that are dropped without a metric keep workers for a quarter of an hour and no longer", () => {
    const counts = live(0, 25, (minute) => (minute === 1 ? { scheduled: 3 } : {})).split(" ");
    expect(counts.slice(1, 19)).toEqual(Array.from({ length: 18 }, () => "3"));
    expect(counts.at(-1)).toBe("0");
  });
});
