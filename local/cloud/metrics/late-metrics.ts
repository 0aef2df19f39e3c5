/**
 * The metrics that services record of themselves, as CloudWatch delivers them: late, and by best effort.
 * https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
 */
import type { Clock } from "../clock";
import type { DelayRange } from "./delay-range";
import type { Faults } from "../faults/faults";
import type { Datum } from "./metrics";

export interface LateMetrics {
  record(datum: Datum): void;
  /** What is on its way gets lost. */
  close(): void;
}

/** What is due within this time of another comes with it: a timer for each datum would be too many. */
const SLOT_MS = 100;

export function createLateMetrics({
  metrics,
  clock,
  faults,
  delay,
}: {
  readonly metrics: { record(datum: Datum): void };
  readonly clock: Clock;
  readonly faults: Faults;
  readonly delay: DelayRange;
}): LateMetrics {
  const slots = new Map<number, Datum[]>();
  const cancels = new Set<() => void>();

  function later(datum: Datum): void {
    const delayMs = delay.leastMs + faults.random() * (delay.mostMs - delay.leastMs);
    const slot = Math.ceil((clock.now() + delayMs) / SLOT_MS);
    const known = slots.get(slot);
    if (known !== undefined) {
      known.push(datum);
      return;
    }
    const data = [datum];
    slots.set(slot, data);
    const cancel = clock.after(slot * SLOT_MS - clock.now(), () => {
      cancels.delete(cancel);
      slots.delete(slot);
      for (const each of data) metrics.record(each);
    });
    cancels.add(cancel);
  }

  return {
    record(datum) {
      if (faults.strikes("lose-metric", "monitoring")) return;
      const deliver = delay.mostMs === 0 ? metrics.record : later;
      deliver(datum);
      if (faults.strikes("double-metric", "monitoring")) deliver(datum);
    },
    close() {
      for (const cancel of cancels) cancel();
      slots.clear();
    },
  };
}
