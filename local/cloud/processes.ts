/** Operating system processes of one run: marked in their environment, and ended as a kernel ends a container. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { killMarked, processesMarked } from "./marks";
import { startReaper } from "./start-reaper";

/**
 * Every process of a run carries this variable; children inherit it, whatever group or session they move to. Not
 * LOVELESS_…: the worker keeps those from its function's processes.
 */
const RUN_ID = "LOCAL_CLOUD_RUN_ID";
/** Every process of a container (a worker, an execution environment of a function) carries this one besides. */
const CONTAINER_ID = "LOCAL_CLOUD_CONTAINER_ID";

export interface ContainerOptions {
  readonly command: readonly string[];
  readonly workingDirectory: string;
  /** The whole environment, before the marks are added. */
  readonly environment: Readonly<Record<string, string>>;
  /** Standard output and error go straight to this file: no byte of it passes through our own process. */
  readonly logFile: string;
}

/** How a container's main process ended; `problem` when it could not be started at all. */
export interface ContainerEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly problem: string | null;
}

export interface Container {
  readonly id: string;
  /** Null when it could not be started. */
  readonly pid: number | null;
  /** Settles when the main process is gone and nothing that it left behind is alive. */
  readonly ended: Promise<ContainerEnd>;
  /** SIGTERM to the main process, once however often this is called; SIGKILL when it is still there after `graceMs`. */
  stop(graceMs: number): Promise<ContainerEnd>;
  /** SIGKILL to the main process, at once. False: it is gone already. */
  kill(): boolean;
}

/** What the processes of one run have in common. */
export interface Processes {
  readonly runId: string;
  /** The variables that mark the processes of a container which somebody else spawns. */
  marks(containerId: string): Record<string, string>;
  start(containerId: string, options: ContainerOptions): Container;
  /** Ends whatever carries the container's mark. */
  endContainer(containerId: string): Promise<void>;
  /** Ends whatever carries the run's mark, and then the reaper. */
  close(): Promise<void>;
}

/** An id as ECS gives its tasks: 32 hexadecimal digits. */
export function newContainerId(): string {
  return randomBytes(16).toString("hex");
}

/** The process ids that still carry the run's mark. */
export function leftoverProcesses(runId: string): Promise<number[]> {
  return processesMarked(`${RUN_ID}=${runId}`);
}

/** Starts the reaper of a run: should our own process be killed, the reaper ends what we can't end any more. */
export function createProcesses(runId: string): Processes {
  const runMark = `${RUN_ID}=${runId}`;
  const reaper = startReaper(join(__dirname, "reaper.ts"), runMark);
  const marks = (containerId: string): Record<string, string> => ({
    [RUN_ID]: runId,
    [CONTAINER_ID]: containerId,
  });
  const endContainer = (containerId: string): Promise<void> => killMarked(`${CONTAINER_ID}=${containerId}`);
  return {
    runId,
    marks,
    endContainer,
    start: (containerId, options) =>
      startContainer(
        containerId,
        { ...options, environment: { ...options.environment, ...marks(containerId) } },
        endContainer,
      ),
    async close() {
      await killMarked(runMark);
      await reaper.dismiss();
    },
  };
}

function startContainer(
  id: string,
  options: ContainerOptions,
  endContainer: (id: string) => Promise<void>,
): Container {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, "a");
  // A session of its own: Ctrl-C in the terminal reaches the command line alone, which then drains.
  const child = spawn(options.command[0] ?? "", options.command.slice(1), {
    cwd: options.workingDirectory,
    env: { ...options.environment },
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  const ended = new Promise<ContainerEnd>((resolve) => {
    child.once("error", (error) => {
      if (child.pid === undefined) resolve({ exitCode: null, signal: null, problem: error.message });
    });
    child.once("exit", (exitCode, signal) => {
      void endContainer(id).then(() => {
        resolve({ exitCode, signal, problem: null });
      });
    });
  });
  let told = false;
  return {
    id,
    pid: child.pid ?? null,
    ended,
    async stop(graceMs) {
      if (!told) child.kill("SIGTERM");
      told = true;
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      try {
        return await ended;
      } finally {
        clearTimeout(timer);
      }
    },
    kill: () => child.kill("SIGKILL"),
  };
}
