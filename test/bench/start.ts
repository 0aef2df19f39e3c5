/** How long a newcomer waits: `npm start -- --once` on each stack, a process of its own each time. */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { percentile } from "../../local/start/statistics";
import type { RunReport } from "../../local/start/report";

const STACKS = ["dev", "staging", "prod"];
const RUNS = 3;
const root = resolve(__dirname, "../..");

/** `{ runs, stacks: { STACK: { firstTaskSeconds, wallSeconds } } }`: medians. */
export async function bench(): Promise<Record<string, unknown>> {
  const stacks: Record<string, object> = {};
  for (const stack of STACKS) {
    const reports: RunReport[] = [];
    for (let run = 1; run <= RUNS; run += 1) {
      process.stderr.write(`${stack} ${String(run)}/${String(RUNS)}\n`);
      reports.push(await once(stack));
    }
    stacks[stack] = {
      firstTaskSeconds: percentile(
        reports.flatMap((report) => report.firstTaskSeconds ?? []),
        50,
      ),
      wallSeconds: percentile(
        reports.map((report) => report.wallSeconds),
        50,
      ),
    };
  }
  return { runs: RUNS, stacks };
}

async function once(stack: string): Promise<RunReport> {
  const args = ["run", "--silent", "start", "--", "--once", "--json", "--stack", stack];
  const { stdout } = await promisify(execFile)("npm", args, { cwd: root });
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as RunReport;
}
