/** Ends workers on purpose: killed outright, or taken back as Spot capacity is. */
import type { Clock } from "../clock";
import type { Ecs } from "../ecs/ecs";
import type { IntervalKind } from "./fault-spec";
import type { Faults } from "./faults";

/** A worker that is due while none runs is the next one that does; so often is looked. */
const LOOK_EVERY_MS = 100;

/**
 * Ends one running worker, by chance, every so often; the first after a part of the interval that the seed decides.
 * Moved faults count at once. The function returned ends that.
 */
export function startWorkerFaults(
  ecs: Pick<Ecs, "kill" | "interrupt">,
  faults: Faults,
  clock: Clock,
): () => void {
  let stops = start();
  let stopped = false;
  faults.onMoved(() => {
    stop();
    if (!stopped) stops = start();
  });

  function start(): readonly (() => void)[] {
    return [
      beat("kill-worker", (chance) => ecs.kill(chance)),
      beat("spot", (chance) => ecs.interrupt(chance)),
    ];
  }

  function stop(): void {
    for (const each of stops) each();
  }

  function beat(kind: IntervalKind, strike: (chance: number) => boolean): () => void {
    const intervalMs = faults.intervalMs(kind);
    if (intervalMs === null) return () => undefined;
    let cancel = (): void => undefined;
    const look = (): void => {
      const struck = strike(faults.random());
      if (struck) faults.count(kind);
      cancel = clock.after(struck ? intervalMs : LOOK_EVERY_MS, look);
    };
    cancel = clock.after(faults.random() * intervalMs, look);
    return () => {
      cancel();
    };
  }

  return () => {
    stopped = true;
    stop();
  };
}
