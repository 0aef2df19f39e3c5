/** The arguments of `npm run preview`, and what is said of them by --help. */
import { Command } from "commander";

export interface PreviewArguments {
  readonly stack: string;
  readonly json: boolean;
}

/** Throws commander's CommanderError: exitCode 0 after --help, otherwise wrong usage, already explained on standard error. */
export function parseArguments(argv: readonly string[]): PreviewArguments {
  return new Command("npm run preview --")
    .description("Runs the blueprint without a cloud and prints the resources that it would deploy.")
    .option("--stack <name>", "the stack: a file stacks/Pulumi.<name>.yaml", "dev")
    .option("--json", "print one JSON object as the last line of standard output", false)
    .addHelpText("after", "\nExit codes: 0 fine, 1 it ran and failed, 2 wrong usage.")
    .allowExcessArguments(false)
    .exitOverride()
    .parse(argv, { from: "user" })
    .opts<PreviewArguments>();
}
