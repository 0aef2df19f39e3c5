/** The simulator: what its oracle, its metrics and its workers do. */
import { createFleet } from "../../autoscaler/simulate/fleet";
import { createMetrics, HISTORY_BINS } from "../../autoscaler/simulate/metrics";
import { oracle } from "../../autoscaler/simulate/oracle";
import { createRandom } from "../../autoscaler/simulate/random";
import { run } from "../../autoscaler/simulate/run";
import {
  FARGATE,
  FATE,
  type PoolPhysics,
  type Task,
  tasksOf,
  USUAL_FAULTS,
  type Workload,
} from "../../autoscaler/simulate/workload";

const SHARP: PoolPhysics = { ...FARGATE, startUpSeconds: [40, 40], launches: null };

function workloadOf(tasks: readonly Task[], pool: Partial<PoolPhysics> = {}): Workload {
  return {
    name: "test",
    tasks: tasksOf(tasks),
    pool: { ...SHARP, ...pool },
    faults: USUAL_FAULTS,
    endSeconds: 3600,
    firstTickSeconds: 1,
  };
}
const always = (workers: number) => ({ tickSeconds: 60, decide: () => workers });

describe("the oracle", () => {
  test("pays the start-up and the run of a task", () => {
    expect(oracle(workloadOf([{ at: 100, run: 60 }])).paidSeconds).toBe(40 + 60);
  });

  test("keeps an idle worker over a gap that is shorter than a start-up, and no longer one", () => {
    const gap = (seconds: number) =>
      oracle(
        workloadOf([
          { at: 100, run: 60 },
          { at: 160 + seconds, run: 60 },
        ]),
      ).paidSeconds;
    expect(gap(30)).toBe(40 + 60 + 30 + 60);
    expect(gap(300)).toBe(40 + 60 + 40 + 60);
  });

  test("fills the slots of a worker before it takes another", () => {
    const three = Array.from({ length: 3 }, (): Task => ({ at: 100, run: 60 }));
    expect(oracle(workloadOf(three, { slots: 2 })).paidSeconds).toBe(2 * (40 + 60));
  });

  test("runs a task that fails again, and a task that hangs after its heartbeat", () => {
    expect(oracle(workloadOf([{ at: 100, run: 60, fate: FATE.fails }])).paidSeconds).toBe(40 + 60 + 2 + 60);
    expect(oracle(workloadOf([{ at: 100, run: 60, fate: FATE.hangs }])).paidSeconds).toBe(40 + 120 + 2 + 60);
  });
});

describe("the metrics", () => {
  const bin = (faults: Partial<Workload["faults"]>, nowSeconds: number) => {
    const metrics = createMetrics({ ...USUAL_FAULTS, ...faults }, 7200, 1);
    metrics.scheduled(630);
    metrics.scheduled(631);
    metrics.started(640, 10);
    const last = Math.floor(nowSeconds / 60);
    return metrics.bins(nowSeconds)[HISTORY_BINS - last + 10];
  };

  test("show a minute one to two minutes after it has ended, and not before", () => {
    expect(bin({}, 660 + 59)).toMatchObject({ scheduled: null, started: null, averageWaitMs: null });
    expect(bin({}, 660 + 121)).toMatchObject({ scheduled: 2, started: 1, averageWaitMs: 10_000 });
  });

  test("lose a point for ever, or count it twice", () => {
    expect(bin({ lost: 1 }, 3600)).toMatchObject({ scheduled: null, started: null });
    expect(bin({ doubled: 1 }, 3600)).toMatchObject({ scheduled: 4, started: 2, averageWaitMs: 10_000 });
  });

  test("are late by as much as an outage lasts", () => {
    const outages = [{ fromSeconds: 600, toSeconds: 1500, kind: "late" }] as const;
    expect(bin({ outages }, 1500)?.scheduled).toBeNull();
    expect(bin({ outages }, 1621)?.scheduled).toBe(2);
  });
});

describe("the workers", () => {
  const fleetOf = (pool: Partial<PoolPhysics>) => {
    const ready: number[] = [];
    const fleet = createFleet({ ...SHARP, ...pool }, createRandom(1, "test"), (seconds) =>
      ready.push(seconds),
    );
    return { fleet, ready };
  };

  test("are launched so many at once, then so many a second", () => {
    const { fleet, ready } = fleetOf({ launches: { burst: 100, perSecond: 20 } });
    fleet.setDesired(0, 1000);
    const launched = ready.map((seconds) => seconds - 40);
    expect(launched.filter((seconds) => seconds < 0.06)).toHaveLength(101);
    expect(Math.max(...launched)).toBeCloseTo(45, 0);
  });

  test("leave an instance that is paid on, and warm for the next one", () => {
    const { fleet, ready } = fleetOf({ linger: { seconds: 900, warmSeconds: [10, 10] } });
    fleet.setDesired(0, 1);
    fleet.ready(40, 0);
    fleet.setDesired(100, 0);
    expect(fleet.paidSeconds(100)).toBe(100 + 900);
    fleet.setDesired(400, 1);
    expect(ready).toEqual([40, 400 + 10]);
    // What is left of the linger is no longer paid besides the worker.
    expect(fleet.paidSeconds(400)).toBe(100 + 300);
  });

  test("that are busy outlive a smaller desired count if they are protected, and lose their tasks if not", () => {
    const task = workloadOf([{ at: 120, run: 600 }]);
    const law = {
      tickSeconds: 60,
      decide: ({ nowSeconds }: { nowSeconds: number }) => (nowSeconds < 300 ? 1 : 0),
    };
    expect(run(task, law, 1).interrupted).toBe(0);
    expect(run({ ...task, pool: { ...task.pool, isProtected: false } }, law, 1).interrupted).toBe(1);
  });
});

describe("a run", () => {
  test("serves in the order of arrival, and counts the wait of what never starts", () => {
    const tasks = [0, 1, 2].map((at): Task => ({ at: 100 + at, run: 60 }));
    expect([...run(workloadOf(tasks), always(1), 1).waitSeconds]).toEqual([0, 59, 118]);
    const [left] = run(workloadOf([{ at: 100, run: 60 }]), always(0), 1).waitSeconds;
    expect(left).toBe(3600 + 3600 - 100);
  });

  test("gives the same outcome for the same seed, and drops what was aborted before it started", () => {
    const tasks: Task[] = [
      { at: 100, run: 600 },
      { at: 101, run: 60, aborted: 200 },
    ];
    const once = run(workloadOf(tasks), always(1), 7);
    expect(once.waitSeconds).toHaveLength(1);
    expect(run(workloadOf(tasks), always(1), 7)).toEqual(once);
  });
});
