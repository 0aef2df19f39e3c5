/** The attempts at one task, and whose log has the lines of each. */
import { taskIdAt, type EventLog } from "../cloud/states/executions/history";
import type { Attempt } from "./execution-messages";
import type { AttemptEvents } from "./execution-tally";

/** Who wrote. */
export type Writer =
  | { readonly kind: "worker"; readonly id: string }
  /** As often as it was called, the last time before `untilMs`. */
  | { readonly kind: "function"; readonly name: string; readonly untilMs: number };

export interface WrittenAttempt extends Omit<Attempt, "log"> {
  /** Null: it is not known who has begun it. */
  readonly writer: Writer | null;
}

/** Without those of tasks that nobody here writes a log of. */
export function attemptsOf(
  attempts: readonly AttemptEvents[],
  log: EventLog,
  nowMs: number,
): readonly WrittenAttempt[] {
  return attempts.flatMap(({ scheduledId, startedId, status, endedMs }): readonly WrittenAttempt[] => {
    const taskId = taskIdAt(log, scheduledId);
    const writer = writerOf({ scheduledId, startedId, untilMs: endedMs ?? nowMs }, log);
    if (taskId === null || writer === undefined) return [];
    const startedMs = startedId === null ? null : (log.events[startedId - 1]?.timeMs ?? null);
    return [{ taskId, startedMs, status, writer }];
  });
}

/** Undefined: it is a task of something else. */
function writerOf(
  at: { readonly scheduledId: number; readonly startedId: number | null; readonly untilMs: number },
  log: EventLog,
): Writer | null | undefined {
  const { type = "", details = null } = log.events[at.scheduledId - 1] ?? {};
  if (type === "ActivityScheduled") {
    const id = at.startedId === null ? undefined : log.logKeys.get(at.startedId);
    return id === undefined ? null : { kind: "worker", id };
  }
  const called = type === "LambdaFunctionScheduled" ? details?.["resource"] : invokedBy(details);
  if (typeof called !== "string") return undefined;
  return { kind: "function", name: functionName(called), untilMs: at.untilMs };
}

/** By `lambda:invoke`; an invocation that nobody waits for has a name of its own in the log. */
function invokedBy(details: EventLog["events"][number]["details"]): unknown {
  if (details?.["resourceType"] !== "lambda") return undefined;
  const parameters = JSON.parse(String(details["parameters"])) as Readonly<Record<string, unknown>>;
  return parameters["InvocationType"] === "Event" ? undefined : parameters["FunctionName"];
}

/** NAME, ACCOUNT:function:NAME or a whole ARN, each with or without what stands behind. */
function functionName(reference: string): string {
  const words = reference.split(":");
  return words[words.indexOf("function") + 1] ?? reference;
}
