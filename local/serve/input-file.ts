/** Reads a file that the user wrote, YAML or JSON, by a schema; each mistake is one line that names the key. */
import { readFileSync } from "node:fs";
import { parse, YAMLParseError } from "yaml";
import type { z } from "zod";

/** A file of the user's that can't be used. Another file mends it. */
export class InputFileError extends Error {
  override readonly name = "InputFileInvalid";
}

/** Throws InputFileError, which begins with `option` and the path. */
export function readInputFile<T>(option: string, path: string, schema: z.ZodType<T>): T {
  const wrong = (what: string): InputFileError => new InputFileError(`${option} ${path}: ${what}`);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw wrong(code === "ENOENT" ? "there is no such file" : `it can't be read (${String(code)})`);
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw wrong(`it is neither YAML nor JSON: ${error.message.split("\n")[0] ?? ""}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const key = issue?.path.map(String).join(".") ?? "";
  throw wrong(`${key === "" ? "" : `${key}: `}${issue?.message ?? "it is wrong"}`);
}
