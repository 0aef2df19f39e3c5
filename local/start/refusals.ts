/** What strict IAM means for a run: the calls that were judged, for reading, and an end to one that a refusal left waiting. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Access } from "../cloud/access";

/** Of the local cloud: long enough for a workflow to fail of itself, and for a worker that can't be started to be tried again. */
const GRACE_MINUTES = 2;
const LOOK_EVERY_MS = 200;
/** In the run's directory: one line of JSON for each kind of call. */
const CALLS_FILE = "iam-calls.jsonl";

/** `signal` aborts a while after a call was refused: what waits for it would wait for ever. Never under `report`. */
export function endOnRefusal(
  access: Access,
  minuteSeconds: number,
): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  let firstMs: number | null = null;
  const timer = setInterval(() => {
    if (access.mode === "report" || access.refused().length === 0) return;
    firstMs ??= Date.now();
    if (Date.now() - firstMs >= GRACE_MINUTES * minuteSeconds * 1000)
      controller.abort(new Error("a call was refused, and the workflow did not end"));
  }, LOOK_EVERY_MS);
  return {
    signal: controller.signal,
    stop() {
      clearInterval(timer);
    },
  };
}

/** Each kind of call with who made it, its condition keys, and whether the documents allow it. */
export async function writeCalls(access: Access, directory: string): Promise<void> {
  const lines = access.calls().map(({ principal, request, decision, count }) => {
    const { arn, sessionName = null, sessionTags, sessionPolicies } = principal;
    const session =
      sessionPolicies === undefined ? {} : { sessionPolicies: sessionPolicies.map(({ name }) => name) };
    return JSON.stringify({
      principal: arn,
      sessionName,
      ...(sessionTags === undefined ? {} : { sessionTags }),
      ...session,
      ...request,
      allowed: decision.allowed,
      count,
    });
  });
  await writeFile(join(directory, CALLS_FILE), `${lines.join("\n")}\n`);
}
