/** One task of an activity, as the execution that wants it done sees it: new, or going on after a restart. */
import type { Json } from "../../../graph";
import type { KnownTask, Poller } from "./activities";
import { appendEvent, note, takeHeartbeats, writtenNext, type Branch } from "../branch";
import { runtimeError } from "../state-error";
import type { TaskEnd } from "./task-end";
import { concludeTask, endWritten, inputWritten, writtenTerms } from "../kinds/task-events";
import { newToken, type Limits } from "./task-tokens";
import { abortable } from "../waiting";

export async function runActivity(
  branch: Branch,
  resource: string,
  given: string,
  limits: Limits,
): Promise<Json> {
  const { activities, execution } = branch.surroundings;
  if (activities.find(resource) === undefined) throw runtimeError(`The activity ${resource} does not exist.`);
  const scheduled = writtenNext(branch, "ActivityScheduled");
  const token = scheduled?.memo?.token ?? newToken(resource);
  const input = inputWritten(branch, "ActivityScheduled") ?? given;
  const terms = writtenTerms({ ...limits, roleArn: undefined });
  appendEvent(branch, "ActivityScheduled", { resource, input, ...terms }, { token });
  const eventId = branch.previousEventId;
  const known = scheduled === null ? undefined : knownTask(branch, scheduled.event.timeMs);
  const wanted = { token, input, ...limits, known, executionArn: execution.arn, eventId };
  const end =
    endWritten(branch, "Activity") ??
    (await abortable<TaskEnd>(branch.signal, (onEnded) => {
      const onStarted = ({ workerName, sessionName: worker }: Poller): void => {
        appendEvent(branch, "ActivityStarted", { workerName }, { worker });
      };
      const onHeartbeat = (timeMs: number): void => {
        note(branch, { kind: "heartbeat", timeMs });
      };
      const withdraw = activities.schedule(resource, { ...wanted, onStarted, onHeartbeat, onEnded });
      return withdraw ?? ((): void => undefined);
    }));
  return concludeTask(branch, "Activity", resource, end, {});
}

/** What was written of the task before a restart, but its end. */
function knownTask(branch: Branch, scheduledMs: number): KnownTask {
  const started = writtenNext(branch, "ActivityStarted");
  if (started === null)
    return { scheduledMs, startedMs: null, heartbeatMs: scheduledMs, workerName: undefined };
  appendEvent(branch, "ActivityStarted");
  const { timeMs: startedMs, details } = started.event;
  const workerName = details?.["workerName"];
  return {
    scheduledMs,
    startedMs,
    heartbeatMs: takeHeartbeats(branch, startedMs),
    workerName: typeof workerName === "string" ? workerName : undefined,
  };
}
