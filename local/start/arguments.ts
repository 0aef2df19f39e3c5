/** The arguments of `npm start`, and what is said of them by --help. */
import { join } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import type { IamMode } from "../cloud/access";
import { parseDelayRange, type DelayRange } from "../cloud/metrics/delay-range";
import { isPlacement, PLACEMENTS, type Placement } from "../cloud/ecs/placement";
import { parseDuration, parseFaults, type FaultSpec } from "../cloud/faults/fault-spec";
import { newCommand, path, wholeNumber } from "../command-line";

export interface StartArguments {
  readonly stack: string;
  readonly once: boolean;
  readonly json: boolean;
  readonly image: string;
  readonly threshold: number;
  readonly minArea: number;
  readonly tileSize: number;
  readonly port: number;
  /** False: none. */
  readonly console: boolean;
  /** Absent: a free one, and none with `once`. */
  readonly consolePort?: number;
  readonly minuteSeconds: number;
  /** Containers of the real images in place of processes. */
  readonly docker: boolean;
  /** A directory for what outlives the run. Absent: nothing does. */
  readonly state?: string;
  readonly iam: IamMode;
  /** What goes wrong on purpose. */
  readonly fault: readonly FaultSpec[];
  readonly seed: number;
  /** By placement, from the decision to start a worker (or its instance) to its start. */
  readonly startDelay: Readonly<Partial<Record<Placement, number>>>;
  /** Absent: none. */
  readonly metricDelay?: DelayRange;
  /** Absent: the local cloud's own. */
  readonly logDelay?: DelayRange;
}

/** The image that the sample workflow catalogues when none is given. */
const DEFAULT_IMAGE = "examples/hubble-deep-field.png";

/** Throws commander's CommanderError: exitCode 0 after --help, otherwise wrong usage, already explained on standard error. */
export function parseArguments(argv: readonly string[]): StartArguments {
  const command = newCommand(
    "npm start --",
    "Brings a stack of this blueprint to life on this machine and runs the sample workflow on it.",
  )
    .option("--stack <name>", "the stack: a file stacks/Pulumi.<name>.yaml", "dev")
    .option("--once", "stop when the workflow has ended and the pools are back at zero", false)
    .option(
      "--json",
      "print one JSON object as the last line of standard output; progress goes to standard error",
      false,
    )
    .addOption(
      new Option("--image <path>", "the PNG or JPEG to catalogue")
        .argParser(path)
        .default(join(__dirname, "../..", DEFAULT_IMAGE), DEFAULT_IMAGE),
    )
    .option("--threshold <luminance>", "a pixel at or above it belongs to an object", wholeNumber(0, 255), 60)
    .option("--min-area <pixels>", "smaller objects are left out", wholeNumber(1), 9)
    .option("--tile-size <pixels>", "edge of the tiles that detect works on, 64 or more", wholeNumber(1), 256)
    .option(
      "--port <number>",
      "port of the local cloud on 127.0.0.1; 0 picks a free one",
      wholeNumber(0, 65_535),
      0,
    )
    .option(
      "--console-port <number>",
      "port of the console on 127.0.0.1; with --once there is a console only where this is given (default: a free one)",
      wholeNumber(0, 65_535),
    )
    .option("--no-console", "serve no console")
    .option(
      "--minute-seconds <seconds>",
      "how long a minute of metrics and ticks takes here; AWS takes 60",
      wholeNumber(1),
      5,
    )
    .option(
      "--docker",
      "run workers and functions as containers of their images, which Docker builds first",
      false,
    )
    .option(
      "--state <dir>",
      "keep state machines, executions, objects and metrics there, and go on with them: also after a kill",
      path,
    )
    .option(
      "--fault <kind=amount,...>",
      "what goes wrong on purpose, for one service as states.throttle=5%: throttle=5% 5xx=2% drop-answer=1% " +
        "delay=200ms lost-poll=1% kill-worker=30s, and more in docs/local-cloud.md; repeatable",
      faults,
      [],
    )
    .option("--seed <number>", "what the faults hit: the same for the same number", wholeNumber(0), 1)
    .option(
      "--start-delay <placement=duration>",
      "how long a worker, or its instance, takes to start, as ec2=20s; repeatable",
      startDelay,
      {},
    )
    .addOption(
      new Option(
        "--iam <mode>",
        "report: say at the end which grants nothing used, and which calls AWS would refuse; strict: refuse them, and fail",
      )
        .choices(["report", "strict"])
        .default("report"),
    )
    .option("--metric-delay <range>", "from a measurement until CloudWatch shows it, as 5s..10s", delayRange)
    .option(
      "--log-delay <range>",
      "from a log event until the function that subscribed to it is invoked, as 1s..3s",
      delayRange,
    )
    .addHelpText("after", EXAMPLES);
  return command.parse(argv, { from: "user" }).opts<StartArguments>();
}

const EXAMPLES = `
Examples:
  npm start                              the dev stack; stays up until Ctrl-C
  npm start -- --stack prod              detect on a pool of GPU workers
  npm start -- --once --iam strict       one run under exactly the IAM documents that would be deployed
  npm start -- --once --json             one run for machines: the last line is its result
  npm start -- --fault throttle=5%,kill-worker=30s --seed 7

Exit codes: 0 fine, 1 it ran and failed, 2 wrong usage.`;

/** Commander says which option is wrong, and what was given; the message says what is allowed. */
function faults(text: string, before: readonly FaultSpec[]): readonly FaultSpec[] {
  try {
    return [...before, ...parseFaults(text)];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function delayRange(text: string): DelayRange {
  const range = parseDelayRange(text);
  if (range !== null) return range;
  throw new InvalidArgumentError("It takes a duration or a range of two, such as 5s or 5s..10s.");
}

function startDelay(text: string, before: StartArguments["startDelay"]): StartArguments["startDelay"] {
  const [placement = "", duration = ""] = text.split("=");
  const delayMs = parseDuration(duration);
  if (isPlacement(placement) && delayMs !== null) return { ...before, [placement]: delayMs / 1000 };
  throw new InvalidArgumentError(`It takes ${PLACEMENTS.join(", ")}, each with a duration, such as ec2=20s.`);
}
