/** What holds of the law for any observation. */
import fc from "fast-check";
import { estimate } from "../../autoscaler/law/estimate";
import { historyOf } from "../../autoscaler/law/history";
import { type Need, needOf } from "../../autoscaler/law/need";
import { TERMS } from "../../autoscaler/law/profiles";
import { serviceTimeOf } from "../../autoscaler/law/service-time";
import { survivalTable } from "../../autoscaler/law/survival";
import type { Bin, Workers } from "../../autoscaler/observation";
import { type Decision, plan } from "../../autoscaler/plan";
import { mostWorkers, type PoolSettings } from "../../autoscaler/settings";
import { binsOf, EPOCH_MS, MINUTE_MS, times } from "./bins";
import { bins, check, flowing, pools, queueing, workers } from "./loads";

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

/** The need when so many more are scheduled in the bin that is so many before the newest, for each of `more`. */
function needsOf(
  { slots, profile }: Pick<PoolSettings, "slots" | "profile">,
  { seen, counts }: { readonly seen: readonly Bin[]; readonly counts: Workers },
  { ago, more }: { readonly ago: number; readonly more: readonly number[] },
) {
  const at = Math.max(0, seen.length - 1 - ago);
  return more.map((added) =>
    needOf(
      // A bin without a point says "nothing yet": a point of zero is the fair comparison.
      seen.map((each, index) =>
        index === at ? { ...each, scheduled: (each.scheduled ?? 0) + added } : each,
      ),
      counts,
      {
        slots,
        maxWorkers: 5000,
        minuteSeconds: 60,
        nowMs: EPOCH_MS + (seen.length - 0.5) * MINUTE_MS,
        terms: TERMS[profile],
        signalled: [],
      },
    ),
  );
}

/** As the plan has it, were there no bounds. */
function desiredBy({ workers, held }: Need, { desired }: Workers): number {
  return workers >= desired ? workers : Math.min(desired, held);
}

/** Each step is a comparison: a law that falls somewhere in between is found on the way, not by its ends. */
const LADDER = [0, 1, 2, 4, 8, 13, 21, 34, 55, 89, 144, 233, 377];

test("more that waits never leaves a pool fewer workers", () => {
  check(
    fc.property(
      pools,
      fc.oneof(
        { weight: 1, arbitrary: fc.record({ seen: bins, counts: workers, isAnything: fc.constant(true) }) },
        { weight: 3, arbitrary: flowing },
        { weight: 2, arbitrary: queueing },
      ),
      fc.nat(3),
      (pool, load, ago) => {
        needsOf(pool, load, { ago, more: LADDER }).reduce((less, more) => {
          // Later starts of tasks that were never scheduled may explain the added ones: then no more wait or run.
          const added = more.backlog + more.inFlight - less.backlog - less.inFlight;
          // Bins that contradict each other may be understood in another way altogether.
          if (!("isAnything" in load)) expect(added).toBeGreaterThan(-0.01);
          if (added < 0.01) return more;
          // Of bursts it may be fewer by one: more that may come is more doubtful, too, and the low quantile of a law in no
          // hurry is then lower.
          const tolerated = less.dispersion > 2 ? 1 : 0;
          expect(desiredBy(more, load.counts)).toBeGreaterThanOrEqual(
            desiredBy(less, load.counts) - tolerated,
          );
          expect(more.workers).toBeGreaterThanOrEqual(less.workers - tolerated);
          expect(more.floor).toBeGreaterThanOrEqual(less.floor - tolerated);
          return more;
        });
      },
    ),
    150,
  );
});

test("of a queue that every metric shows the estimate is the queue", () => {
  check(
    fc.property(queueing, ({ seen, counts, left }) => {
      const history = historyOf(seen, 60, EPOCH_MS + (seen.length + 3) * MINUTE_MS);
      const service = serviceTimeOf(history);
      const { tallies } = estimate(history, {
        slots: 1,
        running: counts.running,
        meanRunMs: service.meanSeconds * 1000,
        survival: survivalTable(service, 60, seen.length + 20, 100),
        at: [seen.length],
      });
      expect(Math.round(tallies[0]?.backlog ?? -1)).toBe(left);
    }),
    100,
  );
});

test("each task of a burst on a sleeping pool gets a slot, if it runs for longer than a worker takes to start", () => {
  const story = fc.record({
    before: fc.integer({ min: 1, max: 300 }),
    runBins: fc.integer({ min: 5, max: 12 }),
    quiet: fc.integer({ min: 5, max: 40 }),
    burst: fc.integer({ min: 1, max: 2000 }),
    ago: fc.integer({ min: 0, max: 2 }),
  });
  check(
    fc.property(pools, story, (pool, { before, runBins, quiet, burst, ago }) => {
      const seen = binsOf(
        ...times(quiet, {}),
        { scheduled: before },
        { started: before, averageWaitMs: 60_000 },
        ...times(runBins, {}),
        { ended: before, runTimeMs: before * (runBins + 0.5) * MINUTE_MS },
        ...times(quiet, {}),
        ...times(ago + 1, {}),
      );
      const asleep = { desired: 0, running: 0, pending: 0 };
      const [need] = needsOf(pool, { seen, counts: asleep }, { ago, more: [burst] });
      expect(Math.round(need?.backlog ?? 0)).toBeGreaterThanOrEqual(burst);
      expect((need?.workers ?? 0) * pool.slots).toBeGreaterThanOrEqual(0.95 * burst);
    }),
    100,
  );
});
