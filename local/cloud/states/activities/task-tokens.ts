/** Task tokens: of activities' tasks and of callbacks, with the clocks of TimeoutSeconds and HeartbeatSeconds. */
import { randomUUID } from "node:crypto";
import type { Clock } from "../../clock";
import { ServiceError } from "../../service";
import type { TaskEnd } from "./task-end";

/** In seconds; undefined: no bound. */
export interface Limits {
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
}

/** How a task is called. */
export interface TaskTerms extends Limits {
  /** The role that Credentials name; undefined: the state machine's own. */
  readonly roleArn: string | undefined;
}

/** A task whose end somebody waits for. */
export interface OpenTask {
  /** Starts the clock of TimeoutSeconds. @default sinceMs now */
  startTimeout(sinceMs?: number): void;
  /** Starts the clock of HeartbeatSeconds; each heartbeat starts it again. @default sinceMs now */
  startHeartbeat(sinceMs?: number): void;
  /** Nobody wants its end any more: its token is worthless from now on, and `onEnded` stays unheard. */
  withdraw(): void;
}

export interface TaskTokens {
  /** `onEnded` hears of the end once: what SendTask* says, or a clock that ran out. */
  open(
    token: string,
    limits: Limits,
    onEnded: (end: TaskEnd) => void,
    onHeartbeat?: (timeMs: number) => void,
  ): OpenTask;
  /** Throw TaskTimedOut when the token's task is closed. */
  end(token: string, end: Exclude<TaskEnd, { kind: "timed-out" }>): void;
  heartbeat(token: string): void;
  /** Withdraws all. */
  close(): void;
}

interface Task {
  readonly limits: Limits;
  readonly onEnded: (end: TaskEnd) => void;
  readonly onHeartbeat: ((timeMs: number) => void) | undefined;
  stopTimeout: () => void;
  stopHeartbeat: () => void;
}

export function createTaskTokens(clock: Clock): TaskTokens {
  const tasks = new Map<string, Task>();

  function find(token: string): Task {
    const task = tasks.get(token);
    if (task !== undefined) return task;
    throw new ServiceError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
  }

  function forget(token: string, task: Task): void {
    task.stopTimeout();
    task.stopHeartbeat();
    tasks.delete(token);
  }

  function end(token: string, task: Task, how: TaskEnd): void {
    forget(token, task);
    task.onEnded(how);
  }

  function startHeartbeat(token: string, task: Task, sinceMs: number): void {
    const { heartbeatSeconds } = task.limits;
    if (heartbeatSeconds === undefined) return;
    task.stopHeartbeat();
    task.stopHeartbeat = clock.after(sinceMs + heartbeatSeconds * 1000 - clock.now(), () => {
      end(token, task, { kind: "timed-out", heartbeat: true });
    });
  }

  return {
    open(token, limits, onEnded, onHeartbeat) {
      const task: Task = { limits, onEnded, onHeartbeat, stopTimeout: nothing, stopHeartbeat: nothing };
      tasks.set(token, task);
      return {
        startTimeout(sinceMs = clock.now()) {
          if (limits.timeoutSeconds === undefined) return;
          task.stopTimeout = clock.after(sinceMs + limits.timeoutSeconds * 1000 - clock.now(), () => {
            end(token, task, { kind: "timed-out", heartbeat: false });
          });
        },
        startHeartbeat(sinceMs = clock.now()) {
          startHeartbeat(token, task, sinceMs);
        },
        withdraw() {
          forget(token, task);
        },
      };
    },
    end(token, how) {
      end(token, find(token), how);
    },
    heartbeat(token) {
      const task = find(token);
      startHeartbeat(token, task, clock.now());
      if (task.limits.heartbeatSeconds !== undefined) task.onHeartbeat?.(clock.now());
    },
    close() {
      for (const [token, task] of tasks) forget(token, task);
    },
  };
}

function nothing(): void {
  // A clock that was never started needs no stopping.
}

/** A new token. It names its activity or state machine, so that access to it can be judged when the task is long closed. */
export function newToken(ownerArn: string): string {
  return Buffer.from(`1 ${ownerArn} ${randomUUID()}`).toString("base64");
}

/** The ARN of the activity or state machine that a token was made for. Throws InvalidToken. */
export function ownerOfToken(token: string): string {
  const arn = /^1 (arn:\S+) [0-9a-f-]{36}$/.exec(Buffer.from(token, "base64").toString("utf8"))?.[1];
  if (arn === undefined) throw new ServiceError("InvalidToken", "Invalid Token: 'Invalid token'");
  return arn;
}
