/** What can run workers and functions in place of processes of this machine: containers of the real images. */
import type { Provision } from "../../worker/function-process";
import type { PoolDefinition } from "./ecs/pool-definition";
import type { FunctionDefinition } from "./lambda/functions";
import type { Container } from "./processes";

/** One worker that is to start. */
export interface WorkerStart {
  readonly id: string;
  /** Takes standard output and error. */
  readonly logFile: string;
  /** What the cloud tells it beside its task definition: endpoint, credentials, agent. */
  readonly environment: Readonly<Record<string, string>>;
}

export type StartWorker = (definition: PoolDefinition, worker: WorkerStart) => Container;

/** How one execution environment of a function is started. */
export interface FunctionLaunch {
  readonly command: readonly string[];
  readonly workingDirectory: string;
  /** Of the program that `command` names; the variables of the Lambda runtime are added. */
  readonly environment: Readonly<Record<string, string>>;
  /** Around each process that is started. */
  readonly provide: () => Promise<Provision>;
}

/** `variables`: what the function finds, before those of the Lambda runtime. Null: it has no image to run. */
export type LaunchFunction = (
  definition: FunctionDefinition,
  environmentId: string,
  variables: Readonly<Record<string, string>>,
) => FunctionLaunch | null;

export interface Containers {
  readonly startWorker: StartWorker;
  readonly launchFunction: LaunchFunction;
  /** Nothing of this run is left. */
  close(): Promise<void>;
}
