/** The Lambda functions of `--functions FILE`: a JavaScript handler, any program with a Runtime API client, or a URL. */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { localEntryPoint } from "../cloud/program";
import { InputFileError, readInputFile } from "./input-file";

/** A function as it was written down; paths are absolute. */
export interface ServedFunction {
  readonly name: string;
  readonly runs:
    | {
        readonly kind: "process";
        readonly command: readonly string[];
        readonly handler: string;
        readonly directory: string;
      }
    | { readonly kind: "url"; readonly url: string };
  readonly timeoutSeconds: number;
  readonly memoryMib: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Name of the role that it calls as; null: none was given. */
  readonly role: string | null;
}

const functionSchema = z
  .strictObject({
    handler: z
      .string()
      .regex(/^[^\s]+\.[^\s.]+$/, 'must be FILE.EXPORT, as "index.handler"')
      .optional(),
    command: z.array(z.string()).min(1).optional(),
    url: z.url({ protocol: /^https?$/, error: "must be an http URL" }).optional(),
    directory: z.string().default("."),
    // Lambda's own defaults.
    timeoutSeconds: z.int().min(1).max(900).default(3),
    memoryMib: z.int().min(128).max(10_240).default(128),
    environment: z.record(z.string(), z.string()).default({}),
    role: z.string().optional(),
  })
  .refine(
    ({ handler, command, url }) => [handler, command, url].filter((each) => each !== undefined).length === 1,
    {
      error: "must have one of handler, command and url",
    },
  );
/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
const name = z.string().regex(/^[\w-]{1,64}$/, "a function's name has 1 to 64 letters, digits, - and _");
const schema = z.record(name, functionSchema, {
  error: 'must be functions by name, as {"greet": {"handler": "index.handler"}}',
});

/** Throws InputFileError. Relative directories start at the file's own. */
export function readFunctions(path: string): readonly ServedFunction[] {
  return Object.entries(readInputFile("--functions", path, schema)).map(([name, fields]) => {
    const { timeoutSeconds, memoryMib, environment, role = null } = fields;
    const common = { name, timeoutSeconds, memoryMib, environment, role };
    if (fields.url !== undefined) return { ...common, runs: { kind: "url", url: fields.url } };
    const directory = resolve(dirname(path), fields.directory);
    if (!existsSync(directory))
      throw new InputFileError(`--functions ${path}: ${name}.directory: there is no ${directory}`);
    const { handler = "", command = [...localEntryPoint(["/lambda-entrypoint.sh"]), handler] } = fields;
    return { ...common, runs: { kind: "process", command, handler, directory } };
  });
}
