/**
 * Names that Pulumi does not make by itself. It names everything else `PROJECT-STACK-NAME-1a2b3c4` (pulumi:autonaming in
 * Pulumi.yaml), so that two stacks share an account and a deploy role can be scoped by prefix.
 */
import * as pulumi from "@pulumi/pulumi";

/** As long as Step Functions, which is the strictest, allows. */
const LONGEST_NAME = 80;

/** `PROJECT-STACK`, with which every name begins. */
export function stackPrefix(): string {
  return `${pulumi.getProject()}-${pulumi.getStack()}`;
}

/** `PROJECT-STACK-NAME`. */
export function stackName(name: string): string {
  const full = `${stackPrefix()}-${name}`;
  if (full.length <= LONGEST_NAME) return full;
  throw new pulumi.RunError(
    `The name ${full} is too long, got ${String(full.length)} characters; choose a stack or project name that keeps it within ${String(LONGEST_NAME)}.`,
  );
}

/** `PREFIX/PROJECT-STACK/NAME`, the name of a log group. */
export function logGroupName(prefix: "" | "/aws/vendedlogs/states", name: string): `/${string}` {
  return `${prefix}/${stackPrefix()}/${name}`;
}
