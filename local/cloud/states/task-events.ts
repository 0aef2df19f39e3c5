/** What a task leaves in the history: its bounds when it is scheduled, and how it ended. */
import type { Json } from "../../graph";
import type { Principal } from "../access";
import { appendEvent, type Branch } from "./branch";
import { assertDataLimit } from "./data-flow";
import type { Details } from "./history";
import { StateError, type Failure } from "./state-error";
import type { TaskEnd } from "./task-end";
import type { TaskTerms } from "./task-tokens";

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
  appendEvent(branch, `${prefix}${end.kind === "failure" ? "Failed" : "TimedOut"}`, {
    ...details,
    error,
    cause,
  });
  throw new StateError(failure);
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
