/** The eight scenarios by which laws are compared: each a workload for a seed. */
import { createRandom, logNormalOf, type Random } from "./random";
import { FARGATE, FATE, GPU, type Task, tasksOf, USUAL_FAULTS, type Workload } from "./workload";

const HOUR = 3600;

export const SCENARIOS = {
  steady: (seed) => {
    const random = createRandom(seed, "steady");
    const end = 12 * HOUR;
    const tasks = poisson(random, 0, end, 0.5).map((at) => ({ at, run: usualRun(random) }));
    return workload("steady", tasks, end, { pool: { ...FARGATE, slots: 4 } });
  },
  diurnal: (seed) => {
    const random = createRandom(seed, "diurnal");
    const end = 24 * HOUR;
    return workload("diurnal", diurnal(random, end), end, { pool: { ...FARGATE, slots: 2 } });
  },
  bursts: (seed) => {
    const random = createRandom(seed, "bursts");
    const end = 12 * HOUR;
    return workload("bursts", bursts(random, end), end, {});
  },
  map1000: (seed) => {
    const random = createRandom(seed, "map1000");
    const end = 12 * HOUR;
    const tasks = [0, 1, 2, 3].flatMap((quarter) => {
      const at = (3 * quarter + random.between(0.2, 2.8)) * HOUR;
      return within(random, at, 10, 1000).map((each): Task => ({ at: each, run: 60 }));
    });
    // The figures that this scenario is compared with know no limit of launches: with one, see map1000Limited.
    return workload("map1000", tasks, end, { pool: { ...FARGATE, launches: null } });
  },
  heavyTail: (seed) => {
    const random = createRandom(seed, "heavyTail");
    const end = 12 * HOUR;
    const run = (): number => Math.min(2 * HOUR, random.logNormal(Math.log(20), 1.8));
    const tasks = poisson(random, 0, end, 0.1).map((at) => ({ at, run: run() }));
    return workload("heavyTail", tasks, end, {});
  },
  gpu: (seed) => {
    const random = createRandom(seed, "gpu");
    const end = 24 * HOUR;
    const tasks = poisson(random, 0, end, 1 / (40 * 60)).flatMap((at) =>
      within(random, at, 10, 1 + Math.floor(random.uniform() * 12)).map((each): Task => ({
        at: each,
        run: 600,
      })),
    );
    return workload("gpu", tasks, end, { pool: GPU });
  },
  gaps: (seed) => {
    const random = createRandom(seed, "gaps");
    const end = 24 * HOUR;
    const tasks = [...diurnal(random, end), ...bursts(random, end)];
    const outages = [0, 1, 2].map((third) => {
      const fromSeconds = (8 * third + random.between(0.5, 7)) * HOUR;
      const kind = random.uniform() < 0.5 ? ("lost" as const) : ("late" as const);
      return { fromSeconds, toSeconds: fromSeconds + random.between(600, 1200), kind };
    });
    return workload("gaps", tasks, end, {
      pool: { ...FARGATE, slots: 2 },
      faults: { ...USUAL_FAULTS, lost: 0.01, outages },
    });
  },
  retries: (seed) => {
    const random = createRandom(seed, "retries");
    const end = 12 * HOUR;
    const fate = (): number => {
      const drawn = random.uniform();
      return drawn < 0.1 ? FATE.fails : drawn < 0.13 ? FATE.hangs : FATE.succeeds;
    };
    const steady = poisson(random, 0, end, 0.15).map((at): Task => ({
      at,
      run: usualRun(random),
      fate: fate(),
    }));
    // A Map whose execution is stopped a minute later, before its tasks have found workers.
    const aborted = poisson(random, 0, end, 1 / (90 * 60)).flatMap((at) =>
      within(random, at, 10, 20 + Math.floor(random.uniform() * 60)).map((each): Task => ({
        at: each,
        run: usualRun(random),
        aborted: at + 60,
      })),
    );
    return workload("retries", [...steady, ...aborted], end, { pool: { ...FARGATE, slots: 2 } });
  },
} as const satisfies Record<string, (seed: number) => Workload>;

/** Ticks come at the full minute, which is when a bin that ended two minutes ago is sure to be visible. */
const USUAL_TICK_SECONDS = 1;

export function workload(
  name: string,
  tasks: readonly Task[],
  endSeconds: number,
  options: Partial<Pick<Workload, "pool" | "faults" | "firstTickSeconds">>,
): Workload {
  const { pool = FARGATE, faults = USUAL_FAULTS, firstTickSeconds = USUAL_TICK_SECONDS } = options;
  return { name, tasks: tasksOf(tasks), endSeconds, pool, faults, firstTickSeconds };
}

/** 60 s on average, with as much deviation. */
const USUAL = logNormalOf(60, 1);

export function usualRun(random: Random): number {
  return random.logNormal(USUAL.mu, USUAL.sigma);
}

/** Instants of a Poisson process. */
export function poisson(random: Random, from: number, to: number, perSecond: number): number[] {
  const instants: number[] = [];
  for (let at = from + random.exponential(1 / perSecond); at < to; at += random.exponential(1 / perSecond)) {
    instants.push(at);
  }
  return instants;
}

/** Poisson whose rate swings with the day: from nearly nothing to twice the mean of .25 a second. */
export function diurnal(random: Random, end: number, mean = 0.25): Task[] {
  return poisson(random, 0, end, 2 * mean)
    .filter((at) => random.uniform() < (1 - 0.9 * Math.cos((2 * Math.PI * at) / (24 * HOUR))) / 2)
    .map((at) => ({ at, run: usualRun(random) }));
}

/** Bursts of 60 tasks on average, 40 minutes apart on average, each within 20 s. */
export function bursts(random: Random, end: number): Task[] {
  const { mu, sigma } = logNormalOf(60, 1.2);
  return poisson(random, 0, end, 1 / (40 * 60)).flatMap((at) =>
    within(random, at, 20, Math.max(1, Math.round(random.logNormal(mu, sigma)))).map((each): Task => ({
      at: each,
      run: 45,
    })),
  );
}

export function within(random: Random, at: number, seconds: number, count: number): number[] {
  return Array.from({ length: count }, () => at + seconds * random.uniform());
}
