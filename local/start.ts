/** `npm start`: brings a stack to life on this machine and runs the sample workflow on it. */
import { join } from "node:path";
import {
  FINE,
  INTERRUPTED,
  isNothingToRun,
  onInterrupt,
  OutputLost,
  printJson,
  RAN_AND_FAILED,
  readArguments,
  userPath,
  WRONG_USAGE,
} from "./command-line";
import { parseArguments, type StartArguments } from "./start/arguments";
import { createProgress } from "./start/progress";
import { makeRunDirectory } from "./start/run-directory";
import { endLines, errorLine, errorOf, failedReport, resultLines, type RunReport } from "./start/report";

const PROJECT_DIRECTORY = join(__dirname, "..");
/** The newest runs keep their results and logs here, sorted by time. */
const RUNS_DIRECTORY = join(PROJECT_DIRECTORY, ".loveless", "runs");
/** What another argument mends. */
const USAGE_ERRORS: ReadonlySet<string> = new Set([
  "UnknownStack",
  "PortTaken",
  "ImageUnreadable",
  "NoDocker",
  "NotForDocker",
  "StateUnusable",
]);

async function main(argv: readonly string[]): Promise<number> {
  const options = readArguments(parseArguments, argv);
  if (isNothingToRun(options)) {
    const { exitCode, problem } = options;
    if (problem !== null)
      printJson(argv, failedReport(null, { name: "WrongUsage", cause: problem }, performance.now() / 1000));
    return exitCode;
  }
  const interrupt = onInterrupt("the workflow had ended");
  const report = await runAndReport(options, interrupt);
  printJson(argv, report);
  if (report.error === undefined) return FINE;
  if (USAGE_ERRORS.has(report.error.name)) return WRONG_USAGE;
  return interrupt.aborted && !(interrupt.reason instanceof OutputLost) ? INTERRUPTED : RAN_AND_FAILED;
}

async function runAndReport(options: StartArguments, signal: AbortSignal): Promise<RunReport> {
  const elapsedMs = (): number => performance.now();
  const progress = createProgress(options.json ? process.stderr : process.stdout, elapsedMs);
  let report: RunReport;
  try {
    // Late: --help and wrong usage answer at once.
    const { run } = await import("./start/run.ts");
    const runDirectory = await makeRunDirectory(RUNS_DIRECTORY, options.stack);
    const image = userPath(options.image);
    report = await run({
      ...options,
      image,
      ...(options.state === undefined ? {} : { state: userPath(options.state) }),
      projectDirectory: PROJECT_DIRECTORY,
      runDirectory,
      environment: process.env,
      elapsedMs,
      progress,
      signal,
    });
  } catch (error) {
    // What an interrupt broke off tells of its own end; why it ended is the interrupt.
    const why: unknown = signal.aborted ? signal.reason : error;
    report = failedReport(options.stack, errorOf(why), elapsedMs() / 1000);
  }
  if (report.error !== undefined) progress.say(errorLine(report.error));
  else {
    const found = options.once ? resultLines(report, report.pools) : [];
    for (const line of [...found, ...endLines(report)]) progress.say(line);
  }
  return report;
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
