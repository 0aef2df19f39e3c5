/** Schemas whose every mistake is answered by what is allowed, since that is what the user needs to know. */
import { z } from "zod";

/** A whole number within bounds. */
export function whole(least: number, most: number, unit: string) {
  const error = `a whole number of ${unit} from ${String(least)} to ${String(most)}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

/** An amount of US dollars above 0. */
export function dollars(per: string) {
  const error = `US dollars per ${per}, above 0`;
  return z.number({ error }).positive({ error });
}

/** A text that fits a pattern. */
export function text(pattern: RegExp, error: string) {
  return z.string({ error }).regex(pattern, { error });
}

export const emailAddress = z.email({ error: 'an e-mail address, such as "ops@example.com"' });
