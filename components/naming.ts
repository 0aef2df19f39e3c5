/**
 * Names that Pulumi does not make unique by itself. Everything else is auto-named (`detect-1a2b3c4`), so that two stacks
 * share an account.
 */
import * as pulumi from "@pulumi/pulumi";

/** As long as Step Functions, which is the strictest, allows. */
const LONGEST_NAME = 80;

/** `PROJECT-STACK-NAME`. */
export function stackName(name: string): string {
  const full = `${pulumi.getProject()}-${pulumi.getStack()}-${name}`;
  if (full.length <= LONGEST_NAME) return full;
  throw new pulumi.RunError(
    `The name ${full} is too long, got ${String(full.length)} characters; choose a stack or project name that keeps it within ${String(LONGEST_NAME)}.`,
  );
}

/** `PREFIX/PROJECT-STACK/NAME`, the name of a log group. */
export function logGroupName(prefix: "" | "/aws/vendedlogs/states", name: string): string {
  return `${prefix}/${pulumi.getProject()}-${pulumi.getStack()}/${name}`;
}
