/**
 * What to do when the log says that tasks were scheduled: wake a pool that sleeps, minutes before the metrics would. It only
 * ever adds workers; to take them away is the ticks' part.
 */
import { addToMark, type Mark } from "./mark";
import type { Bin, SignalledTasks, Workers } from "./observation";
import { plan, type Decision } from "./plan";
import { REST_BINS } from "./rest";
import type { PoolSettings } from "./settings";

export interface WakeOptions {
  readonly pool: PoolSettings;
  readonly workers: Workers;
  readonly mark: Mark;
  readonly fresh: { readonly tasks: readonly SignalledTasks[]; readonly delivery: string };
  readonly minuteSeconds: number;
  readonly nowMs: number;
}

/** How much more must be needed than is desired: each change is a call, and a burst comes in many deliveries. */
const WORTH_A_CALL = 1.1;

/**
 * Whether a delivery matters: always to a pool without a running worker; to another when more came in the last minute than
 * it has slots, so that some surely wait, unless they are short.
 */
export function isNews({ pool, workers, fresh, mark, nowMs, minuteSeconds }: WakeOptions): boolean {
  if (workers.running === 0) return true;
  const sinceMs = nowMs - minuteSeconds * 1000;
  const recent = [...mark.signalled, ...fresh.tasks].filter(({ atMs }) => atMs >= sinceMs);
  const tasks = recent.reduce((sum, each) => sum + each.tasks, 0);
  return tasks > pool.slots * Math.max(workers.desired, workers.running);
}

/** The mark to leave, and the decision; null when the desired count is good enough. `bins` is what the metrics say, if asked. */
export function wake(
  options: WakeOptions,
  bins: readonly Bin[] | null,
): { readonly mark: Mark; readonly decision: Decision | null } {
  const { pool, workers, minuteSeconds, nowMs } = options;
  const mark = addToMark(options.mark, options.fresh, { minuteSeconds, nowMs });
  const observed = {
    bins: { known: true, value: bins ?? silence(minuteSeconds, nowMs) },
    workers: { known: true, value: workers },
    signalled: mark.signalled,
  } as const;
  const [decision] = plan(new Map([[pool.activityArn, observed]]), { minuteSeconds, pools: [pool] }, nowMs);
  const desired = decision?.desired ?? 0;
  const isWorthIt = workers.desired === 0 ? desired > 0 : desired >= WORTH_A_CALL * workers.desired;
  return { mark, decision: decision !== undefined && isWorthIt ? decision : null };
}

/** The metrics of a pool to which nothing came before. */
function silence(minuteSeconds: number, nowMs: number): readonly Bin[] {
  const minuteMs = minuteSeconds * 1000;
  const lastMs = Math.floor(nowMs / minuteMs) * minuteMs;
  return Array.from({ length: REST_BINS + 1 }, (_, index) => ({
    startMs: lastMs - (REST_BINS - index) * minuteMs,
    scheduled: null,
    started: null,
    ended: null,
    averageWaitMs: null,
    runTimeMs: null,
    running: null,
    desired: null,
  }));
}
