/** The faults on purpose, as the console shows and moves them: in the words of the command line. */
import type { LocalCloud } from "../cloud/realise";
import {
  DELAY_KINDS,
  INTERVAL_KINDS,
  isPerService,
  parseFaults,
  RATE_KINDS,
  serviceNameOf,
  SERVICE_NAMES,
} from "../cloud/faults/fault-spec";
import type { FaultKindFacts, FaultsNow } from "./messages";

const KINDS: readonly FaultKindFacts[] = [
  ...RATE_KINDS.map((kind) => ({ kind, unit: "share" as const, perService: isPerService(kind) })),
  ...[...DELAY_KINDS, ...INTERVAL_KINDS].map((kind) => ({
    kind,
    unit: "ms" as const,
    perService: isPerService(kind),
  })),
];

export function faultsNow({ specs, counts }: LocalCloud["onPurpose"]): FaultsNow {
  return {
    faults: specs().map(({ kind, service, amount }) => ({
      kind,
      service: service === null ? null : serviceNameOf(service),
      amount,
    })),
    struck: counts(),
    kinds: KINDS,
    services: SERVICE_NAMES,
  };
}

/** `text` as `--fault` takes it; "" for none. Throws InvalidFault. */
export function moveFaults(onPurpose: LocalCloud["onPurpose"], text: string): void {
  onPurpose.move(text.trim() === "" ? [] : parseFaults(text));
}
