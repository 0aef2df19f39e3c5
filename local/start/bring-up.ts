/** Brings a stack up: runs the program, then brings the graph that it declared to life. */
import { bundleWorker } from "../cloud/ecs/bundle";
import { realise, type LocalCloud } from "../cloud/realise";
import { checkPort, PortTaken } from "../command-line";
import { openContainers } from "../docker/containers";
import { checkEngine, createDocker } from "../docker/engine";
import type { State } from "../cloud/state-store/state";
import { readProject } from "../engine/project";
import { runProgram } from "../engine/run";
import type { Graph } from "../graph";
import type { StartArguments } from "./arguments";
import type { Progress } from "./progress";
import { count } from "./report";

export interface BringUpOptions extends Pick<
  StartArguments,
  | "stack"
  | "port"
  | "consolePort"
  | "minuteSeconds"
  | "docker"
  | "state"
  | "iam"
  | "fault"
  | "seed"
  | "startDelay"
  | "metricDelay"
  | "logDelay"
> {
  readonly projectDirectory: string;
  /** Of this run alone; exists. */
  readonly runDirectory: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** The command's: docker finds its engine by it. @default none */
  readonly environment?: NodeJS.ProcessEnv;
  /** What becomes of the graph before it is brought to life. @default nothing */
  readonly amendGraph?: (graph: Graph) => Graph;
}

/** Rejects, with nothing left behind, with what runProgram, openContainers and realise reject with, PortTaken, NoDocker. */
export async function bringUp(options: BringUpOptions): Promise<{ cloud: LocalCloud; graph: Graph }> {
  const { projectDirectory, runDirectory, stack, port, progress, signal } = options;
  const { settings } = await readProject(projectDirectory, stack);
  refuseSamePort(options);
  await checkPort(port);
  await checkPort(options.consolePort ?? 0, "--console-port");
  const docker = options.docker ? createDocker(options.environment ?? {}) : null;
  if (docker !== null) await checkEngine(docker);
  const state = await stateOf(options);
  progress.say(`running index.ts for the stack ${stack}`);
  const workerFile = bundleWorker(runDirectory);
  // Awaited by realise; should the program fail first, its own error is the one to tell.
  workerFile.catch(() => undefined);
  const declared = await runProgram({
    projectDirectory,
    stack,
    mode: "up",
    signal,
    onProgress: (event) => {
      if (event.kind === "message") progress.say(event.text);
    },
  });
  const graph = options.amendGraph?.(declared) ?? declared;
  const { say } = progress;
  const containers =
    docker === null
      ? {}
      : {
          containers: await openContainers(graph, {
            docker,
            programDirectory: projectDirectory,
            runDirectory,
            say,
            signal,
          }),
        };
  const cloud = await realise(graph, {
    ...containers,
    programDirectory: projectDirectory,
    runDirectory,
    region: settings.config["aws:region"] ?? "us-east-1",
    minuteSeconds: options.minuteSeconds,
    iam: options.iam,
    faults: options.fault,
    seed: options.seed,
    startDelaySeconds: options.startDelay,
    ...(options.metricDelay === undefined ? {} : { metricDelay: options.metricDelay }),
    ...(options.logDelay === undefined ? {} : { logDelay: options.logDelay }),
    port,
    workerFile,
    warn: progress.say,
    state,
  });
  const { running, recorded } = resourceCounts(cloud);
  const all = count(running + recorded, "resource");
  progress.say(`${all}: ${String(running)} running, ${String(recorded)} recorded; at ${cloud.endpoint}`);
  return { cloud, graph };
}

/** Throws PortTaken: by the other one of the two. */
export function refuseSamePort({ port, consolePort }: Pick<StartArguments, "port" | "consolePort">): void {
  if (port === 0 || port !== consolePort) return;
  throw new PortTaken(
    `--port and --console-port are both ${String(port)}; choose two, or leave one out for a free one.`,
  );
}

/** Late: a run that keeps nothing does not load the database. */
async function stateOf({ state: directory, stack, progress }: BringUpOptions): Promise<State | undefined> {
  if (directory === undefined) return undefined;
  const { openState } = await import("../cloud/state-store/state.ts");
  const onFailure = ({ message }: Error): void => {
    progress.say(
      `What happens can't be kept in ${directory} any more (${message}), and calls are refused: end this run, make room, and start it again.`,
    );
  };
  return openState({ directory, stack, now: Date.now, onFailure });
}

export function resourceCounts(cloud: LocalCloud): { readonly running: number; readonly recorded: number } {
  const running = cloud.resources.filter(({ status }) => status === "running").length;
  return { running, recorded: cloud.resources.length - running };
}
