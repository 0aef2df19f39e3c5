/** `npm run local`: the endpoints of the local cloud alone, for the AWS CLI or any SDK in another project. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
  aborted,
  checkPort,
  FINE,
  isNothingToRun,
  onInterrupt,
  printJson,
  RAN_AND_FAILED,
  readArguments,
  userPath,
  WRONG_USAGE,
} from "./command-line";
import type { State } from "./cloud/state-store/state";
import { parseArguments, type ServeArguments } from "./serve/arguments";

const RUNS_DIRECTORY = join(__dirname, "..", ".loveless", "runs");
/** What another argument or another file mends. */
const USAGE_ERRORS: ReadonlySet<string> = new Set(["PortTaken", "InputFileInvalid", "StateUnusable"]);

async function main(argv: readonly string[]): Promise<number> {
  const options = readArguments(parseArguments, argv);
  if (isNothingToRun(options)) {
    if (options.problem !== null) printJson(argv, failure("WrongUsage", options.problem));
    return options.exitCode;
  }
  try {
    await serve(options, onInterrupt("the endpoints were closed"), (report) => {
      printJson(argv, report);
    });
    return FINE;
  } catch (error) {
    const { name, message } = error as Error;
    process.stderr.write(`error: ${message}\n`);
    printJson(argv, failure(name, message));
    return USAGE_ERRORS.has(name) ? WRONG_USAGE : RAN_AND_FAILED;
  }
}

async function serve(
  options: ServeArguments,
  signal: AbortSignal,
  print: (report: object) => void,
): Promise<void> {
  // Late: --help and wrong usage answer at once.
  const { openServedCloud } = await import("./serve/cloud.ts");
  const { readFunctions } = await import("./serve/functions-file.ts");
  const { readPolicies } = await import("./serve/policies.ts");
  const { makeRunDirectory } = await import("./start/run-directory.ts");
  const { accountId, region } = options;
  const policies =
    options.policies === undefined ? null : readPolicies(userPath(options.policies), accountId);
  const functions = options.functions === undefined ? [] : readFunctions(userPath(options.functions));
  await checkPort(options.port);
  const state = await stateOf(options);
  const runDirectory = await makeRunDirectory(RUNS_DIRECTORY, "local");
  const say = (line: string): void => {
    (options.json ? process.stderr : process.stdout).write(`${line}\n`);
  };
  const cloud = await openServedCloud({ ...options, policies, functions, runDirectory, state, warn: say });
  const names = functions.map(({ name }) => name);
  print({ endpoint: cloud.endpoint, region, accountId, functions: names });
  say(`The local cloud answers at ${cloud.endpoint} until Ctrl-C. In another terminal:`);
  say(exportLine(cloud.endpoint, region, policies !== null));
  if (names.length > 0) say(`Functions: ${names.join(", ")}`);
  await aborted(signal);
  say("closing");
  await cloud.close();
  await rm(runDirectory, { recursive: true, force: true });
}

/** Late: one that keeps nothing does not load the database. */
async function stateOf({ state: directory }: ServeArguments): Promise<State | undefined> {
  if (directory === undefined) return undefined;
  const { openState } = await import("./cloud/state-store/state.ts");
  const onFailure = ({ message }: Error): void => {
    process.stderr.write(
      `What happens can't be kept in ${directory} any more (${message}), and calls are refused: end this, make room, and start it again.\n`,
    );
  };
  return openState({ directory: userPath(directory), stack: "local", now: Date.now, onFailure });
}

/** With policies, the credentials are those of the file. */
function exportLine(endpoint: string, region: string, judged: boolean): string {
  const keys = judged ? "" : " AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any";
  return `export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=${region}${keys}`;
}

function failure(name: string, cause: string): object {
  return { endpoint: null, error: { name, cause } };
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
