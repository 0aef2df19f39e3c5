/**
 * Keeps V8 from letting its young generation grow to a hundred MiB and more, as it does on machines with much memory: a
 * worker makes garbage and keeps nothing, and the memory belongs to the function.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

const YOUNG_BYTES = 16 * 1024 * 1024;
/** Calls between two looks. */
const EVERY = 20;

/** To be called for each task. V8 reads this flag whenever it might grow; flags of sizes it reads at its start alone. */
export function createYoungLimit(): () => void {
  // One thread is done in half a millisecond; to wake others for it costs more, and takes their time from the function.
  setFlagsFromString("--no-parallel-scavenge");
  let calls = 0;
  let limited = false;
  return () => {
    calls += 1;
    if (limited || calls % EVERY !== 0) return;
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
    if (young === undefined || young.space_size < YOUNG_BYTES) return;
    setFlagsFromString("--semi-space-growth-factor=1");
    limited = true;
  };
}
