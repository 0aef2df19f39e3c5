/** `npm run preview`: what a stack would deploy, and whether it may, without a cloud, an account or the Pulumi CLI. */
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArguments, type PreviewArguments } from "./preview/arguments";
import { markdownOf } from "./preview/markdown";
import { type Preview, type PreviewReport, reportFailure, reportPreview } from "./preview/report";
import { runPreview } from "./preview/run";
import { sarifOf } from "./preview/sarif";
import { createSources } from "./preview/sources";
import { textOf } from "./preview/text";

const PROJECT_DIRECTORY = join(__dirname, "..");
const FINE = 0;
const RAN_AND_FAILED = 1;
const WRONG_USAGE = 2;

async function main(argv: readonly string[]): Promise<number> {
  const report = (result: PreviewReport): void => {
    if (argv.includes("--json")) process.stdout.write(`${JSON.stringify(result)}\n`);
  };
  let options: PreviewArguments;
  try {
    options = parseArguments(argv);
  } catch (error) {
    const { exitCode, message } = error as { exitCode?: number; message: string };
    if (exitCode === undefined) throw error;
    if (exitCode === 0) return FINE;
    report(reportFailure(null, { name: "WrongUsage", message }));
    return WRONG_USAGE;
  }
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
    // npm runs scripts in the project's directory; the user's own is where a relative path starts.
    writeFileSync(
      resolve(process.env.INIT_CWD ?? process.cwd(), options.sarif),
      `${JSON.stringify(sarif, null, 2)}\n`,
    );
  }
  const text = options.markdown ? markdownOf(preview) : `${textOf(preview).join("\n")}\n`;
  (options.json ? process.stderr : process.stdout).write(text);
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
