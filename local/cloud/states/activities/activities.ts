/** Activities: their tasks, the workers' open polls, and the tokens and clocks that tie the two together. */
import type { Clock } from "../../clock";
import { ServiceError } from "../../service";
import { taskIdOf } from "../../../../worker/slot";
import type { ActivityMetrics } from "./activity-metrics";
import type { StatesStore } from "../executions/journal";
import type { TaskEnd } from "./task-end";
import type { Limits, OpenTask, TaskTokens } from "./task-tokens";

/** A unit of work that an execution wants done. */
export interface TaskRequest extends Limits {
  readonly token: string;
  /** JSON text. */
  readonly input: string;
  /** After a restart: what is known of the task. @default a new task */
  readonly known?: KnownTask | undefined;
  /** Who wants it: an execution, and the event of its history that says so. */
  readonly executionArn: string;
  readonly eventId: number;
  /** A worker has the token now. */
  readonly onStarted: (by: Poller) => void;
  readonly onHeartbeat: (timeMs: number) => void;
  readonly onEnded: (end: TaskEnd) => void;
}

/** Who asks for a task. */
export interface Poller {
  /** As it says itself. */
  readonly workerName: string | undefined;
  /** Of the role that it calls as: for a worker of a pool, the worker's id. */
  readonly sessionName?: string | undefined;
}

