/**
 * What a pool would cost that knew all arrivals: no task waits, start-up is paid all the same, and an idle worker is kept
 * only where the gap is shorter than a start-up. Tasks are packed into slots without a loss, which no pool can do: a
 * bound from below.
 */
import { FATE, type Workload } from "./workload";

export interface OracleOutcome {
  readonly paidSeconds: number;
  /** Workers in use, as steps: from each second on, so many. */
  readonly steps: readonly { readonly seconds: number; readonly workers: number }[];
}

export function oracle({ tasks, pool }: Workload): OracleOutcome {
  const startUpSeconds = (pool.startUpSeconds[0] + pool.startUpSeconds[1]) / 2;
  const steps: { seconds: number; workers: number }[] = [];
  /** By worker: when it became idle. */
  const idleSince: number[] = [];
  const busySince: number[] = [];
  let [inFlight, workers, paidSeconds] = [0, 0, 0];
  for (const { seconds, change } of changesOf(tasks, pool.heartbeatSeconds)) {
    inFlight += change;
    const needed = Math.ceil(inFlight / pool.slots);
    if (needed === workers) continue;
    if (needed > workers) {
      const gap = seconds - (idleSince[workers] ?? Number.NEGATIVE_INFINITY);
      paidSeconds += Math.min(gap, startUpSeconds);
      busySince[workers] = seconds;
    } else {
      idleSince[needed] = seconds;
      paidSeconds += seconds - (busySince[needed] ?? seconds);
    }
    workers = needed;
    steps.push({ seconds, workers });
  }
  return { paidSeconds, steps };
}

/** Starts and ends of all attempts, each at once when it is scheduled. */
function changesOf(
  tasks: Workload["tasks"],
  heartbeatSeconds: number,
): readonly { seconds: number; change: number }[] {
  const changes: { seconds: number; change: number }[] = [];
  const attempt = (from: number, runs: number): number => {
    changes.push({ seconds: from, change: 1 }, { seconds: from + runs, change: -1 });
    return from + runs;
  };
  tasks.scheduledSeconds.forEach((scheduled, task) => {
    const runs = tasks.runSeconds[task] ?? 0;
    const fate = tasks.fates[task];
    const ended = attempt(scheduled, fate === FATE.hangs ? heartbeatSeconds : runs);
    if (fate !== FATE.succeeds) attempt(ended + 2, runs);
  });
  // At the same instant what ends makes room for what starts.
  return changes.sort((a, b) => a.seconds - b.seconds || a.change - b.change);
}
