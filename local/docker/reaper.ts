/**
 * Entry point of Docker's reaper: waits beside a run and, when the run's own process is gone without a word (SIGKILL, a
 * crash), removes its containers and volumes, which would outlive it. Run by plain Node, which strips the types.
 */
import { execFile } from "node:child_process";
import { sweep } from "./labels.ts";

const run = process.argv[2] ?? "";
let dismissed = false;
process.stdin.on("data", () => {
  dismissed = true;
});
process.stdin.on("end", () => {
  if (dismissed || run === "") process.exit(0);
  const ask = (args: readonly string[]): Promise<string> =>
    new Promise((resolve) => {
      execFile("docker", args, (_error, stdout) => {
        resolve(stdout);
      });
    });
  void sweep(ask, run).then(() => process.exit(0));
});
