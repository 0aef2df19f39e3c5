/**
 * A worker whose function runs in a container of its own: two processes here, which share this machine's loopback as the
 * containers of an ECS task share theirs. Both are essential: when one ends, the other is stopped.
 */
import { connect, createServer, type AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { Container, ContainerEnd, Processes } from "../processes";
import { baseEnvironment } from "../program";
import type { PoolDefinition } from "./pool-definition";

/** What the function's container runs, with what only exists in a container replaced. */
export interface SidecarFunction {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface ContainersOptions {
  readonly workerCommand: readonly string[];
  readonly definition: Pick<PoolDefinition, "taskRoot" | "environment" | "sidecar">;
  /** What all containers of the ECS task have in common. */
  readonly environment: Readonly<Record<string, string>>;
  readonly home: string;
  readonly logFile: string;
}

/** Starts what runs of an ECS task: the worker, and its function where that has a container of its own. */
export function startContainers(
  processes: Processes,
  id: string,
  { workerCommand, definition, environment, home, logFile }: ContainersOptions,
): Container {
  const { taskRoot: workingDirectory, sidecar } = definition;
  const common = { workingDirectory, logFile };
  const base = baseEnvironment(home);
  const workers = { ...base, ...definition.environment, ...environment };
  if (sidecar === undefined)
    return processes.start(id, { ...common, command: workerCommand, environment: workers });
  const port = freePort();
  const worker = processes.start(id, {
    ...common,
    command: workerCommand,
    environment: { ...workers, LOVELESS_SIDECAR_PORT: String(port) },
  });
  const variables = {
    ...base,
    ...sidecar.environment,
    ...environment,
    AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${String(port)}`,
  };
  return pairOf(worker, port, () =>
    processes.start(`${id}-function`, { ...common, command: sidecar.command, environment: variables }),
  );
}

/** Between two looks whether the worker's runtime API answers; on ECS its health check says so. */
const LOOK_MS = 50;
/** For the worker to report what it held when its function's container ended. */
const FUNCTION_LOST_GRACE_MS = 30_000;

/**
 * A port of the loopback that nothing listens on: each ECS task has port 9001 to itself, workers here share one loopback.
 * Should something take it before the worker does, the worker ends and is replaced.
 */
function freePort(): number {
  // Without a host Node listens at once, and the port is known before the next turn of the event loop.
  const server = createServer().listen(0);
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Starts the function once the worker's runtime API answers. The pair is known by its worker. */
function pairOf(worker: Container, port: number, startFunction: () => Container): Container {
  let stopping = false;
  const started = untilServed(worker, port).then((isServed) =>
    isServed && !stopping ? startFunction() : null,
  );
  const stopBoth = async (graceMs: number): Promise<ContainerEnd> => {
    stopping = true;
    // As ECS does, in the reverse order of dependsOn. Here the function is not process 1: SIGTERM ends most at once.
    await (await started)?.stop(graceMs);
    return worker.stop(graceMs);
  };
  const functionEnded = started.then((container) => container?.ended);
  const ended = worker.ended.then(async (end) => {
    stopping = true;
    await (await started)?.stop(0);
    return end;
  });
  void functionEnded.then((end) => (end === undefined ? undefined : worker.stop(FUNCTION_LOST_GRACE_MS)));
  return { id: worker.id, pid: worker.pid, ended, stop: stopBoth, kill: () => worker.kill() };
}

/** False: the worker ended before. */
async function untilServed(worker: Container, port: number): Promise<boolean> {
  let hasEnded = false;
  void worker.ended.then(() => {
    hasEnded = true;
  });
  while (!hasEnded) {
    if (await answers(port)) return true;
    await wait(LOOK_MS);
  }
  return false;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const tell = (isThere: boolean) => () => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once("connect", tell(true)).once("error", tell(false));
  });
}
