/** Follows a run while it goes on: what the executions do, and which workers come. */
import type { LocalCloud } from "../cloud/realise";
import type { Progress } from "./progress";
import { createStatistics, type Statistics } from "./statistics";

const LOOK_EVERY_MS = 200;

export interface Watch {
  readonly statistics: Statistics;
  /** From the command to the first task that ended well; null while there is none. */
  firstTaskSeconds(): number | null;
  stop(): void;
}

/** `elapsedMs` is since the start of the command. */
export function watchRun(cloud: LocalCloud, progress: Progress, elapsedMs: () => number): Watch {
  const statistics = createStatistics(Date.now() - elapsedMs());
  let firstTaskMs: number | null = null;
  for (const { arn } of cloud.goneOn) {
    for (const event of cloud.states.view.execution(arn)?.log.events ?? []) statistics.add(arn, event);
  }
  cloud.states.onEvent((executionArn, event) => {
    statistics.add(executionArn, event);
    if (/^(Activity|LambdaFunction)Succeeded$/.test(event.type)) firstTaskMs ??= elapsedMs();
  });
  const announced = new Set<number>();
  const timer = setInterval(() => {
    for (const { function: name, placement, pids } of cloud.pools()) {
      for (const pid of pids.filter((each) => !announced.has(each))) {
        announced.add(pid);
        progress.say(`a worker of ${name} started (${placement}, process ${String(pid)})`);
      }
    }
    progress.status(statusOf(cloud, statistics));
  }, LOOK_EVERY_MS);
  return {
    statistics,
    firstTaskSeconds: () => (firstTaskMs === null ? null : firstTaskMs / 1000),
    stop() {
      clearInterval(timer);
    },
  };
}

function statusOf(cloud: LocalCloud, statistics: Statistics): string {
  const states = [...statistics.states()].map(
    ([name, { scheduled, ended }]) => `${name} ${String(ended)}/${String(scheduled)}`,
  );
  const pools = cloud
    .pools()
    .map((pool) => `${pool.function} ${String(pool.runningCount)} of ${String(pool.desiredCount)}`);
  return `${states.join(", ") || "starting"}; workers: ${pools.join(", ") || "none"}`;
}
