/** Whether a process lives, for tests that kill some. */
import { readFileSync } from "node:fs";

/** A zombie is dead: only, nobody has read its exit status yet. */
export function isAlive(pid: unknown): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${String(pid)}/status`, "utf8"));
  } catch {
    return false;
  }
}
