/** What a task leaves in the history: its bounds when it is scheduled, and how it ended. */
import type { Json } from "../../../graph";
import type { Principal } from "../../access";
import { appendEvent, writtenNext, type Branch } from "../branch";
import { assertDataLimit } from "../expressions/data-flow";
import type { Details } from "../executions/history";
import { StateError, type Failure } from "../state-error";
import type { TaskEnd } from "../activities/task-end";
import type { TaskTerms } from "../activities/task-tokens";

export function writtenTerms({ timeoutSeconds, heartbeatSeconds, roleArn }: TaskTerms): Details {
  return {
    timeoutInSeconds: timeoutSeconds,
    heartbeatInSeconds: heartbeatSeconds,
    taskCredentials: roleArn === undefined ? undefined : { roleArn },
  };
}

/** In whose name a task is called. Rejects with StateError when that role may not be taken on. */
export async function callerOf(
  { surroundings }: Branch,
  { roleArn }: TaskTerms,
  signal: AbortSignal,
): Promise<Principal> {
  const { caller, region, assumeRole } = surroundings;
  return roleArn === undefined ? caller : assumeRole(roleArn, { caller, region, signal });
}

/**
 * Writes how a task ended, and gives its result. Throws StateError unless it succeeded. `prefix` is that of AWS's event
 * names; `producer` names the task in DataLimitExceeded.
 */
export function concludeTask(
  branch: Branch,
  prefix: string,
  producer: string,
  end: TaskEnd,
  details: Details,
): Json {
  if (end.kind === "success") {
    try {
      assertDataLimit(end.output, producer);
    } catch (error) {
      if (error instanceof StateError)
        appendEvent(branch, `${prefix}Failed`, { ...details, ...error.failure });
      throw error;
    }
    appendEvent(branch, `${prefix}Succeeded`, { ...details, output: end.output });
    return JSON.parse(end.output) as Json;
  }
  const failure = failureOf(end);
  const { error, cause } = failure;
  const told = { ...details, error, cause };
  if (end.kind === "failure") appendEvent(branch, `${prefix}Failed`, told);
  else appendEvent(branch, `${prefix}TimedOut`, told, end.heartbeat ? { heartbeat: true } : undefined);
  throw new StateError(failure);
}

/** By which terms the task was scheduled before a restart; null when it was not. */
export function termsWritten(branch: Branch): TaskTerms | null {
  if (branch.left === null) return null;
  const details = ["Activity", "LambdaFunction", "Task"]
    .map((prefix) => writtenNext(branch, `${prefix}Scheduled`))
    .find((scheduled) => scheduled !== null)?.event.details;
  if (details === undefined || details === null) return null;
  const seconds = (field: string): number | undefined => {
    const value = details[field];
    return typeof value === "number" ? value : undefined;
  };
  const { roleArn } = (details["taskCredentials"] ?? {}) as { readonly roleArn?: string };
  return {
    timeoutSeconds: seconds("timeoutInSeconds"),
    heartbeatSeconds: seconds("heartbeatInSeconds"),
    roleArn,
  };
}

/** What was scheduled before a restart is what is done, even if the state's fields would come out otherwise a second time. */
export function inputWritten(branch: Branch, type: string, field = "input"): string | undefined {
  const input = writtenNext(branch, type)?.event.details?.[field];
  return typeof input === "string" ? input : undefined;
}

/** When the task was started: before a restart, or now. */
export function startOf(branch: Branch, type: string): number {
  return writtenNext(branch, type)?.event.timeMs ?? branch.surroundings.clock.now();
}

/** How the task ended before a restart; null when it is still to end. */
export function endWritten(branch: Branch, prefix: string): TaskEnd | null {
  const succeeded = writtenNext(branch, `${prefix}Succeeded`)?.event.details;
  if (succeeded !== undefined) return { kind: "success", output: textOf(succeeded, "output") ?? "null" };
  const failed = writtenNext(branch, `${prefix}Failed`)?.event.details;
  if (failed !== undefined)
    return { kind: "failure", error: textOf(failed, "error"), cause: textOf(failed, "cause") };
  const timedOut = writtenNext(branch, `${prefix}TimedOut`);
  return timedOut === null ? null : { kind: "timed-out", heartbeat: timedOut.memo?.heartbeat === true };
}

function textOf(details: Details | null, field: string): string | undefined {
  const value = details?.[field];
  return typeof value === "string" ? value : undefined;
}

/** A lost heartbeat is recorded as States.Timeout, and caught as States.HeartbeatTimeout too. */
function failureOf(end: Exclude<TaskEnd, { kind: "success" }>): Failure {
  if (end.kind === "failure") return { error: end.error, cause: end.cause };
  return {
    error: "States.Timeout",
    cause: undefined,
    alias: end.heartbeat ? "States.HeartbeatTimeout" : undefined,
  };
}
