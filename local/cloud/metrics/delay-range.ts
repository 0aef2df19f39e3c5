/** A delay by chance between two bounds; as `60s..120s` on the command line. */
import { parseDuration } from "../faults/fault-spec";

/** In milliseconds. */
export interface DelayRange {
  readonly leastMs: number;
  readonly mostMs: number;
}

/** `5s..10s`, or `5s` for always the same; null for anything else. */
export function parseDelayRange(text: string): DelayRange | null {
  const [least = "", most = least, ...more] = text.split("..");
  const [leastMs, mostMs] = [parseDuration(least), parseDuration(most)];
  if (leastMs === null || mostMs === null || leastMs > mostMs || more.length > 0) return null;
  return { leastMs, mostMs };
}
