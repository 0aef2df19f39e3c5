/** Activities: their tasks, the workers' open polls, and the tokens and clocks that tie the two together. */
import { randomUUID } from "node:crypto";
import type { Clock } from "../clock";
import { ServiceError } from "../service";
import type { ActivityMetrics } from "./activity-metrics";

/** How a task ends, as its execution hears it. `output` is JSON text; a worker may leave error and cause out. */
export type TaskEnd =
  | { readonly kind: "success"; readonly output: string }
  | { readonly kind: "failure"; readonly error: string | undefined; readonly cause: string | undefined }
  | { readonly kind: "timed-out"; readonly heartbeat: boolean };

/** A unit of work that an execution wants done. */
export interface TaskRequest {
  /** JSON text. */
  readonly input: string;
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
  /** A worker has the token now. */
  readonly onStarted: (workerName: string | undefined) => void;
  readonly onEnded: (end: TaskEnd) => void;
}

/** What a poll brings. */
export interface PolledTask {
  readonly taskToken: string;
  readonly input: string;
}

export interface Activity {
  readonly arn: string;
  readonly name: string;
  readonly createdMs: number;
}

export interface Activities {
  /** The one that exists already, if it does. */
  create(arn: string, name: string): Activity;
  remove(arn: string): void;
  /** Undefined when there is none. */
  find(arn: string): Activity | undefined;
  list(): readonly Activity[];
  /** Offers a task to the workers; null when there is no such activity. The function returned withdraws it, unheard. */
  schedule(arn: string, task: TaskRequest): (() => void) | null;
  /** Null after 60 seconds without a task, and when the local cloud closes. */
  poll(arn: string, workerName: string | undefined, signal: AbortSignal): Promise<PolledTask | null>;
  /** Throw TaskTimedOut when the token's task is closed. */
  end(token: string, end: Exclude<TaskEnd, { kind: "timed-out" }>): void;
  heartbeat(token: string): void;
  /** Answers every open poll with null, now and from now on. */
  close(): void;
}

/** @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html */
const POLL_MS = 60_000;
/** @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const POLLERS_LIMIT = 1000;

interface Task {
  readonly token: string;
  readonly arn: string;
  readonly request: TaskRequest;
  readonly scheduledMs: number;
  startedMs: number | null;
  stopTimeout: () => void;
  stopHeartbeat: () => void;
}

interface Poll {
  readonly workerName: string | undefined;
  readonly answer: (task: PolledTask | null) => void;
}

interface Queue {
  readonly activity: Activity;
  /** First in, first out here; AWS promises no order. */
  readonly backlog: Set<Task>;
  readonly polls: Set<Poll>;
  /** Tasks will be handed over when all that has arrived is read. */
  matching: boolean;
}

/**
 * `timeoutFrom` is the event at which TimeoutSeconds begins to count. The documentation says ActivityStarted, so that a
 * task which no worker takes waits without bound; one field report says ActivityScheduled.
 */
