/** Room for one task: runs it, keeps it alive, and reports exactly one outcome. Knows no HTTP. */
import { hash } from "node:crypto";
import type { Clock } from "./clock";
import type { Invocation } from "./function-process";
import { startHeartbeat } from "./heartbeat";
import type { Log } from "./log";
import { serviceFailure, withDocumentedName, withinOutputLimit, type Outcome } from "./outcome";
import { report, type OutcomeSink, type Receipt, type Reported } from "./report";
import { REPORT_SECONDS } from "./settings";

/** What a poll gives. */
export interface Task {
  readonly token: string;
  /** JSON text. */
  readonly input: string;
}

/** The function, as a slot needs it. */
export interface SlotFunction {
  invoke(invocation: Invocation, signal: AbortSignal): Promise<Outcome>;
  replace(): Promise<void>;
}

export interface SlotOptions {
  readonly slotFunction: SlotFunction;
  readonly sink: OutcomeSink & { beat(token: string): Promise<Receipt> };
  /** Told that the slot took a task, and that it is free again. */
  readonly onBusy: { begin(): void; end(): void };
  /** Told of each task's outcome, heard or not. */
  readonly onOutcome?: (outcome: Outcome, durationMs: number) => void;
  /** Called when a task's outcome is known; the slot is free when it resolves. Never rejects. */
  readonly cleanUp?: () => Promise<void>;
  /** @default "named" */
  readonly endedErrors?: "named" | "unknown";
  readonly functionArn: string;
  readonly timeoutSeconds: number;
  readonly heartbeatSeconds: number;
  /** Aborts when the worker has no time left: what is held is failed, and so is what still comes. */
  readonly outOfTime: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

export interface Slot {
  /** Resolves when the task's outcome is reported or lost. Never rejects. One task at a time. */
  run(task: Task): Promise<void>;
  /** The task that is held, null when none is. */
  taskId(): string | null;
  /** Resolves when the task that is held, if one is, has ended. */
  idle(): Promise<void>;
}

export function createSlot(options: SlotOptions): Slot {
  let held: { readonly taskId: string; readonly ended: Promise<void> } | null = null;
  return {
    async run(task) {
      const taskId = taskIdOf(task.token);
      options.onBusy.begin();
      held = { taskId, ended: runTask(task, taskId, options) };
      try {
        await held.ended;
      } finally {
        held = null;
        options.onBusy.end();
      }
    },
    taskId: () => held?.taskId ?? null,
    idle: () => held?.ended ?? Promise.resolve(),
  };
}

/**
 * The same for the same token, so that a task can be followed through logs without its receipt in them. In the form of
 * a UUID, because it is the function's request id too.
 */
export function taskIdOf(token: string): string {
  const hex = hash("sha256", token, "hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

async function runTask(task: Task, taskId: string, options: SlotOptions): Promise<void> {
  const { slotFunction, sink, clock } = options;
  const log: Log = (event, fields) => {
    options.log(event, { taskId, ...fields });
  };
  const startMs = clock.now();
  const deadlineMs = startMs + options.timeoutSeconds * 1000;
  const gone = new AbortController();
  const ended = endedBy(gone, options.outOfTime);
  const stopHeartbeat = startHeartbeat({
    heartbeatSeconds: options.heartbeatSeconds,
    beat: () => sink.beat(task.token),
    onGone: ended.goneBy,
    clock,
    log,
  });
  log("TaskStarted");
  const invocation = { requestId: taskId, input: task.input, deadlineMs, functionArn: options.functionArn };
  // A rejection is a fault of the worker's own, such as no free file descriptor: it still is this task's one outcome.
  const outcome = await slotFunction
    .invoke(invocation, ended.signal)
    .catch((error: unknown) => serviceFailure(String(error)));
  ended.release();
  const allowed = withinOutputLimit(
    options.endedErrors === "unknown" ? withDocumentedName(outcome) : outcome,
  );
  options.onOutcome?.(allowed, clock.now() - startMs);
  const untilMs = deadlineMs + REPORT_SECONDS * 1000;
  const cleanedUp = options.cleanUp?.();
  const reported = await report(allowed, {
    ...options,
    token: task.token,
    untilMs,
    signal: gone.signal,
    log,
  });
  stopHeartbeat();
  logEnd(log, reported, clock.now() - startMs);
  // D5: the task ended without us. Told so by a heartbeat, invoke has killed the process; here the outcome was told.
  if (reported.kind === "gone" && !gone.signal.aborted) await slotFunction.replace();
  await cleanedUp;
}

/** What stops a running function: the task is gone, or the worker out of time. Once released, nothing hangs on the latter. */
function endedBy(
  gone: AbortController,
  outOfTime: AbortSignal,
): { readonly signal: AbortSignal; goneBy(why: string): void; release(): void } {
  const ended = new AbortController();
  const onOutOfTime = (): void => {
    ended.abort(outOfTime.reason);
  };
  if (outOfTime.aborted) onOutOfTime();
  outOfTime.addEventListener("abort", onOutOfTime);
  return {
    signal: ended.signal,
    goneBy(why) {
      const reason = new Error(why);
      gone.abort(reason);
      ended.abort(reason);
    },
    release: () => {
      outOfTime.removeEventListener("abort", onOutOfTime);
    },
  };
}

function logEnd(log: Log, reported: Reported, durationMs: number): void {
  if (reported.kind === "gone") log("TaskAbandoned", { reason: reported.why, durationMs });
  else if (reported.kind === "lost") log("OutcomeLost", { reason: reported.why, durationMs });
  else if (reported.outcome.kind === "success") log("TaskSucceeded", { durationMs });
  else log("TaskFailed", { error: reported.outcome.error, durationMs });
}
