/** Finds and kills processes by a `NAME=value` of their environment. Also run by plain Node (reaper.ts): built-ins only. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

/** A process that the kernel does not end within this time (a stuck disk, say) is given up, rather than waited for. */
const KILL_DEADLINE_MS = 5_000;
const SWEEP_PAUSE_MS = 5;

/** Ids of the live processes whose environment holds `mark`; our own is never among them. */
export async function processesMarked(mark: string): Promise<number[]> {
  const found = existsSync("/proc/self/environ") ? await fromProc(mark) : await fromPs(mark);
  return found.filter((pid) => pid !== process.pid);
}

/** Sends SIGKILL to every marked process, again for those forked meanwhile, until none is left. */
export async function killMarked(mark: string): Promise<void> {
  const deadline = Date.now() + KILL_DEADLINE_MS;
  for (;;) {
    const pids = await processesMarked(mark);
    if (pids.length === 0 || Date.now() > deadline) return;
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // Gone since the sweep: what was wanted.
      }
    }
    await setTimeout(SWEEP_PAUSE_MS);
  }
}

async function fromProc(mark: string): Promise<number[]> {
  const wanted = Buffer.from(`\0${mark}\0`);
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const holds = await Promise.all(
    pids.map(async (pid) => {
      try {
        const environment = await readFile(`/proc/${pid}/environ`);
        return Buffer.concat([Buffer.from("\0"), environment, Buffer.from("\0")]).includes(wanted);
      } catch {
        return false; // It ended meanwhile, or belongs to somebody else.
      }
    }),
  );
  return pids.filter((_, index) => holds[index]).map(Number);
}

/** macOS has no /proc; its ps shows the environment of one's own processes behind the command. */
function fromPs(mark: string): Promise<number[]> {
  return new Promise((resolve) => {
    execFile(
      "ps",
      ["axeww", "-o", "pid=", "-o", "command="],
      { maxBuffer: 64 * 1024 * 1024 },
      (_error, output) => {
        const lines = output.split("\n").filter((line) => `${line} `.includes(` ${mark} `));
        resolve(lines.map((line) => Number.parseInt(line, 10)).filter((pid) => pid > 0));
      },
    );
  });
}
