/** ECS: the services of the graph as pools of worker processes, their API, and the agent beside each worker. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Access } from "../access";
import type { Clock } from "../clock";
import type { Processes } from "../processes";
import { baseEnvironment } from "../program";
import type { Service } from "../service";
import { startAgent, type Agent } from "./agent";
import { createEcsApi, taskArn, type EcsService } from "./api";
import type { Placement } from "./placement";
import { createPool } from "./pool";
import type { PoolDefinition } from "./pool-definition";

/** What a run reports of a pool. */
export interface PoolFacts {
  readonly activityArn: string;
  /** The activity's name. */
  readonly activity: string;
  readonly function: string;
  readonly placement: Placement;
  readonly gpu: boolean;
  readonly desiredCount: number;
  /** Workers that run now; those that drain are no longer counted, as on ECS. */
  readonly runningCount: number;
  readonly pendingCount: number;
  readonly peakWorkers: number;
  /** Process ids of every worker that there was. */
  readonly pids: readonly number[];
}

export interface Ecs {
  readonly service: Service;
  addService(definition: PoolDefinition): void;
  pools(): readonly PoolFacts[];
  /** SIGTERM to every worker; SIGKILL to those that are still there after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

export interface EcsOptions {
  readonly access: Access;
  readonly clock: Clock;
  readonly processes: Processes;
  /** Of the worker's bundle. */
  readonly workerFile: string;
  /** For each placement, from the decision to start a worker to its start. */
  readonly startDelaySeconds: Readonly<Record<Placement, number>>;
  readonly logDirectory: string;
  /** Where each worker finds a home of its own. */
  readonly homeDirectory: string;
  /** Region, endpoint and credentials, as a program of this role finds them. */
  readonly cloudEnvironment: (roleArn: string | null) => Readonly<Record<string, string>>;
  readonly warn: (message: string) => void;
}

export async function createEcs(options: EcsOptions): Promise<Ecs> {
  const services: EcsService[] = [];
  const agent = await startAgent({
    read: (workerId) => protectionOf(services, options, workerId, "ecs:GetTaskProtection", () => undefined),
    write: (workerId, minutes) =>
      protectionOf(services, options, workerId, "ecs:UpdateTaskProtection", ({ pool }) => {
        pool.protect(workerId, minutes === null ? null : options.clock.now() + minutes * 60_000);
      }),
  });
  return {
    service: createEcsApi(options.access, () => services),
    addService(definition) {
      services.push({ definition, pool: poolOf(definition, options, agent) });
    },
    pools: () => services.map(factsOf),
    async close(graceMs) {
      await Promise.all(services.map(({ pool }) => pool.close(graceMs)));
      await agent.close();
    },
  };
}

function poolOf(definition: PoolDefinition, options: EcsOptions, agent: Agent): EcsService["pool"] {
  const { serviceName } = definition;
  const logFile = (workerId: string): string =>
    join(options.logDirectory, `${serviceName}-${workerId.slice(0, 8)}.log`);
  return createPool({
    clock: options.clock,
    desiredCount: definition.desiredCount,
    startDelaySeconds: options.startDelaySeconds[definition.placement],
    stopTimeoutSeconds: definition.stopTimeoutSeconds,
    start(workerId) {
      const home = join(options.homeDirectory, workerId);
      mkdirSync(home, { recursive: true });
      return options.processes.start(workerId, {
        command: [process.execPath, options.workerFile],
        workingDirectory: definition.taskRoot,
        logFile: logFile(workerId),
        environment: {
          ...baseEnvironment(home),
          ...definition.environment,
          ...options.cloudEnvironment(definition.roleArn),
          AWS_EXECUTION_ENV: definition.placement === "fargate" ? "AWS_ECS_FARGATE" : "AWS_ECS_EC2",
          ECS_AGENT_URI: agent.uriOf(workerId),
        },
      });
    },
    onLost(workerId, { exitCode, signal, problem }) {
      const how = problem ?? (signal === null ? `exited with ${String(exitCode)}` : `was ended by ${signal}`);
      options.warn(`A worker of ${serviceName} ${how} and is replaced; its log: ${logFile(workerId)}`);
    },
  });
}

/** The agent calls ECS as the task's own role. */
function protectionOf(
  services: readonly EcsService[],
  { access }: EcsOptions,
  workerId: string,
  action: string,
  change: (service: EcsService) => void,
): { readonly taskArn: string; readonly untilMs: number | null } | null {
  const service = services.find(({ pool }) => pool.protection(workerId) !== null);
  if (service === undefined) return null;
  const arn = taskArn(service.definition, workerId);
  if (service.definition.roleArn !== null)
    access.use({ arn: service.definition.roleArn }, { action, resource: arn });
  change(service);
  return { taskArn: arn, untilMs: service.pool.protection(workerId)?.untilMs ?? null };
}

function factsOf({ definition, pool }: EcsService): PoolFacts {
  const { desired, running, pending } = pool.counts();
  const { peakRunning, pids } = pool.history();
  return {
    activityArn: definition.activityArn,
    activity: definition.activityArn.slice(definition.activityArn.lastIndexOf(":") + 1),
    function: definition.functionName,
    placement: definition.placement,
    gpu: definition.gpu,
    desiredCount: desired,
    runningCount: running,
    pendingCount: pending,
    peakWorkers: peakRunning,
    pids,
  };
}
