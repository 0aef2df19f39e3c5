/** What holds of the law for any observation. */
import fc from "fast-check";
import { needOf } from "../../autoscaler/law/need";
import { TERMS } from "../../autoscaler/law/profiles";
import type { Bin, Workers } from "../../autoscaler/observation";
import { type Decision, plan } from "../../autoscaler/plan";
import { mostWorkers, type PoolSettings, PROFILES } from "../../autoscaler/settings";
import { run } from "../../autoscaler/simulate/run";
import { loveless } from "../../autoscaler/simulate/laws/loveless";
import { FARGATE, tasksOf, USUAL_FAULTS } from "../../autoscaler/simulate/workload";
import { EPOCH_MS, MINUTE_MS } from "./bins";

const profiles = fc.constantFrom(...PROFILES);
const tasks = fc.oneof(fc.constant(null), fc.nat(40), fc.nat(2000));
const bin = fc.record({
  scheduled: tasks,
  started: tasks,
  ended: tasks,
  averageWaitMs: fc.oneof(fc.constant(null), fc.nat(3_600_000)),
  runTimeMs: fc.oneof(fc.constant(null), fc.nat(1e9)),
  running: fc.oneof(fc.constant(null), fc.nat(50)),
  desired: fc.oneof(fc.constant(null), fc.nat(50)),
});
const bins = fc
  .array(bin, { minLength: 1, maxLength: 90 })
  .map((list) => list.map((each, index): Bin => ({ ...each, startMs: EPOCH_MS + index * MINUTE_MS })));
const workers = fc
  .record({ desired: fc.nat(60), running: fc.nat(60), pending: fc.nat(20) })
  .map((each): Workers => each);
const pools = fc
  .record({
    slots: fc.integer({ min: 1, max: 8 }),
    minWorkers: fc.nat(5),
    extra: fc.nat(50),
    profile: profiles,
    price: fc.integer({ min: 1, max: 400 }),
    cap: fc.option(fc.integer({ min: 1, max: 4000 }), { nil: null }),
  })
  .map(({ slots, minWorkers, extra, profile, price, cap }): PoolSettings => {
    const spend =
      cap === null
        ? {}
        : {
            pricePerWorkerHour: price / 100,
            spendCapPerHour: Math.max(cap, price * Math.max(1, minWorkers)) / 100,
          };
    return {
      function: "detect",
      activityArn: "arn:a",
      serviceArn: "arn:s",
      slots,
      minWorkers,
      maxWorkers: Math.max(1, minWorkers + extra),
      profile,
      ...spend,
    };
  });

function decide(pool: PoolSettings, seen: readonly Bin[] | null, counts: Workers): Decision {
  const observed = {
    bins: seen === null ? ({ known: false, why: "lost" } as const) : ({ known: true, value: seen } as const),
    workers: { known: true, value: counts } as const,
    signalled: [],
  };
  const nowMs = EPOCH_MS + ((seen?.length ?? 1) - 0.5) * MINUTE_MS;
  const [decision] = plan(new Map([["arn:a", observed]]), { minuteSeconds: 60, pools: [pool] }, nowMs);
  if (decision === undefined) throw new Error("no decision");
  return decision;
}

test("for any observation the bounds and the spend cap hold, and the count is whole", () => {
  fc.assert(
    fc.property(pools, bins, workers, (pool, seen, counts) => {
      const { desired } = decide(pool, seen, counts);
      expect(Number.isInteger(desired)).toBe(true);
      expect(desired).toBeGreaterThanOrEqual(pool.minWorkers);
      expect(desired).toBeLessThanOrEqual(mostWorkers(pool));
      if (pool.spendCapPerHour !== undefined) {
        expect((desired ?? 0) * (pool.pricePerWorkerHour ?? 0)).toBeLessThanOrEqual(
          pool.spendCapPerHour + 1e-9,
        );
      }
    }),
    { numRuns: 150 },
  );
});

test("each decision carries numbers, none of them infinite or below zero", () => {
  fc.assert(
    fc.property(pools, bins, workers, (pool, seen, counts) => {
      const { need } = decide(pool, seen, counts);
      const numbers = Object.values(need ?? {}).filter((value) => typeof value === "number");
      expect(numbers.length).toBeGreaterThan(8);
      expect(numbers.filter((value) => !Number.isFinite(value) || value < 0)).toEqual([]);
    }),
    { numRuns: 80 },
  );
});

test("missing data never takes a worker away, save above the maximum, and never scales to zero", () => {
  fc.assert(
    fc.property(pools, workers, (pool, counts) => {
      const { desired } = decide(pool, null, counts);
      expect(desired).toBe(Math.min(mostWorkers(pool), Math.max(pool.minWorkers, counts.desired)));
      if (counts.desired > 0) expect(desired).toBeGreaterThan(0);
    }),
  );
});

test("more that waits never gives a smaller need", () => {
  fc.assert(
    fc.property(
      pools,
      bins,
      workers,
      fc.integer({ min: 1, max: 500 }),
      fc.nat(3),
      (pool, seen, counts, more, ago) => {
        const need = (list: readonly Bin[]) =>
          needOf(list, counts, {
            slots: pool.slots,
            maxWorkers: 5000,
            minuteSeconds: 60,
            nowMs: EPOCH_MS + (list.length - 0.5) * MINUTE_MS,
            terms: TERMS[pool.profile],
            signalled: [],
          });
        const at = Math.max(0, seen.length - 1 - ago);
        const raised = seen.map((each, index) =>
          index === at ? { ...each, scheduled: (each.scheduled ?? 0) + more } : each,
        );
        // A bin without a point says "nothing yet": a point of zero is the fair comparison.
        const plain = seen.map((each, index) =>
          index === at ? { ...each, scheduled: each.scheduled ?? 0 } : each,
        );
        expect(need(raised).workers).toBeGreaterThanOrEqual(need(plain).workers);
      },
    ),
    { numRuns: 120 },
  );
});

test("on a constant load the count does not oscillate: settled after two hours, it changes twice an hour at most", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 40 }),
      fc.integer({ min: 5, max: 240 }),
      fc.integer({ min: 1, max: 4 }),
      profiles,
      (everySeconds, runSeconds, slots, profile) => {
        const endSeconds = 3 * 3600;
        const list = Array.from({ length: Math.floor(endSeconds / everySeconds) }, (_, index) => ({
          at: index * everySeconds,
          run: runSeconds,
        }));
        const workload = {
          name: "constant",
          tasks: tasksOf(list),
          pool: { ...FARGATE, slots },
          faults: USUAL_FAULTS,
          endSeconds,
          firstTickSeconds: 1,
        };
        const { samples } = run(workload, loveless(profile), 1, { samples: true });
        const settled = samples.filter(({ seconds }) => seconds > 7200 && seconds < endSeconds);
        const changes = settled.filter(
          ({ desired }, index) => index > 0 && desired !== settled[index - 1]?.desired,
        );
        expect(changes.length).toBeLessThanOrEqual(2);
        // Enough for the load, and not many more.
        const [offered, counts] = [runSeconds / everySeconds / slots, settled.map(({ desired }) => desired)];
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(Math.floor(offered));
        expect(Math.max(...counts)).toBeLessThanOrEqual(2 * offered + 4);
      },
    ),
    { numRuns: 8 },
  );
}, 60_000);