export function createActivities(
  clock: Clock,
  metrics: ActivityMetrics,
  timeoutFrom: "ActivityStarted" | "ActivityScheduled" = "ActivityStarted",
): Activities {
  const queues = new Map<string, Queue>();
  /** Scheduled or started, not closed. */
  const open = new Map<string, Task>();
  let closed = false;

  function queueOf(arn: string): Queue {
    const queue = queues.get(arn);
    if (queue === undefined)
      throw new ServiceError("ActivityDoesNotExist", `Activity Does Not Exist: '${arn}'`);
    return queue;
  }

  function openTask(token: string): Task {
    const task = open.get(token);
    if (task !== undefined) return task;
    throw new ServiceError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
  }

  function forget(task: Task): void {
    task.stopTimeout();
    task.stopHeartbeat();
    open.delete(task.token);
    queues.get(task.arn)?.backlog.delete(task);
  }

  function close(task: Task, end: TaskEnd): void {
    forget(task);
    metrics.ended(task.arn, howItEnded(end), { ...task, endedMs: clock.now() });
    task.request.onEnded(end);
  }

  function startTimeout(task: Task): void {
    const { timeoutSeconds } = task.request;
    if (timeoutSeconds === undefined) return;
    task.stopTimeout = clock.after(timeoutSeconds * 1000, () => {
      close(task, { kind: "timed-out", heartbeat: false });
    });
  }

  function startHeartbeat(task: Task): void {
    const { heartbeatSeconds } = task.request;
    if (heartbeatSeconds === undefined) return;
    task.stopHeartbeat();
    task.stopHeartbeat = clock.after(heartbeatSeconds * 1000, () => {
      close(task, { kind: "timed-out", heartbeat: true });
    });
  }

  function handOver(queue: Queue, task: Task, poll: Poll): void {
    queue.backlog.delete(task);
    queue.polls.delete(poll);
    task.startedMs = clock.now();
    metrics.started(task.arn, task.scheduledMs, task.startedMs);
    if (timeoutFrom === "ActivityStarted") startTimeout(task);
    startHeartbeat(task);
    task.request.onStarted(poll.workerName);
    poll.answer({ taskToken: task.token, input: task.request.input });
  }

  /** Not at once: a poll whose caller was killed a moment ago leaves first, and takes no task with it. */
  function match(queue: Queue): void {
    if (queue.matching) return;
    queue.matching = true;
    setImmediate(() => {
      queue.matching = false;
      for (const poll of queue.polls) {
        const [task] = queue.backlog;
        if (task === undefined) break;
        handOver(queue, task, poll);
      }
    });
  }

  return {
    create(arn, name) {
      const existing = queues.get(arn);
      if (existing !== undefined) return existing.activity;
      const activity = { arn, name, createdMs: clock.now() };
      queues.set(arn, { activity, backlog: new Set(), polls: new Set(), matching: false });
      return activity;
    },
    remove(arn) {
      const queue = queues.get(arn);
      queues.delete(arn);
      for (const poll of queue?.polls ?? []) poll.answer(null);
    },
    find: (arn) => queues.get(arn)?.activity,
    list: () => [...queues.values()].map(({ activity }) => activity),
    schedule(arn, request) {
      const queue = queues.get(arn);
      if (queue === undefined) return null;
      const nothing = (): void => undefined;
      const task: Task = {
        token: writeToken(arn),
        arn,
        request,
        scheduledMs: clock.now(),
        startedMs: null,
        stopTimeout: nothing,
        stopHeartbeat: nothing,
      };
      open.set(task.token, task);
      queue.backlog.add(task);
      metrics.scheduled(arn, task.scheduledMs);
      if (timeoutFrom === "ActivityScheduled") startTimeout(task);
      if (queue.polls.size > 0) match(queue);
      return () => {
        forget(task);
      };
    },
    poll(arn, workerName, signal) {
      const queue = queueOf(arn);
      if (queue.polls.size >= POLLERS_LIMIT) {
        const cause = `${String(POLLERS_LIMIT)} workers poll '${arn}' already`;
        throw new ServiceError("ActivityWorkerLimitExceeded", `Activity Worker Limit Exceeded: '${cause}'`);
      }
      return new Promise((resolve) => {
        if (closed || signal.aborted) {
          resolve(null);
          return;
        }
        // A poll whose caller is gone leaves at once, so no task is given to it: on AWS such a task is lost.
        const leave = (): void => {
          poll.answer(null);
        };
        const stopWaiting = clock.after(POLL_MS, leave);
        const poll: Poll = {
          workerName,
          answer: (task) => {
            queue.polls.delete(poll);
            stopWaiting();
            signal.removeEventListener("abort", leave);
            resolve(task);
          },
        };
        signal.addEventListener("abort", leave, { once: true });
        queue.polls.add(poll);
        const [task] = queue.backlog;
        if (task !== undefined) handOver(queue, task, poll);
      });
    },
    end(token, end) {
      close(openTask(token), end);
    },
    heartbeat(token) {
      startHeartbeat(openTask(token));
    },
    close() {
      closed = true;
      for (const { polls } of queues.values()) for (const poll of polls) poll.answer(null);
      for (const task of [...open.values()]) forget(task);
    },
  };
}

function howItEnded(end: TaskEnd): "Succeeded" | "Failed" | "TimedOut" | "HeartbeatTimedOut" {
  switch (end.kind) {
    case "success":
      return "Succeeded";
    case "failure":
      return "Failed";
    case "timed-out":
      return end.heartbeat ? "HeartbeatTimedOut" : "TimedOut";
  }
}

/** A token names its activity, so that access to it can be judged when the task is long closed. */
function writeToken(arn: string): string {
  return Buffer.from(`1 ${arn} ${randomUUID()}`).toString("base64");
}

/** The ARN of the activity that a token was made for. Throws InvalidToken. */
export function activityOfToken(token: string): string {
  const arn = /^1 (arn:\S+) [0-9a-f-]{36}$/.exec(Buffer.from(token, "base64").toString("utf8"))?.[1];
  if (arn === undefined) throw new ServiceError("InvalidToken", "Invalid Token: 'Invalid token'");
  return arn;
}
