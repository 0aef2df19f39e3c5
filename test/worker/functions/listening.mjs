// What a function can find out about its worker: every port that a process of this machine listens on.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Its sockets by number, then the table of listeners. */
export function listening(pid) {
  const sockets = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [/\d+/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[0]];
    } catch {
      return [];
    }
  });
  return readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === "0A" && sockets.includes(inode))
    .map(([, local]) => String(parseInt(local.split(":")[1], 16)));
}
