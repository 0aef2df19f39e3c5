/** A load that is as much each hour: the count must not swing. */
import fc from "fast-check";
import { type Profile, PROFILES } from "../../autoscaler/settings";
import { loveless } from "../../autoscaler/simulate/laws/loveless";
import { createRandom, logNormalOf } from "../../autoscaler/simulate/random";
import { run } from "../../autoscaler/simulate/run";
import { poisson } from "../../autoscaler/simulate/scenarios";
import { FARGATE, type Task, tasksOf, USUAL_FAULTS } from "../../autoscaler/simulate/workload";
import { check, profiles } from "./loads";

const HOUR = 3600;

/** The desired counts within so many hours. */
function countsOf(
  tasks: readonly Task[],
  {
    slots,
    profile,
    hours: [from, to],
  }: { slots: number; profile: Profile; hours: readonly [number, number] },
): readonly number[] {
  const workload = {
    name: "constant",
    tasks: tasksOf(tasks),
    pool: { ...FARGATE, slots },
    faults: USUAL_FAULTS,
    endSeconds: to * HOUR,
    firstTickSeconds: 1,
  };
  const { samples } = run(workload, loveless(profile), 1, { samples: true });
  return samples
    .filter(({ seconds }) => seconds > from * HOUR && seconds < to * HOUR)
    .map(({ desired }) => desired);
}

interface Clock {
  readonly everySeconds: number;
  readonly runSeconds: number;
  readonly slots: number;
}

/** Settled after two hours, it changes twice an hour at most; it is enough for the load, and not many more. */
function expectSteady({ everySeconds, runSeconds, slots }: Clock, profile: Profile): void {
  const tasks = Array.from({ length: Math.floor((3 * HOUR) / everySeconds) }, (_, index) => ({
    at: index * everySeconds,
    run: runSeconds,
  }));
  const counts = countsOf(tasks, { slots, profile, hours: [2, 3] });
  const changes = counts.filter((count, index) => index > 0 && count !== counts[index - 1]);
  expect(changes.length).toBeLessThanOrEqual(2);
  const offered = runSeconds / everySeconds / slots;
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(Math.floor(offered));
  expect(Math.max(...counts)).toBeLessThanOrEqual(2 * offered + 4);
}

describe("by a clock", () => {
  test("the count does not oscillate, whatever the clock, the tasks and the profile", () => {
    const clocks = fc.record({
      everySeconds: fc.integer({ min: 3, max: 40 }),
      runSeconds: fc.integer({ min: 5, max: 240 }),
      slots: fc.integer({ min: 1, max: 4 }),
    });
    check(fc.property(clocks, profiles, expectSteady), 16);
  }, 60_000);

  test.each([
    [{ everySeconds: 14, runSeconds: 208, slots: 1 }, "lean"],
    [{ everySeconds: 19, runSeconds: 222, slots: 1 }, "lean"],
    [{ everySeconds: 11, runSeconds: 237, slots: 1 }, "lean"],
  ] as const)("beats with the minute make no load that swings: %j, %s", expectSteady);
});

describe("by chance, at a rate that stays", () => {
  interface Chance {
    readonly perMinute: number;
    readonly runSeconds: number;
  }
  const HOURS = [1, 4] as const;

  function tasksByChance({ perMinute, runSeconds }: Chance): readonly Task[] {
    const random = createRandom(1, "constant");
    const { mu, sigma } = logNormalOf(runSeconds, 0.3);
    return poisson(random, 0, HOURS[1] * HOUR, perMinute / 60).map((at) => ({
      at,
      run: random.logNormal(mu, sigma),
    }));
  }

  /** How often a count that rose falls next, or the other way round. */
  function turnsOf(counts: readonly number[]): number {
    const steps = counts.slice(1).map((count, index) => Math.sign(count - (counts[index] ?? count)));
    const moves = steps.filter((step) => step !== 0);
    return moves.filter((move, index) => index > 0 && move !== moves[index - 1]).length;
  }

  // So many times an hour: what runs at once swings by chance, and workers follow it. Sixty ticks could turn it 59 times.
  test.each<[Chance, Record<Profile, number>]>([
    [
      { perMinute: 6, runSeconds: 30 },
      { lean: 11, balanced: 10, fast: 12 },
    ],
    [
      { perMinute: 3, runSeconds: 300 },
      { lean: 19, balanced: 22, fast: 18 },
    ],
  ])(
    "the count turns around only so often, and stays near the load: %j",
    (load, most) => {
      const tasks = tasksByChance(load);
      const offered = (load.perMinute * load.runSeconds) / 60;
      for (const profile of PROFILES) {
        const counts = countsOf(tasks, { slots: 1, profile, hours: HOURS });
        const perHour = turnsOf(counts) / (HOURS[1] - HOURS[0]);
        expect(perHour).toBeLessThanOrEqual(most[profile]);
        expect(Math.max(...counts)).toBeLessThanOrEqual(2 * offered + 10);
      }
    },
    60_000,
  );
});
