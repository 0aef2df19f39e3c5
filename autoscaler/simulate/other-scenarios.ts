/** Scenarios that no tuning has seen: written down with the held-out seeds, looked at by the bench alone. */
import { createRandom } from "./random";
import { bursts, diurnal, poisson, SCENARIOS, usualRun, within, workload } from "./scenarios";
import { FARGATE, GPU, type Task, USUAL_FAULTS, type Workload } from "./workload";

const HOUR = 3600;

export const OTHER_SCENARIOS = {
  /** The Map of 1,000 with Fargate's limit: its last worker is launched 45 s after the first. */
  map1000Limited: (seed) => ({ ...SCENARIOS.map1000(seed), name: "map1000Limited", pool: FARGATE }),
  /** Bursts, with ticks at no particular second of the minute. */
  burstsAnyTick: (seed) => ({
    ...SCENARIOS.bursts(seed),
    name: "burstsAnyTick",
    firstTickSeconds: createRandom(seed, "tick").between(0, 60),
  }),
  /** From nothing to 1 a second within six hours, and back in one. */
  ramp: (seed) => {
    const random = createRandom(seed, "ramp");
    const end = 8 * HOUR;
    const rate = (at: number): number => (at < 6 * HOUR ? at / (6 * HOUR) : Math.max(0, 7 - at / HOUR));
    const tasks = poisson(random, 0, end, 1).filter((at) => random.uniform() < rate(at));
    return workload(
      "ramp",
      tasks.map((at) => ({ at, run: usualRun(random) })),
      end,
      { pool: { ...FARGATE, slots: 2 } },
    );
  },
  /** A quarter of an hour of load, a quarter of none. */
  onOff: (seed) => {
    const random = createRandom(seed, "onOff");
    const end = 12 * HOUR;
    const tasks = poisson(random, 0, end, 0.4).filter((at) => at % 1800 < 900);
    return workload(
      "onOff",
      tasks.map((at) => ({ at, run: usualRun(random) })),
      end,
      {},
    );
  },
  /** Two hundred tasks at each full hour. */
  hourly: (seed) => {
    const random = createRandom(seed, "hourly");
    const tasks = Array.from({ length: 12 }, (_, hour) =>
      within(random, (hour + 0.5) * HOUR, 30, 200),
    ).flat();
    return workload(
      "hourly",
      tasks.map((at): Task => ({ at, run: random.between(90, 150) })),
      12 * HOUR,
      {},
    );
  },
  /** Nine of ten take ten seconds, one a quarter of an hour. */
  mixture: (seed) => {
    const random = createRandom(seed, "mixture");
    const end = 12 * HOUR;
    const tasks = poisson(random, 0, end, 0.1).map((at) => ({ at, run: random.uniform() < 0.9 ? 10 : 900 }));
    return workload("mixture", tasks, end, { pool: { ...FARGATE, slots: 2 } });
  },
  /** Many short ones. */
  short: (seed) => {
    const random = createRandom(seed, "short");
    const end = 3 * HOUR;
    const tasks = poisson(random, 0, end, 5).map((at) => ({ at, run: random.between(1, 4) }));
    return workload("short", tasks, end, { pool: { ...FARGATE, slots: 8 } });
  },
  /** Few long ones, on GPUs whose instances linger. */
  longGpu: (seed) => {
    const random = createRandom(seed, "longGpu");
    const end = 48 * HOUR;
    const tasks = poisson(random, 0, end, 1 / 1200).map((at) => ({
      at,
      run: random.logNormal(Math.log(HOUR), 0.3),
    }));
    const linger = { seconds: 900, warmSeconds: [30, 60] } as const;
    return workload("longGpu", tasks, end, { pool: { ...GPU, linger } });
  },
  /** A steady trickle, and eight times as much for half an hour, three times. */
  flash: (seed) => {
    const random = createRandom(seed, "flash");
    const end = 12 * HOUR;
    const trickle = poisson(random, 0, end, 0.1);
    const flashes = [0, 1, 2].flatMap((third) => {
      const from = (4 * third + random.between(0.5, 3)) * HOUR;
      return poisson(random, from, from + 1800, 0.7);
    });
    return workload(
      "flash",
      [...trickle, ...flashes].map((at) => ({ at, run: usualRun(random) })),
      end,
      {
        pool: { ...FARGATE, slots: 2 },
      },
    );
  },
  /** Day and bursts by metrics that are later than they should be, each for itself, some twice. */
  lateMetrics: (seed) => {
    const random = createRandom(seed, "lateMetrics");
    const end = 24 * HOUR;
    return workload("lateMetrics", [...diurnal(random, end), ...bursts(random, end)], end, {
      pool: { ...FARGATE, slots: 2 },
      faults: { ...USUAL_FAULTS, delaySeconds: [60, 240], isTogether: false, lost: 0.005, doubled: 0.01 },
      firstTickSeconds: createRandom(seed, "tick").between(0, 60),
    });
  },
} as const satisfies Record<string, (seed: number) => Workload>;
