/** One worker as containers: those that fill its volumes, one after the other, and then the function's own image. */
import type { ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Container, ContainerEnd } from "../cloud/processes";
import type { Docker } from "./engine";
import {
  containerName,
  runArguments,
  variablesOf,
  volumesOf,
  type Surroundings,
  type Task,
  type TaskContainer,
} from "./task";

/** What docker itself ends with when it could not start the container. https://docs.docker.com/reference/cli/docker/container/run/#exit-status */
const NOT_STARTED: readonly (number | null)[] = [125, 126, 127];
/** A container that is being made can't be stopped yet. */
const STOP_AGAIN_MS = 100;

export interface WorkerContainerOptions {
  readonly docker: Docker;
  readonly task: Task;
  readonly surroundings: Surroundings;
  readonly logFile: string;
  /** Of docker's own processes, so that they are found and ended with the run's others. */
  readonly marks: Readonly<Record<string, string>>;
}

export function startWorkerContainer(options: WorkerContainerOptions): Container {
  const { docker, task, surroundings, logFile, marks } = options;
  const { workerId } = surroundings;
  mkdirSync(dirname(logFile), { recursive: true });
  let stopping = false;
  let over = false;
  let current: TaskContainer = task.first[0] ?? task.worker;

  function start(definition: TaskContainer): ChildProcess {
    current = definition;
    return docker.run(runArguments(definition, task, surroundings), {
      logFile,
      environment: { ...variablesOf(definition, surroundings), ...marks },
    });
  }

  const firstClient = start(current);
  async function runAll(): Promise<ContainerEnd> {
    for (const definition of task.first) {
      const end = await endOf(definition === task.first[0] ? firstClient : start(definition));
      if (stopping || end.exitCode !== 0)
        return { ...end, problem: end.problem ?? (stopping ? null : filled(definition, end)) };
    }
    return endOf(task.first.length === 0 ? firstClient : start(task.worker));
  }

  const ended = runAll().then(async (end) => {
    await docker.ask(["volume", "rm", "--force", ...volumesOf(task, workerId)]);
    over = true;
    return end;
  });

  return {
    id: workerId,
    pid: firstClient.pid ?? null,
    ended,
    async stop(graceMs) {
      if (stopping) return ended;
      stopping = true;
      const seconds = String(Math.ceil(graceMs / 1000));
      while (!over) {
        const name = containerName(workerId, current.name);
        const { exitCode } = await docker.ask(["stop", "-t", seconds, name]);
        if (exitCode === 0) break;
        await Promise.race([ended, pause(STOP_AGAIN_MS)]);
      }
      return ended;
    },
    kill() {
      if (over) return false;
      void docker.ask(["kill", containerName(workerId, current.name)]);
      return true;
    },
  };
}

/** How docker's own process ended, which stays beside the container and ends as it does. */
function endOf(client: ChildProcess): Promise<ContainerEnd> {
  return new Promise((resolve) => {
    client.once("error", (error) => {
      if (client.pid === undefined) resolve({ exitCode: null, signal: null, problem: error.message });
    });
    client.once("exit", (exitCode, signal) => {
      const problem = NOT_STARTED.includes(exitCode)
        ? `could not be started by docker (exit code ${String(exitCode)})`
        : null;
      resolve({ exitCode, signal, problem });
    });
  });
}

function filled({ name }: TaskContainer, { exitCode }: ContainerEnd): string {
  return `did not come to its function: the container ${name} exited with ${String(exitCode)}`;
}
