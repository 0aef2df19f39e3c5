/** What the program and the engine have to say to its user, as the Pulumi CLI would show it. */
import { stripVTControlCharacters } from "node:util";
import { nameOf, STACK_TYPE, typeOf } from "./urn";

export type Severity = "info" | "warning" | "error";

export interface Diagnostic {
  readonly severity: Severity;
  /** The resource that it is about, or "". */
  readonly urn: string;
  readonly message: string;
}

/** The program failed; the message is Pulumi's own, without colours. */
class ProgramError extends Error {
  override readonly name = "ProgramFailed";
}

/** `TYPE (NAME): MESSAGE`; the stack itself needs no name. */
export function formatDiagnostic({ urn, message }: Diagnostic): string {
  const text = stripVTControlCharacters(message).trimEnd();
  return urn === "" || typeOf(urn) === STACK_TYPE ? text : `${typeOf(urn)} (${nameOf(urn)}): ${text}`;
}

/** The language runtime leaves with this code when it has told the user everything (cmd/run/index.js of the SDK). */
const ALREADY_REPORTED = 32;

/**
 * Why a run failed, or null when it did not: the errors, or what the CLI says of a program that died without any.
 * `output` is the end of what it wrote to standard error.
 */
export function failureOf(
  diagnostics: readonly Diagnostic[],
  exit: { readonly code: number | null; readonly signal: string | null },
  output: string,
): ProgramError | null {
  const errors = diagnostics.filter(({ severity }) => severity === "error").map(formatDiagnostic);
  if (errors.length > 0) return new ProgramError([...new Set(errors)].join("\n"));
  if (exit.code === 0) return null;
  const how =
    exit.code === null
      ? `Program was ended by ${exit.signal ?? "a signal"}`
      : exit.code === ALREADY_REPORTED
        ? "Program failed"
        : `an unhandled error occurred: Program exited with non-zero exit code: ${String(exit.code)}`;
  return new ProgramError(
    [how, stripVTControlCharacters(output).trim()].filter((part) => part !== "").join("\n"),
  );
}
