/** ECS: the services of the graph as pools of worker processes, their API, and the agent beside each worker. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AccessDenied, type Access, type Principal } from "../access";
import type { Clock } from "../clock";
import type { StartWorker } from "../containers";
import type { LogPlace } from "../logs/log-sources";
import type { Processes } from "../processes";
import type { Service } from "../service";
import { startAgent, type Agent } from "./agent";
import { createEcsApi, taskArn, type EcsService } from "./api";
import { ECS_TASKS, prepareWorker, unstarted } from "./execution-role";
import { createFargateLaunchRate, type Capacity } from "./capacity";
import type { Placement } from "./placement";
import { capacityOf, type CapacityOptions } from "./pool-capacity";
import { createPool, type PoolWorker } from "./pool";
import type { PoolDefinition } from "./pool-definition";
import { startContainers } from "./sidecar";

/** What a run reports of a pool. */
export interface PoolFacts {
  readonly activityArn: string;
  /** The activity's name. */
  readonly activity: string;
  readonly function: string;
  readonly serviceName: string;
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

export interface WorkerFacts extends PoolWorker {
  readonly serviceName: string;
  readonly placement: Placement;
  readonly slots: number;
}

export interface Ecs {
  readonly service: Service;
  addService(definition: PoolDefinition): void;
  pools(): readonly PoolFacts[];
  /** The workers of an activity's pools, those that are stopping included. */
  workersOf(activityArn: string): readonly WorkerFacts[];
  /** Kills this very worker outright. False: it does not run. */
  killWorker(id: string): boolean;
  /** Kills a running worker outright; `chance`, from 0 to 1, says which. False: none runs. */
  kill(chance: number): boolean;
  /** Takes a worker on Spot back: SIGTERM at once, SIGKILL after two minutes at most. False: none runs. */
  interrupt(chance: number): boolean;
  /** SIGTERM to every worker; SIGKILL to those that are still there after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

export interface EcsOptions {
  readonly access: Access;
  readonly clock: Clock;
  readonly processes: Processes;
  /** Of the worker's bundle. */
  readonly workerFile: string;
  /** For each placement, from the decision to start a worker, or its instance, to its start. */
  readonly startDelaySeconds: Readonly<Record<Placement, number>>;
  /** The length of the local cloud's minute. */
  readonly minuteSeconds: number;
  readonly logDirectory: string;
  /** Makes events of a worker's lines; the function returned ends that. */
  readonly followLog: (file: string, place: LogPlace) => () => void;
  /** Where each worker finds a home of its own. */
  readonly homeDirectory: string;
  /** @default as a process of this machine */
  readonly startWorker?: StartWorker;
  /** Region, endpoint and credentials, as a program of this role finds them. */
  readonly cloudEnvironment: (role: Principal | null) => Readonly<Record<string, string>>;
  readonly warn: (message: string) => void;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html */
const SPOT_NOTICE_MINUTES = 2;

/**
 * Services are as on a day without a deployment, when pools sleep: the autoscaler tries new deployments, and what is
 * new on this machine is tried by the run itself.
 */
const DEPLOYED_BEFORE_MS = 86_400_000;

export async function createEcs(options: EcsOptions): Promise<Ecs> {
  const services: EcsService[] = [];
  const capacity = createCapacities(options);
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
      const pool = poolOf(definition, capacity(definition), options, agent);
      services.push({
        definition,
        pool,
        createdMs: options.clock.now() - DEPLOYED_BEFORE_MS,
        tags: new Map(),
      });
    },
    pools: () => services.map(factsOf),
    workersOf: (activityArn) =>
      services
        .filter(({ definition }) => definition.activityArn === activityArn)
        .flatMap(({ definition: { serviceName, placement, slots }, pool }) =>
          pool.workers().map((worker) => ({ ...worker, serviceName, placement, slots })),
        ),
    killWorker: (id) => services.some(({ pool }) => pool.kill(id)),
    kill(chance) {
      const found = pick(services, chance, () => true);
      return found !== null && found.service.pool.kill(found.id);
    },
    interrupt(chance) {
      const found = pick(services, chance, ({ isSpot }) => isSpot);
      if (found === null) return false;
      const { definition, pool } = found.service;
      const noticeMs = SPOT_NOTICE_MINUTES * options.minuteSeconds * 1000;
      return pool.interrupt(found.id, Math.min(noticeMs, definition.stopTimeoutSeconds * 1000));
    },
    async close(graceMs) {
      await Promise.all(services.map(({ pool }) => pool.close(graceMs)));
      await agent.close();
    },
  };
}

