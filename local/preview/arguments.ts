/** The arguments of `npm run preview`, and what is said of them by --help. */
import { newCommand } from "../command-line";

export interface PreviewArguments {
  readonly stack: string;
  readonly json: boolean;
  readonly base?: string;
  readonly markdown: boolean;
  readonly sarif?: string;
  readonly policyPack: string;
}

/** Throws commander's CommanderError: exitCode 0 after --help, otherwise wrong usage, already explained on standard error. */
export function parseArguments(argv: readonly string[]): PreviewArguments {
  return newCommand(
    "npm run preview --",
    "Runs the blueprint without a cloud, prints what it would deploy, and judges it by the policy pack.",
  )
    .option("--stack <name>", "the stack: a file stacks/Pulumi.<name>.yaml", "dev")
    .option("--base <ref>", "a commit, branch or tag: also print what changed since then")
    .option("--markdown", "print Markdown, for a comment on a pull request", false)
    .option("--sarif <file>", "write the violations as SARIF, for GitHub's code scanning")
    .option("--json", "print one JSON object as the last line of standard output", false)
    .option("--policy-pack <folder>", "the policy pack that judges", "policies")
    .addHelpText("after", EXAMPLES)
    .parse(argv, { from: "user" })
    .opts<PreviewArguments>();
}

const EXAMPLES = `
Examples:
  npm run preview -- --stack prod                     the tree, who may do what, violations
  npm run preview -- --stack prod --base origin/main  and what this branch changes
  npm run preview -- --stack prod --base origin/main --markdown > comment.md

Exit codes: 0 fine, 1 a mandatory violation or a failure, 2 wrong usage.`;
