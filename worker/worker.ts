/** One worker: its slots and pollers, and the states that it goes through. */
import type { Activity } from "./activity";
import { pause, type Clock } from "./clock";
import type { FunctionProcess } from "./function-process";
import type { Log } from "./log";
import { runPoller } from "./poller";
import type { Protection } from "./protection";
import type { WorkerSettings } from "./settings";
import { createSlot, type Slot } from "./slot";

/** `draining`: takes nothing new, finishes what is held (D3). */
export type WorkerState = "starting" | "running" | "draining" | "stopped";

/** Kept back from stopTimeoutSeconds for killing what still runs and reporting it; of a short one, a quarter. */
const STOP_MARGIN_MS = 5_000;
const STOP_MARGIN_SHARE = 0.25;

export interface WorkerOptions {
  readonly settings: WorkerSettings;
  readonly functionArn: string;
  readonly activity: Activity;
  readonly protection: Protection;
  /** One for each slot, for as long as the worker lives. */
  readonly startFunctionProcess: () => Promise<FunctionProcess>;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

export interface Worker {
  state(): WorkerState;
  /** Polls until it is drained. Resolves when it has stopped: nothing is held, no function process is left. */
  run(): Promise<void>;
  /** Opens no more polls; within the budget of the settings `run` resolves. */
  drain(): void;
  /** Kills the function processes; their tasks are not waited for. */
  kill(): Promise<void>;
}

export function createWorker(options: WorkerOptions): Worker {
  const { settings, clock, log } = options;
  const draining = new AbortController();
  const outOfTime = new AbortController();
  const processes: FunctionProcess[] = [];
  const slots: Slot[] = [];
  let state: WorkerState = "starting";

  const enter = (next: WorkerState): void => {
    log("WorkerStateChanged", { from: state, to: next });
    state = next;
  };

  const fill = async (): Promise<void> => {
    for (let slot = 0; slot < settings.slots; slot += 1) {
      const slotFunction = await options.startFunctionProcess();
      processes.push(slotFunction);
      slots.push(
        createSlot({
          ...options,
          ...settings,
          sink: options.activity,
          slotFunction,
          outOfTime: outOfTime.signal,
        }),
      );
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
      const pollers = slots.map((slot) =>
        runPoller({ slot, poll, draining: draining.signal, clock, log, random: options.random }),
      );
      const drained = new AbortController();
      await Promise.race([
        Promise.all(pollers),
        budgetSpent(options, slots, draining.signal, outOfTime, drained.signal),
      ]);
      drained.abort();
      await kill();
      enter("stopped");
    },
    drain() {
      if (draining.signal.aborted) return;
      enter("draining");
      draining.abort();
    },
    kill,
  };
}

/**
 * Resolves when the time to drain is over and what was held has been failed, or could not be. An open poll is no reason
 * to stay on then: ECS is about to kill the worker. `drained` ends the wait before that.
 */
async function budgetSpent(
  { settings, clock, log }: WorkerOptions,
  slots: readonly Slot[],
  draining: AbortSignal,
  outOfTime: AbortController,
  drained: AbortSignal,
): Promise<void> {
  await aborted(draining);
  const stopMs = settings.stopTimeoutSeconds * 1000;
  const marginMs = Math.min(STOP_MARGIN_MS, stopMs * STOP_MARGIN_SHARE);
  await pause(clock, stopMs - marginMs, drained);
  if (drained.aborted) return;
  log("DrainBudgetSpent", { held: slots.filter((slot) => slot.taskId() !== null).length });
  outOfTime.abort(new Error("The worker was stopped before the task had ended."));
  // Half of the margin is for the reports, the rest for our own exit.
  await Promise.race([Promise.all(slots.map((slot) => slot.idle())), pause(clock, marginMs / 2, drained)]);
  for (const slot of slots) {
    const taskId = slot.taskId();
    if (taskId !== null) log("OutcomeLost", { taskId, reason: "the worker's time to stop was over" });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        "abort",
        () => {
          resolve();
        },
        { once: true },
      );
  });
}
