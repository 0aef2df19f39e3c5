/** An operation whose input a schema reads: what is wrong with it is refused by the service's own error. */
import type { z } from "zod";
import type { AccessRequest } from "./access";
import { ServiceError, type CloudRequest, type Operation } from "./service";

export interface TypedOperation<T> {
  /** What it needs in IAM's words; none for what everybody may. */
  readonly needs: (input: T) => readonly AccessRequest[];
  readonly run: (input: T, call: Pick<CloudRequest, "caller" | "signal">) => Promise<object> | object;
}

/** `code` is the error's name for input that the schema does not take. */
export function typedOperation<T>(
  code: string,
  schema: z.ZodType<T>,
  { needs, run }: TypedOperation<T>,
): Operation {
  const parse = (input: unknown): T => {
    const parsed = schema.safeParse(input);
    if (parsed.success) return parsed.data;
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
    throw new ServiceError(code, `The local cloud can't do this: ${wrong}`);
  };
  return {
    needs: (input) => needs(parse(input)),
    run: (input, call) => run(parse(input), call),
  };
}
