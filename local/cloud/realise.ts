/** Brings a resource graph to life on this machine (D10): one endpoint, real processes, and an orderly end. */
import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { resourcesOfType, type Graph } from "../graph";
import { identitiesOf } from "../iam/identities";
import { createAccess, type Access, type Credentials, type IamMode, type Principal } from "./access";
import { systemClock, type Clock } from "./clock";
import { createCloudServices } from "./cloud-services";
import { environmentOfRoles } from "./cloud-environment";
import type { Containers } from "./containers";
import type { DelayRange } from "./metrics/delay-range";
import { bundleWorker } from "./ecs/bundle";
import { createEcs, type Ecs, type PoolFacts } from "./ecs/ecs";
import type { Placement } from "./ecs/placement";
import type { FaultSpec } from "./faults/fault-spec";
import type { FaultCounts, Faults } from "./faults/faults";
import { startWorkerFaults } from "./faults/worker-faults";
import { imagesOf } from "./images";
import type { RealisedResource } from "./inventory";
import { startLocalFunction } from "./lambda/local-function";
import { createProcesses } from "./processes";
import { logsPrincipal } from "./realise-messaging";
import { realiseResources } from "./realise-resources";
import { startServer } from "./server";
import type { RunLogs } from "./state-store/run-records";
import type { State } from "./state-store/state";
import type { Execution } from "./states/executions/execution";
import type { States } from "./states/states";

/** The account of every local cloud. */
const ACCOUNT_ID = "123456789012";
/** The principal of whoever runs this: an administrator of the account, as after a deployment. */
const PERSON_ARN = `arn:aws:iam::${ACCOUNT_ID}:user/you`;
/** How long workers may drain at the end, once all polls are answered. */
const CLOSE_GRACE_MS = 5_000;
const DEFAULT_SEED = 1;
const NO_DELAY: DelayRange = { leastMs: 0, mostMs: 0 };
/** Seconds on AWS; here as short as the minute makes them. */
const DEFAULT_LOG_DELAY: DelayRange = { leastMs: 200, mostMs: 500 };
/** From the decision to start a worker to its start. @default 0.2 seconds */
const START_DELAY_SECONDS: Readonly<Record<Placement, number>> = {
  fargate: 0.2,
  ec2: 0.2,
  "managed-instances": 0.2,
};

export interface RealiseOptions {
  /** Where Pulumi.yaml lies: relative paths of build contexts start here. */
  readonly programDirectory: string;
  /** Of this run alone: objects, logs, code, homes of workers. Created when missing. */
  readonly runDirectory: string;
  readonly region: string;
  /** The length of a minute of metrics and ticks; 60 on AWS. */
  readonly minuteSeconds: number;
  /** What goes wrong without stopping the run: a worker lost, a tick failed. One sentence each. */
  readonly warn: (message: string) => void;
  /** Whether a call that the deployed documents do not allow is refused. @default report: it is only noted */
  readonly iam?: IamMode;
  /** @default 0: a free one. Rejects with EADDRINUSE when it is taken. */
  readonly port?: number;
  /** The bundle that `bundleWorker(runDirectory)` promised, begun while the program ran. @default begun here */
  readonly workerFile?: Promise<string>;
  /** Run workers and functions from their images. @default processes of this machine, from their build contexts */
  readonly containers?: Containers;
  /** In seconds of this machine's clock, whatever a minute is here. */
  readonly startDelaySeconds?: Partial<Record<Placement, number>>;
  /** What goes wrong on purpose. @default nothing */
  readonly faults?: readonly FaultSpec[];
  /** Decides what the faults hit. @default 1 */
  readonly seed?: number;
  /** From a measurement until CloudWatch shows it. @default none */
  readonly metricDelay?: DelayRange;
  /** From a log event until the function that subscribed to it is invoked. @default 0.2 to 0.5 seconds */
  readonly logDelay?: DelayRange;
  /** What outlives this process; closed at the end. @default nothing */
  readonly state?: State | undefined;
  /** @default systemClock */
  readonly clock?: Clock;
}

export interface LocalCloud {
  /** What AWS_ENDPOINT_URL is to be set to. */
  readonly endpoint: string;
  readonly region: string;
  /** Of the person at the laptop. */
  readonly credentials: Credentials;
  /** For `leftoverProcesses` after the end. */
  readonly runId: string;
  readonly access: Access;
  readonly states: States;
  /** Each resource of the graph: running, or recorded and why. */
  readonly resources: readonly RealisedResource[];
  /** The executions that ran when the process before this one ended, and go on. */
  readonly goneOn: readonly Pick<Execution, "arn" | "mapRunArn" | "target">[];
  pools(): readonly PoolFacts[];
  /** Of one pool's activity, and one worker by its id. */
  readonly workers: Pick<Ecs, "workersOf" | "killWorker">;
  /** What goes wrong on purpose, and may be moved while it does. */
  readonly onPurpose: Pick<Faults, "specs" | "move" | "counts">;
  /** Where workers and functions write their logs. */
  readonly logDirectory: string;
  /** Of the runs that have had the state, oldest first and this one last; of this one alone where none is kept. */
  readonly runs: readonly RunLogs[];
  /** How often each fault that was asked for has struck. */
  faults(): FaultCounts;
  /** Where an object's content lies; null when there is no such object. */
  objectFile(bucket: string, key: string): string | null;
  /** Drains: no tick, no poll, no worker, no function process, no port is left. Any number of calls, one end. */
  close(): Promise<void>;
}

