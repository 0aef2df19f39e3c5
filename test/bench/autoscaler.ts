/** `npm run bench -- autoscaler`: all laws on the same arrivals of held-out seeds, and how long a plan takes. */
import { plan } from "../../autoscaler/plan";
import type { Bin, Observation } from "../../autoscaler/observation";
import { LAW_NAMES, LAWS, type LawName, OWN_PROFILES, PEERS } from "../../autoscaler/simulate/laws";
import { type Figures, figuresOf, median, medianFigures } from "../../autoscaler/simulate/measure";
import { oracle } from "../../autoscaler/simulate/oracle";
import { OTHER_SCENARIOS } from "../../autoscaler/simulate/other-scenarios";
import { run } from "../../autoscaler/simulate/run";
import { SCENARIOS } from "../../autoscaler/simulate/scenarios";
import { HELD_OUT_SEEDS } from "../../autoscaler/simulate/seeds";
import type { Workload } from "../../autoscaler/simulate/workload";

/** For balanced: p95 of the wait in seconds, and the cost as a multiple of the oracle's. */
const GOALS: Readonly<Record<string, readonly [number, number]>> = {
  steady: [20, 1.05],
  diurnal: [30, 1.08],
  bursts: [230, 1.45],
  map1000: [230, 1.45],
  gpu: [465, 1.15],
  heavyTail: [95, 1.1],
  retries: [75, 1.3],
  gaps: [165, 1.2],
};
/** For balancedSignal: p95 of the wait in seconds. */
const SIGNAL_GOALS: Readonly<Record<string, number>> = { bursts: 100, map1000: 100 };

type Row = Record<LawName, Figures>;

export async function bench(): Promise<Record<string, unknown>> {
  // First: what the simulator leaves behind in the process is not what the Lambda finds.
  const plan200PoolsMillis = planMillis(200);
  const scenarios = await measure(SCENARIOS);
  const others = await measure(OTHER_SCENARIOS);
  return {
    bench: "autoscaler",
    seeds: HELD_OUT_SEEDS,
    scenarios,
    frontier: frontier(scenarios),
    plan200PoolsMillis,
    goals: goalsOf(scenarios),
    others,
    othersFrontier: frontier(others),
  };
}

async function measure(
  builders: Readonly<Record<string, (seed: number) => Workload>>,
): Promise<Record<string, Row>> {
  const rows: Record<string, Row> = {};
  for (const [name, build] of Object.entries(builders)) {
    const figures = new Map<LawName, Figures[]>(LAW_NAMES.map((law) => [law, []]));
    for (const seed of HELD_OUT_SEEDS) {
      const workload = build(seed);
      const best = oracle(workload).paidSeconds;
      for (const law of LAW_NAMES) figures.get(law)?.push(figuresOf(run(workload, LAWS[law](), seed), best));
    }
    rows[name] = Object.fromEntries(
      LAW_NAMES.map((law) => [law, rounded(medianFigures(figures.get(law) ?? []))]),
    ) as Row;
    process.stderr.write(`${name}: ${JSON.stringify(rows[name].balanced)}\n`);
    // Lets what waits for the process, such as Ctrl-C, be heard.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return rows;
}

function rounded({ p95WaitSeconds, costRatio, scaleEvents, interrupted }: Figures): Figures {
  return {
    p95WaitSeconds: Math.round(p95WaitSeconds * 10) / 10,
    costRatio: Math.round(costRatio * 1000) / 1000,
    scaleEvents,
    interrupted,
  };
}

/** On how many scenarios some profile is at least as good as the peer in both figures. */
function frontier(
  scenarios: Readonly<Record<string, Row>>,
): Record<string, { dominatedOn: number; of: number }> {
  const rows = Object.values(scenarios);
  return Object.fromEntries(
    PEERS.map((peer) => {
      const dominatedOn = rows.filter((row) =>
        OWN_PROFILES.some(
          (profile) =>
            row[profile].p95WaitSeconds <= row[peer].p95WaitSeconds &&
            row[profile].costRatio <= row[peer].costRatio,
        ),
      ).length;
      return [peer, { dominatedOn, of: rows.length }];
    }),
  );
}

function goalsOf(scenarios: Readonly<Record<string, Row>>): Record<string, unknown> {
  const balanced = Object.entries(GOALS).map(([name, [wait, cost]]) => {
    const { p95WaitSeconds, costRatio } = scenarios[name]?.balanced ?? {
      p95WaitSeconds: NaN,
      costRatio: NaN,
    };
    return [name, { wait, cost, isMet: p95WaitSeconds <= wait && costRatio <= cost }];
  });
  const signal = Object.entries(SIGNAL_GOALS).map(([name, wait]) => [
    name,
    { wait, isMet: (scenarios[name]?.balancedSignal.p95WaitSeconds ?? NaN) <= wait },
  ]);
  return {
    balanced: Object.fromEntries(balanced) as object,
    balancedSignal: Object.fromEntries(signal) as object,
  };
}

const MINUTE_MS = 60_000;
const HISTORY_MINUTES = 360;

/** The median of plans for so many busy pools, each with six hours of history. */
function planMillis(count: number): number {
  const nowMs = Date.UTC(2026, 10, 20, 12, 0, 30);
  const pools = Array.from({ length: count }, (_, index) => ({
    function: `function${String(index)}`,
    activityArn: `arn:aws:states:eu-west-1:123456789012:activity:a${String(index)}`,
    serviceArn: `arn:aws:ecs:eu-west-1:123456789012:service/loveless/s${String(index)}`,
    slots: 1 + (index % 4),
    minWorkers: 0,
    maxWorkers: 500,
    profile: OWN_PROFILES[index % 3] ?? "balanced",
  }));
  const observation: Observation = new Map(
    pools.map(({ activityArn, slots }, index) => {
      const running = Math.ceil((20 + index) / slots);
      const workers = { known: true, value: { desired: running, running, pending: 0 } } as const;
      return [
        activityArn,
        { bins: { known: true, value: busyBins(index, running, nowMs) }, workers, signalled: [] },
      ];
    }),
  );
  const took = Array.from({ length: 40 }, () => {
    const from = performance.now();
    plan(observation, { minuteSeconds: 60, pools }, nowMs);
    return performance.now() - from;
  });
  return Math.round(median(took) * 10) / 10;
}

/** A load that swings, with a backlog that comes and goes. */
function busyBins(seed: number, running: number, nowMs: number): readonly Bin[] {
  const last = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  return Array.from({ length: HISTORY_MINUTES + 1 }, (_, index) => {
    const tasks = Math.round(20 + seed + 10 * Math.sin((index + seed) / 9));
    const isVisible = index < HISTORY_MINUTES - 2;
    return {
      startMs: last - (HISTORY_MINUTES - index) * MINUTE_MS,
      scheduled: isVisible ? tasks + (index % 7 === 0 ? 9 : 0) : null,
      started: isVisible ? tasks + (index % 7 === 1 ? 9 : 0) : null,
      ended: isVisible ? tasks : null,
      averageWaitMs: isVisible ? 500 + 900 * (index % 7) : null,
      runTimeMs: isVisible ? tasks * (40_000 + 9_000 * (index % 5)) : null,
      running,
      desired: running,
    };
  });
}
