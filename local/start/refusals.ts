/** What refusals mean for a run: they are told, the calls that were judged are kept, and a run that waits for one is ended. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Access } from "../cloud/access";
import { refusalLine } from "../iam/report";

/** Of the local cloud: long enough for a workflow to fail of itself, and for a worker that can't be started to be tried again. */
const GRACE_MINUTES = 2;
const LOOK_EVERY_MS = 200;
/** In the run's directory: one line of JSON for each kind of call. */
const CALLS_FILE = "iam-calls.jsonl";

/**
 * Tells each refusal as it comes. `signal` aborts a while after the first one, where `ends` is set and calls are really
 * refused: what waits for them would wait for ever.
 */
export function watchRefusals(
  access: Access,
  options: {
    readonly ends: boolean;
    readonly minuteSeconds: number;
    readonly say: (text: string) => void;
  },
): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  /** Of one role and action the first is told; the report has them all. */
  const kinds = new Set<string>();
  let told = 0;
  let firstMs: number | null = null;
  const timer = setInterval(() => {
    const refused = access.refused();
    for (const call of refused.slice(told)) {
      const kind = `${call.principal.arn} ${call.request.action}`;
      if (!kinds.has(kind)) options.say(refusalLine(access.mode, call));
      kinds.add(kind);
    }
    told = refused.length;
    if (!options.ends || access.mode === "report" || told === 0) return;
    firstMs ??= Date.now();
    if (Date.now() - firstMs >= GRACE_MINUTES * options.minuteSeconds * 1000)
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
