/** Docker behind the local cloud: workers and functions run from the images that the program declares. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Containers } from "../cloud/containers";
import { startReaper } from "../cloud/start-reaper";
import { resourcesOfType, type Graph } from "../graph";
import { hasGpus, type Docker } from "./engine";
import { launchFunctionContainer } from "./function";
import { buildImages } from "./images";
import { sweep } from "./labels";
import { gpusOf, readTask, type Task } from "./task";
import { startWorkerContainer } from "./worker";

/** A task definition that is not run here as containers. */
export class NotForDocker extends Error {
  override readonly name = "NotForDocker";
}

/** Docker's own processes carry it, so that those which a run leaves are found as the other processes are. */
const RUN_ID = "LOCAL_CLOUD_DOCKER_RUN_ID";

export interface DockerContainersOptions {
  readonly docker: Docker;
  readonly programDirectory: string;
  /** Of this run alone. */
  readonly runDirectory: string;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Builds the images first. Rejects with ImageBuildFailed and NotForDocker. */
export async function openContainers(graph: Graph, options: DockerContainersOptions): Promise<Containers> {
  const { docker, runDirectory, say } = options;
  const run = randomUUID();
  const logDirectory = join(runDirectory, "logs");
  const tasks = tasksOf(graph);
  const gpus = await gpusFor(tasks, docker, say);
  const images = await buildImages(graph, { ...options, logDirectory });
  const functions = new Map(
    resourcesOfType(graph, "aws:lambda/function:Function").map(({ outputs }) => [
      String(outputs["arn"]),
      outputs,
    ]),
  );
  // Should our own process be killed, it removes the containers, which would go on.
  const reaper = startReaper(join(__dirname, "reaper.ts"), run, docker.environment);
  const marks = { [RUN_ID]: run };
  return {
    startWorker(definition, { id, logFile, environment }) {
      const task = tasks.get(definition.taskDefinitionArn);
      if (task === undefined)
        throw new Error(`The pool of ${definition.functionName} has no task definition.`);
      const surroundings = { run, workerId: id, images, gpus, environment };
      return startWorkerContainer({ docker, task, surroundings, logFile, marks });
    },
    launchFunction(definition, environmentId, variables) {
      const image = images.get(definition.imageUri ?? "");
      if (image === undefined) return null;
      return launchFunctionContainer({
        ...{ docker, run, definition, image, environmentId, variables, marks },
        outputs: functions.get(definition.arn) ?? {},
        workingDirectory: runDirectory,
      });
    },
    async close() {
      await sweep(async (args) => (await docker.ask(args)).stdout, run);
      await reaper.dismiss();
    },
  };
}

/** By ARN; what can't be read makes no pool either, and the inventory says why. */
function tasksOf(graph: Graph): ReadonlyMap<string, Task> {
  const tasks = new Map<string, Task>();
  for (const { name, outputs } of resourcesOfType(graph, "aws:ecs/taskDefinition:TaskDefinition")) {
    try {
      const task = readTask(outputs);
      if (task.beside.length > 0) throw new NotForDocker(beside(name, task));
      tasks.set(String(outputs["arn"]), task);
    } catch (error) {
      if (error instanceof NotForDocker) throw error;
    }
  }
  return tasks;
}

function beside(name: string, { worker, beside: others }: Task): string {
  return `--docker runs one container that goes on, and ${name} has ${[worker.name, ...others].join(", ")}; leave --docker out, or set the function's worker to "injected".`;
}

async function gpusFor(
  tasks: ReadonlyMap<string, Task>,
  docker: Docker,
  say: (text: string) => void,
): Promise<boolean> {
  const wanted = [...tasks.values()].some(({ worker }) => gpusOf(worker) > 0);
  if (!wanted) return false;
  const found = await hasGpus(docker);
  if (!found)
    say(
      "workers that ask for a GPU run without one: this Docker has no nvidia runtime; install the NVIDIA Container Toolkit for it",
    );
  return found;
}