/** One for each pool on Fargate; services that name the same capacity provider share its instances. */
function createCapacities(options: EcsOptions): (definition: PoolDefinition) => Capacity {
  const { clock } = options;
  const settings: CapacityOptions = { ...options, launchRate: createFargateLaunchRate(clock) };
  const shared = new Map<string, Capacity>();
  return (definition) => {
    const provider = definition.instances?.provider ?? "";
    const found = shared.get(provider) ?? capacityOf(definition, settings);
    if (provider !== "") shared.set(provider, found);
    return found;
  };
}

function pick(
  services: readonly EcsService[],
  chance: number,
  fits: (worker: { readonly isSpot: boolean }) => boolean,
): { readonly service: EcsService; readonly id: string } | null {
  const running = services.flatMap((service) =>
    service.pool
      .workers()
      .filter((worker) => worker.state === "running" && fits(worker))
      .map(({ id }) => ({ service, id })),
  );
  return running[Math.floor(chance * running.length)] ?? null;
}

function poolOf(
  definition: PoolDefinition,
  capacity: Capacity,
  options: EcsOptions,
  agent: Agent,
): EcsService["pool"] {
  const { serviceName } = definition;
  const logFile = (workerId: string): string =>
    join(options.logDirectory, `${serviceName}-${workerId.slice(0, 8)}.log`);
  const start = options.startWorker ?? workerProcesses(options);
  return createPool({
    clock: options.clock,
    desiredCount: definition.desiredCount,
    capacity,
    spot: definition.spot,
    stopTimeoutSeconds: definition.stopTimeoutSeconds,
    start(workerId) {
      let taken: ReturnType<typeof rolesOf>;
      try {
        taken = rolesOf(definition, options.access, workerId);
      } catch (error) {
        if (!(error instanceof AccessDenied)) throw error;
        return unstarted(workerId, `could not be started: ${error.message};`);
      }
      const container = start(definition, {
        id: workerId,
        logFile: logFile(workerId),
        environment: {
          ...options.cloudEnvironment(taken.role),
          AWS_EXECUTION_ENV: definition.placement === "fargate" ? "AWS_ECS_FARGATE" : "AWS_ECS_EC2",
          ECS_AGENT_URI: agent.uriOf(workerId),
        },
      });
      // The function's container comes first.
      const [log] = taken.mayLog ? (definition.executionRole?.logs ?? []) : [];
      if (log !== undefined) {
        const place = { group: log.group, stream: `${log.stream}/${workerId}` };
        void container.ended.then(options.followLog(logFile(workerId), place));
      }
      return container;
    },
    onLost(workerId, { exitCode, signal, problem }) {
      const how = problem ?? (signal === null ? `exited with ${String(exitCode)}` : `was ended by ${signal}`);
      options.warn(`A worker of ${serviceName} ${how} and is replaced; its log: ${logFile(workerId)}`);
    },
  });
}

function workerProcesses({ processes, workerFile, homeDirectory }: EcsOptions): StartWorker {
  return (definition, { id, logFile, environment }) => {
    const home = join(homeDirectory, id);
    mkdirSync(home, { recursive: true });
    const workerCommand = [process.execPath, workerFile];
    return startContainers(processes, id, { workerCommand, definition, environment, home, logFile });
  };
}

/** What happens on AWS before a worker starts; gives the task's own role. Throws AccessDenied. */
function rolesOf(
  definition: PoolDefinition,
  access: Access,
  workerId: string,
): { readonly role: Principal | null; readonly mayLog: boolean } {
  const arn = taskArn(definition, workerId);
  const { executionRole, roleArn } = definition;
  const mayLog = executionRole !== null && prepareWorker(access, executionRole, arn);
  const role =
    roleArn === null ? null : access.assume(ECS_TASKS, { arn: roleArn, sessionName: workerId }, arn);
  return { role, mayLog };
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
  const { roleArn, clusterArn } = service.definition;
  const arn = taskArn(service.definition, workerId);
  if (roleArn !== null)
    access.use(
      { arn: roleArn, sessionName: workerId },
      { action, resource: arn, context: { "ecs:cluster": clusterArn } },
    );
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
    serviceName: definition.serviceName,
    placement: definition.placement,
    gpu: definition.gpu,
    desiredCount: desired,
    runningCount: running,
    pendingCount: pending,
    peakWorkers: peakRunning,
    pids,
  };
}
