/** Observations of any kind and loads that are whole, for properties; and how properties are looked at. */
import fc from "fast-check";
import type { Bin, Workers } from "../../autoscaler/observation";
import { type PoolSettings, PROFILES } from "../../autoscaler/settings";
import { EPOCH_MS, MINUTE_MS } from "./bins";

/**
 * The same cases in each run, so that none fails by bad luck, and the first that fails is reported as it is. To look
 * further, with what fails made small (within a minute):
 * `npx jest test/autoscaler/properties --globals '{"explore":{"seed":7,"times":20}}'`.
 */
const { explore } = globalThis as { readonly explore?: { readonly seed: number; readonly times: number } };

export function check(property: fc.IProperty<unknown>, runs: number): void {
  fc.assert(
    property,
    explore === undefined
      ? { seed: 1, numRuns: runs, endOnFailure: true }
      : { seed: explore.seed, numRuns: runs * explore.times, interruptAfterTimeLimit: 60_000 },
  );
}

export const profiles = fc.constantFrom(...PROFILES);
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
/** As contradictory as can be. */
export const bins = fc
  .array(bin, { minLength: 1, maxLength: 90 })
  .map((list) => list.map((each, index): Bin => ({ ...each, startMs: EPOCH_MS + index * MINUTE_MS })));
export const workers = fc
  .record({ desired: fc.nat(60), running: fc.nat(60), pending: fc.nat(20) })
  .map((each): Workers => each);
/** All that comes starts at once and runs for as long: nothing waits, and the load alone says how many are needed. */
export const flowing = fc
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
/** More comes than the slots can take: a queue, first in, first out, of tasks that run for a minute. */
export const queueing = fc
  .record({
    arrivals: fc.array(fc.oneof({ weight: 4, arbitrary: fc.nat(20) }, fc.nat(200)), {
      minLength: 30,
      maxLength: 90,
    }),
    count: fc.integer({ min: 1, max: 40 }),
  })
  .map(({ arrivals, count }) => {
    const queue: number[] = [];
    let running = 0;
    // The first minutes are quiet: a pool that was at work in them is taken to have been so before.
    const seen = [...new Array<number>(12).fill(0), ...arrivals].map((tasks, index): Bin => {
      for (let task = 0; task < tasks; task++) queue.push(index);
      const [ended, begun] = [running, queue.splice(0, count)];
      running = begun.length;
      const waited = begun.reduce((sum, since) => sum + (index - since) * MINUTE_MS, 0);
      return {
        startMs: EPOCH_MS + index * MINUTE_MS,
        scheduled: tasks,
        started: running,
        ended,
        averageWaitMs: running > 0 ? waited / running : null,
        runTimeMs: ended > 0 ? ended * MINUTE_MS : null,
        running: count,
        desired: count,
      };
    });
    return { seen, counts: { desired: count, running: count, pending: 0 }, left: queue.length };
  });
export const pools = fc
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