/** Rejects, with nothing left behind, when a state machine is refused or the port is taken. */
export async function realise(graph: Graph, options: RealiseOptions): Promise<LocalCloud> {
  const undo: (() => Promise<unknown>)[] = [];
  try {
    return await open(graph, options, undo);
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
}

async function open(
  graph: Graph,
  options: RealiseOptions,
  undo: (() => Promise<unknown>)[],
): Promise<LocalCloud> {
  const { clock = systemClock, region, minuteSeconds, runDirectory, warn, state } = options;
  undo.push(() => Promise.resolve(state?.close()));
  await mkdir(runDirectory, { recursive: true });
  const startedMs = clock.now();
  const run = state?.runs.begin(startedMs) ?? { startedMs, logDirectory: join(runDirectory, "logs") };
  const { logDirectory } = run;
  const homeDirectory = join(runDirectory, "tmp");
  const identities = identitiesOf(graph, ACCOUNT_ID);
  identities.gaps.forEach(warn);
  const access = createAccess({ identities, mode: options.iam ?? "report", region, now: clock.now });
  const processes = createProcesses(randomUUID());
  const { containers } = options;
  const closePrograms = async (): Promise<void> => {
    await containers?.close();
    await processes.close();
  };
  undo.push(closePrograms);
  const services = createCloudServices({
    ...options,
    access,
    identities,
    clock,
    accountId: ACCOUNT_ID,
    faults: options.faults ?? [],
    seed: options.seed ?? DEFAULT_SEED,
    metricDelay: options.metricDelay ?? NO_DELAY,
    logDelay: options.logDelay ?? DEFAULT_LOG_DELAY,
    logsPrincipal: logsPrincipal(graph),
  });
  const { states, lambda, scheduler, faults, s3, logSources } = services;
  undo.push(lambda.close, states.close, scheduler.close, () => {
    services.stopDeliveries();
    logSources.close();
    return Promise.resolve();
  });
  let environmentOf: ReturnType<typeof environmentOfRoles> = () => ({});
  const programs = {
    clock,
    processes,
    logDirectory,
    homeDirectory,
    cloudEnvironment: (role: Principal | null) => environmentOf(role),
    ...containers,
  };
  const hasServices = resourcesOfType(graph, "aws:ecs/service:Service").length > 0;
  const ecs = await createEcs({
    ...programs,
    access,
    workerFile: hasServices ? await (options.workerFile ?? bundleWorker(runDirectory)) : "",
    minuteSeconds,
    followLog: logSources.followWorker,
    startDelaySeconds: { ...START_DELAY_SECONDS, ...options.startDelaySeconds },
    warn,
  });
  undo.push(() => ecs.close(0));
  const server = await startServer(access, services.endpointServices([ecs.service]), options.port);
  undo.push(server.close);
  environmentOf = environmentOfRoles(access, server.endpoint, region);
  const functionOptions = {
    ...programs,
    access,
    minuteSeconds,
    concurrency: 2 * availableParallelism(),
    logLine: logSources.functionLine,
  };
  const resources = realiseResources(
    graph,
    { ...services, ecs },
    {
      access,
      deliver: services.deliver,
      images: imagesOf(graph, options.programDirectory),
      codeDirectory: join(runDirectory, "code"),
      startFunction: (definition) => startLocalFunction(definition, functionOptions),
    },
  );

  const goneOn = states.goOn();
  const stopWorkerFaults = startWorkerFaults(ecs, faults, clock);

  async function end(): Promise<void> {
    stopWorkerFaults();
    await scheduler.close();
    services.stopDeliveries();
    // First SIGTERM, then null tokens: a worker that learns of the end does not poll again.
    states.answerPolls();
    const workersEnded = ecs.close(CLOSE_GRACE_MS);
    // Executions that outlive this process hear how the last tasks ended.
    if (state !== undefined) await workersEnded;
    await Promise.all([workersEnded, states.close()]);
    await lambda.close();
    logSources.close();
    await server.close();
    await closePrograms();
    state?.close();
  }
  let ended: Promise<void> | null = null;
  return {
    endpoint: server.endpoint,
    region,
    credentials: access.issue(PERSON_ARN),
    runId: processes.runId,
    access,
    states,
    resources,
    goneOn,
    pools: ecs.pools,
    workers: ecs,
    onPurpose: faults,
    logDirectory,
    runs: state?.runs.all() ?? [run],
    faults: faults.counts,
    objectFile: s3.fileOf,
    close: () => (ended ??= end()),
  };
}
