/** Decides which call, task or worker a fault hits: by the seed alone, and counted. */
import type { FaultKind, FaultSpec, IntervalKind, RateKind } from "./fault-spec";
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
  /** What is asked for now. */
  specs(): readonly FaultSpec[];
  /** Asks for these from now on, in place of all before. What chance decides goes on where it was. */
  move(specs: readonly FaultSpec[]): void;
  /** Told when they were moved. */
  onMoved(listener: () => void): void;
}

/** The same seed gives the same decisions, in the order of what each kind could hit at each service. */
export function createFaults(initial: readonly FaultSpec[], seed: number): Faults {
  let specs = initial;
  const listeners: (() => void)[] = [];
  const counts = new Map<FaultKind, number>(specs.map(({ kind }) => [kind, 0]));
  const streams = new Map<string, () => number>();
  const random = seededRandom(seed, "choices");

  /** What is said of this very service comes before what is said of all, and the last word before an earlier one. */
  function amountOf(kind: FaultKind, service: string): number | null {
    const said = (of: string | null): FaultSpec | undefined =>
      specs.findLast((spec) => spec.kind === kind && spec.service === of);
    return (said(service) ?? said(null))?.amount ?? null;
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
    specs: () => specs,
    move(wanted) {
      specs = wanted;
      for (const { kind } of wanted) counts.set(kind, counts.get(kind) ?? 0);
      for (const listener of listeners) listener();
    },
    onMoved(listener) {
      listeners.push(listener);
    },
  };
}
