/** Decides which call, task or worker a fault hits: by the seed alone, and counted. */
import { isRate, type FaultKind, type FaultSpec, type IntervalKind, type RateKind } from "./fault-spec";
import { seededRandom } from "./random";

/** How often each fault that was asked for has struck. */
export type FaultCounts = Readonly<Partial<Record<FaultKind, number>>>;

export interface Faults {
  /** Whether this one is hit; `service` is the SigV4 signing name of the service that it is of. */
  strikes(kind: RateKind, service: string): boolean;
  /** How much later this service's answer comes; 0 where nobody asked for it. */
  delayMs(service: string): number;
  /** How far apart; null where nobody asked for it. */
  intervalMs(kind: IntervalKind): number | null;
  /** For choices within a fault: which worker, before or after. From 0 (included) to 1. */
  random(): number;
  /** One more of a kind that `strikes` does not count itself. */
  count(kind: FaultKind): void;
  counts(): FaultCounts;
}

/** The same seed gives the same decisions, in the order of what each kind could hit at each service. */
export function createFaults(specs: readonly FaultSpec[], seed: number): Faults {
  const counts = new Map<FaultKind, number>(specs.map(({ kind }) => [kind, 0]));
  const streams = new Map<string, () => number>();
  const random = seededRandom(seed, "choices");

  /** The fault of this very service comes before the one of all. */
  function amountOf(kind: FaultKind, service: string): number | null {
    const found = specs.filter((spec) => spec.kind === kind);
    return (
      (found.find((spec) => spec.service === service) ?? found.find((spec) => spec.service === null))
        ?.amount ?? null
    );
  }

  function streamOf(kind: FaultKind, service: string): () => number {
    const purpose = `${kind} ${service}`;
    const stream = streams.get(purpose) ?? seededRandom(seed, purpose);
    streams.set(purpose, stream);
    return stream;
  }

  function count(kind: FaultKind): void {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }

  return {
    strikes(kind, service) {
      const rate = amountOf(kind, service);
      if (rate === null || streamOf(kind, service)() >= rate) return false;
      count(kind);
      return true;
    },
    delayMs(service) {
      const delayMs = amountOf("delay", service) ?? 0;
      if (delayMs > 0) count("delay");
      return delayMs;
    },
    intervalMs: (kind) => amountOf(kind, ""),
    random,
    count,
    counts: () => Object.fromEntries(counts),
  };
}

/** A cloud in which nothing goes wrong on purpose. */
export const NO_FAULTS: Faults = createFaults([], 0);

/** Whether any of them hits calls: without one, calls need not pass the faults at all. */
export function hitCalls(specs: readonly FaultSpec[]): boolean {
  return specs.some(({ kind }) => kind === "delay" || (isRate(kind) && !/metric|log/.test(kind)));
}
