/** What holds of the law for any observation. */
import fc from "fast-check";
import { needOf } from "../../autoscaler/law/need";
import { TERMS } from "../../autoscaler/law/profiles";
import type { Bin, Workers } from "../../autoscaler/observation";
import { type Decision, plan } from "../../autoscaler/plan";
import { mostWorkers, type PoolSettings, type Profile, PROFILES } from "../../autoscaler/settings";
import { run } from "../../autoscaler/simulate/run";
import { loveless } from "../../autoscaler/simulate/laws/loveless";
import { FARGATE, tasksOf, USUAL_FAULTS } from "../../autoscaler/simulate/workload";
import { EPOCH_MS, MINUTE_MS } from "./bins";

/**
 * The same cases in each run, so that none fails by bad luck, and the first that fails is reported as it is. To look
 * further, with what fails made small (within a minute):
 * `npx jest test/autoscaler/properties --globals '{"explore":{"seed":7,"times":20}}'`.
 */
const { explore } = globalThis as { readonly explore?: { readonly seed: number; readonly times: number } };

function check(property: fc.IProperty<unknown>, runs: number): void {
  fc.assert(
    property,
    explore === undefined
      ? { seed: 1, numRuns: runs, endOnFailure: true }
      : { seed: explore.seed, numRuns: runs * explore.times, interruptAfterTimeLimit: 60_000 },
  );
}

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
/** All that comes starts at once and runs for as long: nothing waits, and the load alone says how many are needed. */
const flowing = fc
  .record({
    arrivals: fc.oneof(
      fc
        .tuple(fc.integer({ min: 2, max: 200 }), fc.integer({ min: 30, max: 90 }))
        .map(([each, length]) => Array.from({ length }, (_, index) => each + (index % 3 === 0 ? 1 : 0))),
      fc.array(fc.nat(150), { minLength: 30, maxLength: 90 }),
      fc.array(fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.nat(300)), {
        minLength: 30,
        maxLength: 90,
      }),
    ),
    runBins: fc.nat(4),
    count: fc.integer({ min: 1, max: 200 }),
  })
  .map(({ arrivals, runBins, count }) => {
    const bin = (tasks: number, index: number): Bin => {
      const ended = arrivals[index - runBins] ?? 0;
      return {
        startMs: EPOCH_MS + index * MINUTE_MS,
        scheduled: tasks,
        started: tasks,
        ended,
        averageWaitMs: tasks > 0 ? 100 : null,
        runTimeMs: ended > 0 ? ended * (runBins + 0.3) * MINUTE_MS : null,
        running: count,
        desired: count,
      };
    };
    return { seen: arrivals.map(bin), counts: { desired: count, running: count, pending: 0 } };
  });
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
  check(
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
    150,
  );
});

test("each decision carries numbers, none of them infinite or below zero", () => {
  check(
    fc.property(pools, bins, workers, (pool, seen, counts) => {
      const { need } = decide(pool, seen, counts);
      const numbers = Object.values(need ?? {}).filter((value) => typeof value === "number");
      expect(numbers.length).toBeGreaterThan(8);
      expect(numbers.filter((value) => !Number.isFinite(value) || value < 0)).toEqual([]);
    }),
    80,
  );
});

test("missing data never takes a worker away, save above the maximum, and never scales to zero", () => {
  check(
    fc.property(pools, workers, (pool, counts) => {
      const { desired } = decide(pool, null, counts);
      expect(desired).toBe(Math.min(mostWorkers(pool), Math.max(pool.minWorkers, counts.desired)));
      if (counts.desired > 0) expect(desired).toBeGreaterThan(0);
    }),
    100,
  );
});

test("more that waits never leaves a pool fewer workers", () => {
  check(
    fc.property(
      pools,
      fc.oneof(
        { weight: 1, arbitrary: fc.record({ seen: bins, counts: workers }) },
        { weight: 3, arbitrary: flowing },
      ),
      fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 500 })),
      fc.nat(3),
      (pool, { seen, counts }, added, ago) => {
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
          index === at ? { ...each, scheduled: (each.scheduled ?? 0) + added } : each,
        );
        // A bin without a point says "nothing yet": a point of zero is the fair comparison.
        const plain = seen.map((each, index) =>
          index === at ? { ...each, scheduled: each.scheduled ?? 0 } : each,
        );
        const [more, less] = [need(raised), need(plain)];
        // Later starts of tasks that were never scheduled may have explained them away: then no more wait or run.
        fc.pre(more.backlog + more.inFlight > less.backlog + less.inFlight);
        expect(Math.max(more.workers, more.held)).toBeGreaterThanOrEqual(Math.max(less.workers, less.held));
        // Of bursts the need alone may fall by one, far below what is held for what runs: more that may come is more
        // doubtful, too, and the low quantile of a law in no hurry is then lower.
        if (less.dispersion > 2) return;
        expect(more.workers).toBeGreaterThanOrEqual(less.workers);
        expect(more.floor).toBeGreaterThanOrEqual(less.floor);
      },
    ),
    300,
  );
});

interface Load {
  readonly everySeconds: number;
  readonly runSeconds: number;
  readonly slots: number;
}

/** The desired counts of the third hour. */
function settledCounts({ everySeconds, runSeconds, slots }: Load, profile: Profile): readonly number[] {
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
  return samples
    .filter(({ seconds }) => seconds > 7200 && seconds < endSeconds)
    .map(({ desired }) => desired);
}

/** At most two changes; enough for the load, and not many more. */
function expectSteady(load: Load, profile: Profile): void {
  const counts = settledCounts(load, profile);
  const changes = counts.filter((count, index) => index > 0 && count !== counts[index - 1]);
  expect(changes.length).toBeLessThanOrEqual(2);
  const offered = load.runSeconds / load.everySeconds / load.slots;
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(Math.floor(offered));
  expect(Math.max(...counts)).toBeLessThanOrEqual(2 * offered + 4);
}

test("on a constant load the count does not oscillate: settled after two hours, it changes twice an hour at most", () => {
  const loads = fc.record({
    everySeconds: fc.integer({ min: 3, max: 40 }),
    runSeconds: fc.integer({ min: 5, max: 240 }),
    slots: fc.integer({ min: 1, max: 4 }),
  });
  check(fc.property(loads, profiles, expectSteady), 16);
}, 60_000);

test.each([
  [{ everySeconds: 14, runSeconds: 208, slots: 1 }, "lean"],
  [{ everySeconds: 19, runSeconds: 222, slots: 1 }, "lean"],
  [{ everySeconds: 11, runSeconds: 237, slots: 1 }, "lean"],
] as const)("a clock that beats with the minute is no load that swings: %j, %s", expectSteady);
