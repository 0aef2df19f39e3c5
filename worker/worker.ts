/** One worker: its slots and pollers, and the states that it goes through. */
import type { Activity } from "./activity";
import { pause, type Clock } from "./clock";
import { createCrashLoop } from "./crash-loop";
import type { FunctionProcess, ProcessEvent } from "./function-process";
import type { Log } from "./log";
import type { Outcome } from "./outcome";
import { runPoller, type PollAnswer } from "./poller";
import type { ParsedWorkerSettings } from "./settings";
import { createSlot, type Slot } from "./slot";
import { needsDurableExecution } from "./unsupported";

/** `draining`: takes nothing new, finishes what is held (D3). */
export type WorkerState = "starting" | "running" | "draining" | "stopped";

/** Kept back from the time to stop for killing what still runs and reporting it; of a short one, a quarter. */
const STOP_MARGIN_MS = 5_000;
const STOP_MARGIN_SHARE = 0.25;

export interface WorkerOptions {
  readonly settings: ParsedWorkerSettings;
  readonly functionArn: string;
  readonly activity: Activity;
  /** Told that a slot took a task, and that it is free again. */
  readonly onBusy: { begin(): void; end(): void };
  readonly onOutcome: (outcome: Outcome, durationMs: number) => void;
  readonly onPoll: (poll: PollAnswer | "failed") => void;
  /** One for each slot, for as long as the worker lives. */
  readonly startFunctionProcess: (onProcess: (event: ProcessEvent) => void) => Promise<FunctionProcess>;
  /** With `isolation: "task"`: removes what a task may have left. Null: tasks may share. */
  readonly emptyScratch: (() => Promise<void>) | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

/** `gave-up`: no task can go well here, so that ECS had better know. */
export type WorkerEnd = "drained" | "gave-up";

export interface Worker {
  state(): WorkerState;
  /** Polls until it is drained. Resolves when it has stopped: nothing is held, no function process is left. */
  run(): Promise<WorkerEnd>;
  /** Opens no more polls; `run` resolves within this time. The first call counts, later ones can only shorten the time. */
  drain(withinMs?: number): void;
  /** Kills the function processes; their tasks are not waited for. */
  kill(): Promise<void>;
}

export function createWorker(options: WorkerOptions): Worker {
  const { settings, clock, log } = options;
  const draining = new AbortController();
  const outOfTime = new AbortController();
  const processes: FunctionProcess[] = [];
  const slots: Slot[] = [];
  const timers: (() => void)[] = [];
  let state: WorkerState = "starting";
  let end: WorkerEnd = "drained";
  let stopNow = (): void => undefined;

  const enter = (next: WorkerState): void => {
    log("WorkerStateChanged", { from: state, to: next });
    state = next;
  };

  const drain = (withinMs = settings.stopTimeoutSeconds * 1000): void => {
    const marginMs = Math.min(STOP_MARGIN_MS, withinMs * STOP_MARGIN_SHARE);
    timers.push(
      clock.after(withinMs - marginMs, () => {
        void spendBudget(marginMs, slots, outOfTime, options).then(stopNow);
      }),
    );
    if (draining.signal.aborted) return;
    enter("draining");
    draining.abort();
  };

  const giveUp = (why: string): void => {
    if (end === "gave-up") return;
    end = "gave-up";
    log("WorkerGaveUp", { reason: why });
    drain();
  };

  const crashLoop = createCrashLoop({ ...options, slots: settings.slots, onHopeless: giveUp });

  const fill = async (): Promise<void> => {
    for (let slot = 0; slot < settings.slots; slot += 1) {
      const slotFunction = await options.startFunctionProcess((event) => {
        if (event.kind === "initialised") crashLoop.started();
        if (event.kind === "init-failed") crashLoop.failed(event.why);
        if (event.kind === "lost") giveUp(event.why);
      });
      processes.push(slotFunction);
      slots.push(openSlot(slotFunction, options, outOfTime.signal, giveUp));
    }
  };

  const kill = async (): Promise<void> => {
    await Promise.all(processes.map((process) => process.close()));
  };

  return {
    state: () => state,
    async run() {
      await fill();
      if (!draining.signal.aborted) enter("running");
      const poll = (): ReturnType<Activity["poll"]> => options.activity.poll();
      const pollers = slots.map((slot, index) => {
        const ready = (signal: AbortSignal): Promise<void> | null =>
          crashLoop.ready(signal) ?? processes[index]?.ready?.(signal) ?? null;
        return runPoller({ ...options, slot, poll, draining: draining.signal, ready });
      });
      const stopped = new Promise<void>((resolve) => (stopNow = resolve));
      await Promise.race([Promise.all(pollers), stopped]);
      for (const cancel of timers) cancel();
      await kill();
      enter("stopped");
      return end;
    },
    drain,
    kill,
  };
}

function openSlot(
  slotFunction: FunctionProcess,
  options: WorkerOptions,
  outOfTime: AbortSignal,
  giveUp: (why: string) => void,
): Slot {
  const { emptyScratch } = options;
  const cleanUp = async (): Promise<void> => {
    try {
      await slotFunction.replace();
      await emptyScratch?.();
    } catch (error) {
      giveUp(`what a task left can't be removed: ${(error as Error).message}`);
    }
  };
  return createSlot({
    ...options,
    ...options.settings,
    sink: options.activity,
    slotFunction,
    outOfTime,
    onOutcome(outcome, durationMs) {
      options.onOutcome(outcome, durationMs);
      if (needsDurableExecution(outcome))
        giveUp("it is a durable function, which only Lambda runs; place it on lambda");
    },
    ...(emptyScratch === null ? {} : { cleanUp }),
  });
}

/**
 * The time to drain is over: fails what is held. An open poll is no reason to stay on then: ECS is about to kill the
 * worker. Resolves when all is reported, or could not be.
 */
async function spendBudget(
  marginMs: number,
  slots: readonly Slot[],
  outOfTime: AbortController,
  { clock, log }: WorkerOptions,
): Promise<void> {
  if (outOfTime.signal.aborted) return;
  log("DrainBudgetSpent", { held: slots.filter((slot) => slot.taskId() !== null).length });
  outOfTime.abort(new Error("The worker was stopped before the task had ended."));
  const idle = new AbortController();
  // Half of the margin is for the reports, the rest for our own exit.
  await Promise.race([
    Promise.all(slots.map((slot) => slot.idle())),
    pause(clock, marginMs / 2, idle.signal),
  ]);
  idle.abort();
  for (const slot of slots) {
    const taskId = slot.taskId();
    if (taskId !== null) log("OutcomeLost", { taskId, reason: "the worker's time to stop was over" });
  }
}
