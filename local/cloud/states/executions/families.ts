/** The children of Map Runs: none is forgotten for good while its Map Run may still go on after a restart. */
import type { Execution } from "./execution";
import type { StatesStore } from "./journal";
import type { MapRuns } from "../maps/map-runs";

export interface Families {
  /** After a restart: the children that a Map Run had started, by the index of their input. */
  childrenOf(mapRunArn: string): ReadonlyMap<number, Execution>;
  /** The execution is kept no longer; a child only as long as its Map Run runs. */
  forget(execution: Execution): void;
  ended(mapRunArn: string): void;
}

const NONE: ReadonlyMap<number, Execution> = new Map();

/** `kept`: what came back after a restart. */
export function createFamilies(
  store: StatesStore | null,
  mapRuns: Pick<MapRuns, "isRunning">,
  kept: readonly Execution[],
): Families {
  const children = new Map<string, Map<number, Execution>>();
  const forgotten = new Map<string, number[]>();
  for (const execution of kept) {
    const { mapRunArn, mapIndex } = execution;
    if (mapRunArn === null || mapIndex === null || !mapRuns.isRunning(mapRunArn)) continue;
    const siblings = children.get(mapRunArn) ?? new Map<number, Execution>();
    children.set(mapRunArn, siblings.set(mapIndex, execution));
  }
  return {
    childrenOf: (mapRunArn) => children.get(mapRunArn) ?? NONE,
    forget({ number, mapRunArn }) {
      if (store === null) return;
      if (mapRunArn === null || !mapRuns.isRunning(mapRunArn)) {
        store.forget(number);
        return;
      }
      const siblings = forgotten.get(mapRunArn) ?? [];
      siblings.push(number);
      forgotten.set(mapRunArn, siblings);
    },
    ended(mapRunArn) {
      for (const number of forgotten.get(mapRunArn) ?? []) store?.forget(number);
      forgotten.delete(mapRunArn);
      children.delete(mapRunArn);
    },
  };
}
