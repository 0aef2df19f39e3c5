/** The arguments of `npm run local`, and what is said of them by --help. */
import { InvalidArgumentError } from "commander";
import { newCommand, path, wholeNumber } from "../command-line";

export interface ServeArguments {
  readonly port: number;
  readonly region: string;
  readonly accountId: string;
  readonly minuteSeconds: number;
  readonly policies?: string;
  readonly functions?: string;
  /** A directory for what outlives the process. Absent: nothing does. */
  readonly state?: string;
  readonly json: boolean;
}

/** One that other emulators don't take. */
const DEFAULT_PORT = 4599;
const DEFAULT_ACCOUNT = "123456789012";

/** Throws commander's CommanderError: exitCode 0 after --help, otherwise wrong usage, already explained on standard error. */
export function parseArguments(argv: readonly string[]): ServeArguments {
  return newCommand(
    "npm run local --",
    "Serves the endpoints of the local cloud alone, empty, for the AWS CLI or any SDK in another project.",
  )
    .option("--port <number>", "port on 127.0.0.1; 0 picks a free one", wholeNumber(0, 65_535), DEFAULT_PORT)
    .option("--region <name>", "the region of every ARN", region, "us-east-1")
    .option("--account-id <digits>", "the account of every ARN", accountId, DEFAULT_ACCOUNT)
    .option(
      "--minute-seconds <seconds>",
      "how long a minute takes between two attempts of an asynchronous invocation; AWS takes 60",
      wholeNumber(1),
      60,
    )
    .option(
      "--policies <file>",
      "users and roles with their policies, in YAML or JSON: keys and signatures are checked, and every call is judged",
      path,
    )
    .option(
      "--functions <file>",
      "Lambda functions to call, in YAML or JSON: a handler, a command or a URL each",
      path,
    )
    .option(
      "--state <dir>",
      "keep state machines, executions, buckets, objects and metrics there, and go on with them: also after a kill",
      path,
    )
    .option("--json", "print one JSON object when the endpoints answer, in place of the lines", false)
    .addHelpText("after", EXAMPLES)
    .parse(argv, { from: "user" })
    .opts<ServeArguments>();
}

const EXAMPLES = `
Examples:
  npm run local                                       any credentials do, and may do everything
  npm run local -- --policies policies.yaml           as IAM would have it
  npm run local -- --functions functions.yaml         state machines can call these
  npm run local -- --port 0 --json                    for a test: the line says where the endpoints are

docs/local-endpoints.md has both files' fields, and commands to try.
Exit codes: 0 after Ctrl-C, 1 it failed, 2 wrong usage.`;

function region(text: string): string {
  if (/^[a-z]{2}(-[a-z]+)+-\d$/.test(text)) return text;
  throw new InvalidArgumentError("It takes the name of a region, such as eu-west-1.");
}

function accountId(text: string): string {
  if (/^\d{12}$/.test(text)) return text;
  throw new InvalidArgumentError("It takes twelve digits, such as 123456789012.");
}
