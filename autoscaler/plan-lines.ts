/** `npm run plan`: what the autoscaler would decide, for each line of JSON on standard input; to replay a night, or to ask why. */
import { createInterface } from "node:readline";
import { Command } from "commander";
import { plan } from "./plan";
import { readRecord } from "./plan-record";

const FINE = 0;
const RAN_AND_FAILED = 1;
const WRONG_USAGE = 2;

const HELP = `
Each line is {"observation", "settings", "now"}; its answer is one line {"now", "decisions"}, or {"error"}.
docs/autoscaler.md describes both. With logObservations in its settings the autoscaler logs such lines itself;
lines of other events are passed over:

  npm run --silent plan < night.log | jq '.decisions[] | [.pool, .desired, .reason]'

Exit codes: 0 fine, 1 a line was not understood, 2 wrong usage.`;

async function main(argv: readonly string[]): Promise<number> {
  try {
    new Command("npm run plan --")
      .description(
        "Reads observations as JSON lines and writes the decisions that the autoscaler would make.",
      )
      .addHelpText("after", HELP)
      .showHelpAfterError(
        "It takes no file: observations come on standard input, as in npm run --silent plan < night.log",
      )
      .allowExcessArguments(false)
      .exitOverride()
      .parse(argv, { from: "user" });
  } catch (error) {
    const { exitCode } = error as { exitCode?: number };
    if (exitCode === undefined) throw error;
    return exitCode === 0 ? FINE : WRONG_USAGE;
  }
  let code = FINE;
  let number = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = answerTo(line, ++number);
    if (answer === null) continue;
    if ("error" in answer) code = RAN_AND_FAILED;
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  return code;
}

/** Null for a line that is no question: an empty one, or a log line of another event. */
function answerTo(line: string, number: number): object | null {
  if (line.trim() === "") return null;
  try {
    const value: unknown = JSON.parse(line);
    const event = (value as { event?: unknown } | null)?.event;
    if (event !== undefined && event !== "observed") return null;
    const { observation, settings, nowMs } = readRecord(value);
    const decisions = plan(observation, settings, nowMs).map(({ pool, ...decision }) => ({
      pool: pool.function,
      activity: pool.activityArn,
      ...decision,
    }));
    return { now: nowMs, decisions };
  } catch (error) {
    return { error: `Line ${String(number)}: ${(error as Error).message}` };
  }
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
