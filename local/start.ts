/** `npm start`: brings a stack to life on this machine and runs the sample workflow on it. */
import { join, resolve } from "node:path";
import { parseArguments, type StartArguments } from "./start/arguments";
import { createProgress } from "./start/progress";
import { makeRunDirectory } from "./start/run-directory";
import { errorOf, failedReport, resultLines, type RunReport } from "./start/report";

const PROJECT_DIRECTORY = join(__dirname, "..");
/** The newest runs keep their results and logs here, sorted by time. */
const RUNS_DIRECTORY = join(PROJECT_DIRECTORY, ".loveless", "runs");
const FINE = 0;
const RAN_AND_FAILED = 1;
const WRONG_USAGE = 2;
/** 128 and the number of SIGINT, as shells have it. */
const INTERRUPTED = 130;
/** One Ctrl-C comes twice: from the terminal, and from npm, which passes on what it gets. */
const SAME_PRESS_MS = 500;
/** What another argument mends. */
const USAGE_ERRORS: ReadonlySet<string> = new Set(["UnknownStack", "PortTaken"]);

async function main(argv: readonly string[]): Promise<number> {
  const say = (report: RunReport): void => {
    if (argv.includes("--json")) process.stdout.write(`${JSON.stringify(report)}\n`);
  };
  let options: StartArguments;
  try {
    options = parseArguments(argv);
  } catch (error) {
    const { exitCode, message } = error as { exitCode?: number; message: string };
    if (exitCode === undefined) throw error;
    if (exitCode === 0) return FINE;
    say(failedReport(null, { name: "WrongUsage", cause: message }, performance.now() / 1000));
    return WRONG_USAGE;
  }
  const interrupt = onInterrupt();
  const report = await runAndReport(options, interrupt);
  say(report);
  if (report.error === undefined) return FINE;
  if (USAGE_ERRORS.has(report.error.name)) return WRONG_USAGE;
  return interrupt.aborted ? INTERRUPTED : RAN_AND_FAILED;
}

async function runAndReport(options: StartArguments, signal: AbortSignal): Promise<RunReport> {
  const elapsedMs = (): number => performance.now();
  const progress = createProgress(options.json ? process.stderr : process.stdout, elapsedMs);
  let report: RunReport;
  try {
    // Late: --help and wrong usage answer at once.
    const { run } = await import("./start/run.ts");
    const runDirectory = await makeRunDirectory(RUNS_DIRECTORY, options.stack);
    // npm runs scripts in the project's directory; the user's own is where a relative path starts.
    const image = resolve(process.env.INIT_CWD ?? process.cwd(), options.image);
    report = await run({
      ...options,
      image,
      projectDirectory: PROJECT_DIRECTORY,
      runDirectory,
      elapsedMs,
      progress,
      signal,
    });
  } catch (error) {
    report = failedReport(options.stack, errorOf(error), elapsedMs() / 1000);
  }
  if (report.error !== undefined) progress.say(`${report.error.name}: ${report.error.cause}`);
  else if (options.once) for (const line of resultLines(report, report.pools)) progress.say(line);
  return report;
}

/** The first Ctrl-C drains; a later one leaves at once, and what then remains is ended by the run's reaper. */
function onInterrupt(): AbortSignal {
  const interrupt = new AbortController();
  let firstMs = 0;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (!interrupt.signal.aborted) {
        firstMs = performance.now();
        interrupt.abort(new Error(`${signal} came before the workflow had ended`));
      } else if (performance.now() - firstMs > SAME_PRESS_MS) process.exit(INTERRUPTED);
    });
  }
  return interrupt.signal;
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
