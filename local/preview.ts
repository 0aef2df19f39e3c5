/** `npm run preview`: what a stack would deploy, without a cloud, an account or the Pulumi CLI. */
import { join } from "node:path";
import { runProgram } from "./engine/run";
import type { Graph } from "./graph";
import { parseArguments, type PreviewArguments } from "./preview/arguments";
import { type PreviewReport, reportFailure, reportGraph, summarise } from "./preview/report";
import { drawTree } from "./preview/tree";

const PROJECT_DIRECTORY = join(__dirname, "..");
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
    if (exitCode === 0) return 0;
    report(reportFailure(null, { name: "WrongUsage", message }));
    return WRONG_USAGE;
  }
  try {
    const startedAt = performance.now();
    const graph = await previewGraph(options.stack);
    const result = reportGraph(graph, (performance.now() - startedAt) / 1000);
    const lines = [...drawTree(graph), "", ...summarise(graph, result)];
    (options.json ? process.stderr : process.stdout).write(`${lines.join("\n")}\n`);
    report(result);
    return 0;
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
    report(reportFailure(options.stack, error as Error));
    return (error as Error).name === "UnknownStack" ? WRONG_USAGE : RAN_AND_FAILED;
  }
}

function previewGraph(stack: string): Promise<Graph> {
  return runProgram({
    projectDirectory: PROJECT_DIRECTORY,
    stack,
    mode: "preview",
    onProgress: (progress) => {
      if (progress.kind === "message") process.stderr.write(`${progress.text}\n`);
    },
  });
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
