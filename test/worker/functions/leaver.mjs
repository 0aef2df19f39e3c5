// A function that leaves whatever it can for the next task, and tells what it finds of an earlier one.
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SHARED_MEMORY = "/dev/shm/loveless-left-behind";
let memory = null;

/** `nap`: how long what it leaves sleeps, a number that no other process has on its command line. */
export const handler = async ({ nap, sharedMemory, scrubbed }) => {
  const found = {
    memory: memory !== null,
    environment: process.env.LEFT_BEHIND !== undefined,
    files: readdirSync(tmpdir()).filter((name) => name.startsWith("left-")).length,
    sharedMemory: existsSync(SHARED_MEMORY),
    children: sleepers(nap).length,
  };
  memory = "left";
  process.env.LEFT_BEHIND = "left";
  writeFileSync(join(tmpdir(), "left-file"), "left");
  mkdirSync(join(tmpdir(), "left-directory", "closed"), { recursive: true });
  writeFileSync(join(tmpdir(), "left-directory", "closed", "file"), "left");
  chmodSync(join(tmpdir(), "left-directory", "closed"), 0);
  if (sharedMemory) writeFileSync(SHARED_MEMORY, "left");
  await leaveChild(nap, scrubbed ? { PATH: process.env.PATH } : process.env);
  return { ...found, directory: tmpdir(), pid: process.pid };
};

/** Detached, so in a session of its own, and of a parent that ends at once. */
async function leaveChild(nap, env) {
  spawn("sh", ["-c", `setsid sleep ${nap} & exit 0`], { detached: true, stdio: "ignore", env });
  while (sleepers(nap).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

function sleepers(nap) {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8") === `sleep\0${nap}\0`;
    } catch {
      return false;
    }
  });
}

/** The test's own user may; in the worker image the marker is root's. */
export const removeMarker = async () => {
  rmSync(join(tmpdir(), ".loveless-scratch"));
};
