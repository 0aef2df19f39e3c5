/** How long a newcomer waits: from `npm start -- --once` to the first task of the sample workflow. */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import type { RunReport } from "../../../local/start/report";

export async function secondsToFirstTask(): Promise<number> {
  process.stderr.write("npm start\n");
  const cwd = resolve(__dirname, "../../..");
  const args = ["run", "--silent", "start", "--", "--once", "--json"];
  const { stdout } = await promisify(execFile)("npm", args, { cwd });
  const { firstTaskSeconds } = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as RunReport;
  if (firstTaskSeconds === null) throw new Error("The run had no task.");
  return firstTaskSeconds;
}
