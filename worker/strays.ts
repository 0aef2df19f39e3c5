/** Kills what a function process left outside of its group, by a session of its own (setsid): found by what it inherited. */
import { readlinkSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";

/** Each round finds what was forked while the one before it killed. */
const ROUNDS = 10;
/** The pid namespace that a machine boots with: PROC_PID_INIT_INO of Linux's include/linux/proc_ns.h. */
const FIRST_PID_NAMESPACE = "pid:[4026531836]";

export interface Strays {
  /** `NAME=value`, which only this function process and its children have in their environment. */
  readonly mark: string;
  /** True: whatever else descends from the worker or from the container's init is a stray too, mark or not. */
  readonly alone: boolean;
}

/**
 * Whether the worker is all that its container is for, alone in a pid namespace: started as its first process, or by the
 * init that is. Never so on a laptop, where other people's processes are near.
 */
export function ownsPidNamespace(): boolean {
  try {
    return (
      readlinkSync("/proc/self/ns/pid") !== FIRST_PID_NAMESPACE && (process.pid === 1 || process.ppid === 1)
    );
  } catch {
    return false;
  }
}

/** Resolves when none is found any more. On systems without /proc it finds none. */
export async function killStrays(strays: Strays): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const found = await find(strays);
    if (found.length === 0) return;
    for (const pid of found) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // Gone already, or somebody else's.
      }
    }
  }
}

async function find({ mark, alone }: Strays): Promise<readonly number[]> {
  const names = await readdir("/proc").catch(() => []);
  const pids = names.map(Number).filter((pid) => pid > 1 && pid !== process.pid);
  const parents = alone ? new Map(await Promise.all(pids.map(parentOf))) : new Map<number, number | null>();
  const marked = await Promise.all(
    pids.map(async (pid) => (alone && descends(pid, parents)) || (await isMarked(pid, mark))),
  );
  return pids.filter((_pid, index) => marked[index] === true);
}

/** Empty for a zombie, unreadable for others' processes: neither is ours to kill. */
async function isMarked(pid: number, mark: string): Promise<boolean> {
  const environment = await readFile(`/proc/${String(pid)}/environ`, "utf8").catch(() => "");
  return environment.split("\0").includes(mark);
}

/** Null for a zombie, and for what is gone. */
async function parentOf(pid: number): Promise<[number, number | null]> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, "utf8").catch(() => "");
  // "PID (NAME) STATE PARENT …"; the name may hold spaces and brackets.
  const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return [pid, state === undefined || state === "" || state === "Z" ? null : Number(parent)];
}

/** What was started from outside, such as a health check, has parent 0 or a parent that has. */
function descends(pid: number, parents: ReadonlyMap<number, number | null>): boolean {
  for (let at: number | null = pid, steps = 0; at !== null && steps <= parents.size; steps += 1) {
    if (at === 1 || at === process.pid) return true;
    at = parents.get(at) ?? null;
  }
  return false;
}
