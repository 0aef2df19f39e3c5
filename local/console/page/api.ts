/** Questions to the console's server, and actions. */
import type { Refused } from "../messages";

/** The server answered, and said no: in one line for people. */
export class Refusal extends Error {}

/** Null: it is not known, or not any more. */
export async function ask<Answer>(
  path: string,
  query: Readonly<Record<string, string | number | null>> = {},
  signal?: AbortSignal,
): Promise<Answer | null> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== null) search.set(name, String(value));
  const response = await fetch(`${path}?${search.toString()}`, signal === undefined ? {} : { signal });
  if (response.status === 404) return null;
  return (await answerOf(response)) as Answer;
}

/** Rejects with Refusal. */
export async function act<Answer>(path: string, body: object): Promise<Answer> {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new Refusal("The local cloud does not answer. It may have ended: see the terminal.");
  });
  return (await answerOf(response)) as Answer;
}

async function answerOf(response: Response): Promise<unknown> {
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  throw new Refusal((answer as Refused).error);
}