/** A task that was scheduled before a restart; in milliseconds since the epoch. */
export interface KnownTask {
  readonly scheduledMs: number;
  /** Null while no worker has it. */
  readonly startedMs: number | null;
  /** The last sign of life; for a task that no worker has it means nothing. */
  readonly heartbeatMs: number;
  readonly workerName: string | undefined;
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

/** A task that a worker has. */
export interface StartedTask {
  /** As in the logs of workers. */
  readonly taskId: string;
  readonly executionArn: string;
  readonly eventId: number;
  readonly workerName: string | undefined;
  readonly startedMs: number;
}

/** An activity as it is now. */
export interface ActivityState {
  readonly backlog: number;
  /** Of the task that waits longest; null while none does. */
  readonly oldestMs: number | null;
  readonly inFlight: readonly StartedTask[];
  /** From scheduled to started, of the newest tasks, oldest first. */
  readonly waitsMs: readonly number[];
}

export interface Activities {
  /** The one that exists already, if it does. */
  create(arn: string, name: string): Activity;
  remove(arn: string): void;
  /** Undefined when there is none. */
  find(arn: string): Activity | undefined;
  list(): readonly Activity[];
  /** Null when there is no such activity. */
  stateOf(arn: string): ActivityState | null;
  /** Offers a task to the workers; null when there is no such activity. The function returned withdraws it, unheard. */
  schedule(arn: string, task: TaskRequest): (() => void) | null;
  /** Null after 60 seconds without a task, and when the local cloud closes. */
  poll(arn: string, by: Poller, signal: AbortSignal): Promise<PolledTask | null>;
  /** Answers every open poll with null, now and from now on. */
  close(): void;
}

/** @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html */
const POLL_MS = 60_000;
/** @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const POLLERS_LIMIT = 1000;
/** Of these the waits are kept. */
const NEWEST_TASKS = 100;

const NEW_TASK = { startedMs: null, workerName: undefined };

interface Task {
  readonly token: string;
  readonly arn: string;
  readonly request: TaskRequest;
  readonly scheduledMs: number;
  readonly open: OpenTask;
  startedMs: number | null;
  workerName: string | undefined;
}

interface Poll {
  readonly by: Poller;
  readonly answer: (task: PolledTask | null) => void;
}

interface Queue {
  readonly activity: Activity;
  /** First in, first out here; AWS promises no order. */
  readonly backlog: Set<Task>;
  readonly inFlight: Set<Task>;
  readonly waitsMs: number[];
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
  tokens: Pick<TaskTokens, "open">,
  timeoutFrom: "ActivityStarted" | "ActivityScheduled" = "ActivityStarted",
  store: StatesStore | null = null,
): Activities {
  const queues = new Map<string, Queue>();
  let closed = false;

  function queueOf(arn: string): Queue {
    const queue = queues.get(arn);
    if (queue === undefined)
      throw new ServiceError("ActivityDoesNotExist", `Activity Does Not Exist: '${arn}'`);
    return queue;
  }

  function handOver(queue: Queue, task: Task, poll: Poll): void {
    queue.backlog.delete(task);
    queue.polls.delete(poll);
    task.startedMs = clock.now();
    task.workerName = poll.by.workerName;
    queue.inFlight.add(task);
    queue.waitsMs.push(task.startedMs - task.scheduledMs);
    if (queue.waitsMs.length > NEWEST_TASKS) queue.waitsMs.shift();
    metrics.started(task.arn, task.scheduledMs, task.startedMs);
    if (timeoutFrom === "ActivityStarted") task.open.startTimeout();
    task.open.startHeartbeat();
    task.request.onStarted(poll.by);
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

  function offer(queue: Queue, task: Task): void {
    queue.backlog.add(task);
    if (queue.polls.size > 0) match(queue);
  }

  function open(activity: Activity): Activity {
    queues.set(activity.arn, {
      activity,
      backlog: new Set(),
      inFlight: new Set(),
      waitsMs: [],
      polls: new Set(),
      matching: false,
    });
    return activity;
  }

  for (const { value } of store?.documents("activity") ?? []) open(value as unknown as Activity);

  return {
    create(arn, name) {
      const existing = queues.get(arn);
      if (existing !== undefined) return existing.activity;
      const activity = { arn, name, createdMs: clock.now() };
      store?.keep("activity", arn, activity);
      return open(activity);
    },
    remove(arn) {
      const queue = queues.get(arn);
      queues.delete(arn);
      store?.keep("activity", arn, null);
      for (const poll of queue?.polls ?? []) poll.answer(null);
    },
    find: (arn) => queues.get(arn)?.activity,
    list: () => [...queues.values()].map(({ activity }) => activity),
    stateOf(arn) {
      const queue = queues.get(arn);
      return queue === undefined ? null : stateOf(queue);
    },
    schedule(arn, request) {
      const queue = queues.get(arn);
      if (queue === undefined) return null;
      const { token, known } = request;
      const { scheduledMs, startedMs, workerName } = known ?? { ...NEW_TASK, scheduledMs: clock.now() };
      const onEnded = (end: TaskEnd): void => {
        queue.backlog.delete(task);
        queue.inFlight.delete(task);
        metrics.ended(arn, howItEnded(end), { ...task, endedMs: clock.now() });
        request.onEnded(end);
      };
      const open = tokens.open(token, request, onEnded, request.onHeartbeat);
      const task: Task = { token, arn, request, scheduledMs, open, startedMs, workerName };
      if (known === undefined) metrics.scheduled(arn, scheduledMs);
      if (timeoutFrom === "ActivityScheduled") open.startTimeout(scheduledMs);
      if (startedMs === null) offer(queue, task);
      else {
        queue.inFlight.add(task);
        if (timeoutFrom === "ActivityStarted") open.startTimeout(startedMs);
        open.startHeartbeat(known?.heartbeatMs);
      }
      return () => {
        queue.backlog.delete(task);
        queue.inFlight.delete(task);
        open.withdraw();
      };
    },
    poll(arn, by, signal) {
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
          by,
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
    close() {
      closed = true;
      for (const { polls } of queues.values()) for (const poll of polls) poll.answer(null);
    },
  };
}

function stateOf({ backlog, inFlight, waitsMs }: Queue): ActivityState {
  const [oldest] = backlog;
  return {
    backlog: backlog.size,
    oldestMs: oldest?.scheduledMs ?? null,
    inFlight: [...inFlight].map(({ token, request, workerName, startedMs, scheduledMs }) => ({
      taskId: taskIdOf(token),
      executionArn: request.executionArn,
      eventId: request.eventId,
      workerName,
      startedMs: startedMs ?? scheduledMs,
    })),
    waitsMs,
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
