/** `npm run preview`: what a stack would deploy, and whether it may, without a cloud, an account or the Pulumi CLI. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  FINE,
  isNothingToRun,
  onOutputLost,
  printJson,
  RAN_AND_FAILED,
  readArguments,
  userPath,
  WRONG_USAGE,
} from "./command-line";
import { parseArguments, type PreviewArguments } from "./preview/arguments";
import { markdownOf } from "./preview/markdown";
import { type Preview, type PreviewReport, reportFailure, reportPreview } from "./preview/report";
import { runPreview } from "./preview/run";
import { sarifOf } from "./preview/sarif";
import { createSources } from "./preview/sources";
import { textOf } from "./preview/text";

const PROJECT_DIRECTORY = join(__dirname, "..");

async function main(argv: readonly string[]): Promise<number> {
  const report = (result: PreviewReport): void => {
    printJson(argv, result);
  };
  const options = readArguments(parseArguments, argv);
  if (isNothingToRun(options)) {
    const { exitCode, problem } = options;
    if (problem !== null) report(reportFailure(null, { name: "WrongUsage", message: problem }));
    return exitCode;
  }
  onOutputLost(() => {
    process.exit(RAN_AND_FAILED);
  });
  try {
    const preview = await runPreview({
      ...options,
      projectDirectory: PROJECT_DIRECTORY,
      onMessage: (text) => process.stderr.write(`${text}\n`),
    });
    print(preview, options);
    report(reportPreview(preview));
    return preview.judgement.mandatory.length > 0 ? RAN_AND_FAILED : FINE;
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
    report(reportFailure(options.stack, error as Error));
    return (error as Error).name === "UnknownStack" ? WRONG_USAGE : RAN_AND_FAILED;
  }
}

function print(preview: Preview, options: PreviewArguments): void {
  if (options.sarif !== undefined) {
    const sarif = sarifOf(preview, createSources(preview.graph, PROJECT_DIRECTORY));
    writeSarif(userPath(options.sarif), `${JSON.stringify(sarif, null, 2)}\n`);
  }
  const text = options.markdown ? markdownOf(preview) : `${textOf(preview).join("\n")}\n`;
  (options.json ? process.stderr : process.stdout).write(text);
}

function writeSarif(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new Error(
      `--sarif ${file} can't be written (${(error as Error).message}); name a file in a folder that exists and that you may write to.`,
      { cause: error },
    );
  }
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
