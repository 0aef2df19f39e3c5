/**
 * Entry point of the reaper: waits beside a run and, when the run's own process is gone without a word (SIGKILL, a
 * crash), kills every process that carries the run's mark. Run by plain Node, which strips the types.
 */
import { killMarked } from "./marks.ts";

const mark = process.argv[2] ?? "";
let dismissed = false;
process.stdin.on("data", () => {
  dismissed = true;
});
process.stdin.on("end", () => {
  if (dismissed || mark === "") process.exit(0);
  void killMarked(mark).then(() => process.exit(0));
});
