/** The function of a worker: checks that it is one for here, and makes the processes that run it in the slots. */
import type { Clock } from "./clock";
import { createOwnerCheck } from "./connection-owner";
import { openCredentialServer } from "./credential-server";
import {
  createFunctionProcess,
  type FunctionProcess,
  type Invocation,
  type ProcessEvent,
  type Provision,
} from "./function-process";
import { assumeRoleOverSts, openRoleSession } from "./function-role";
import { environmentForFunctions } from "./lambda-environment";
import type { Log } from "./log";
import type { Metrics } from "./metrics";
import { openScratch, type Scratch } from "./scratch";
import { sessionPolicy } from "./session-policy";
import { openSidecar } from "./sidecar";
import { spillStoreOnS3 } from "./spill-store";
import { spilling, spillPlace } from "./spill";
import { parseGrants, type ParsedWorkerSettings } from "./settings";
import { ownsPidNamespace } from "./strays";
import { findDurableSdk, findExtensions } from "./unsupported";

export interface Functions {
  /** For one slot. */
  start(onProcess: (event: ProcessEvent) => void): Promise<FunctionProcess>;
  /** Null unless tasks are isolated. */
  readonly emptyScratch: (() => Promise<void>) | null;
  close(): Promise<void>;
}

export interface FunctionsOptions {
  readonly settings: ParsedWorkerSettings;
  /** The worker's own. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly region: string;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}

/** Rejects for an image that can't work here, and for a scratch directory that must not be emptied. */
export async function createFunctions(options: FunctionsOptions): Promise<Functions> {
  const { settings, region, environment, log } = options;
  await refuseUnsupported(settings, environment["LAMBDA_TASK_ROOT"] ?? "/var/task", log);
  // With other slots beside it, a process that is not marked may be theirs.
  const alone = settings.slots === 1 && ownsPidNamespace();
  const isolated = settings.isolation === "task";
  const scratch = await scratchOf(settings, alone);
  if (isolated) await scratch?.empty();
  const credentials = await openCredentials(options);
  const command = [...settings.entryPoint, ...settings.command];
  // With one slot there is nobody else whose task could be answered.
  const checkOwner = settings.slots > 1 ? createOwnerCheck() : undefined;
  const functionEnvironment = {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...environmentForFunctions(environment, { ownRole: credentials !== null }),
    ...(scratch === null ? {} : { TMPDIR: scratch.directory }),
  };
  const tellOfPipes = oncePipesFailed(log);
  return {
    start: async (onProcess) => {
      if (settings.sidecarPort !== undefined)
        return behindEnvelopes(await openSideDoor(settings.sidecarPort, onProcess, options), options);
      const slotFunction = await createFunctionProcess({
        command,
        handler: settings.command.at(-1) ?? "",
        workingDirectory: settings.workingDirectory,
        environment: functionEnvironment,
        provide: credentials?.provide,
        functionName: settings.functionName,
        memoryMib: settings.memoryMib,
        initSeconds: settings.initSeconds,
        alone,
        checkOwner,
        onOutput: (line, stream, taskId) => {
          log("FunctionPrinted", { taskId, stream, line });
        },
        onProcess: (event) => {
          tell(event, options);
          tellOfPipes(event);
          onProcess(event);
        },
      });
      return behindEnvelopes(slotFunction, options);
    },
    emptyScratch: isolated && scratch !== null ? scratch.empty : null,
    async close() {
      credentials?.close();
      await scratch?.close();
    },
  };
}

/** For a function that another container runs. */
async function openSideDoor(
  port: number,
  onProcess: (event: ProcessEvent) => void,
  options: FunctionsOptions,
): Promise<FunctionProcess> {
  const { settings, clock, log } = options;
  const sidecar = await openSidecar({
    port,
    functionName: settings.functionName,
    handler: settings.command.at(-1) ?? "",
    initSeconds: settings.initSeconds,
    onProcess: (event) => {
      tell(event, options);
      onProcess(event);
    },
    clock,
  });
  log("RuntimeApiServed", { address: sidecar.address });
  return sidecar;
}

/** With a place to spill to, payloads pass through S3 where they are too large for Step Functions. */
function behindEnvelopes(
  slotFunction: FunctionProcess,
  { settings: { spillTo }, region, clock }: FunctionsOptions,
): FunctionProcess {
  if (spillTo === undefined) return slotFunction;
  return spilling(slotFunction, { place: spillPlace(spillTo), store: spillStoreOnS3(region), clock });
}

async function refuseUnsupported(
  { extensions, functionName }: ParsedWorkerSettings,
  taskRoot: string,
  log: Log,
): Promise<void> {
  const sdk = await findDurableSdk(taskRoot);
  if (sdk !== null) {
    throw new Error(
      `${functionName} is a durable function, found ${sdk} in ${taskRoot}; only Lambda runs those: place it on lambda.`,
    );
  }
  const found = await findExtensions();
  if (found.length === 0) return;
  const names = found.join(", ");
  if (extensions === "refuse") {
    throw new Error(
      `The image of ${functionName} has Lambda extensions, got ${names}; they don't run off Lambda: leave them out of the image, or set LOVELESS_EXTENSIONS=warn.`,
    );
  }
  log("ExtensionsIgnored", { extensions: names, reason: "Lambda extensions don't run off Lambda" });
}

function scratchOf(settings: ParsedWorkerSettings, ownsSharedMemory: boolean): Promise<Scratch | null> {
  const { isolation, scratchDirectory } = settings;
  if (isolation === "task") return openScratch({ directory: scratchDirectory, ownsSharedMemory });
  if (scratchDirectory === undefined) return Promise.resolve(null);
  return Promise.resolve({
    directory: scratchDirectory,
    empty: () => Promise.resolve(),
    close: () => Promise.resolve(),
  });
}

interface FunctionCredentials {
  readonly provide: (invocation: Invocation) => Promise<Provision>;
  close(): void;
}

/** Null without a role of the function's own: it then has the worker's credentials. */
async function openCredentials({
  settings,
  region,
  clock,
  log,
}: FunctionsOptions): Promise<FunctionCredentials | null> {
  const { functionRoleArn, functionName } = settings;
  if (functionRoleArn === undefined) return null;
  const grants = parseGrants(settings.sessionGrants);
  const assume = assumeRoleOverSts(functionRoleArn, region);
  const server = await openCredentialServer(log);
  const shared = openRoleSession(assume, { sessionName: sessionName(functionName), clock, log });
  return {
    async provide({ requestId, input }) {
      const session =
        grants === null
          ? shared
          : // The session bears the task's id, and so does what CloudTrail writes of it.
            openRoleSession(assume, {
              sessionName: requestId,
              policy: sessionPolicy(grants, input),
              clock,
              log,
            });
      // A role that can't be assumed fails the task here, with a name that is tried again.
      await session.credentials();
      return server.admit(session);
    },
    close: () => {
      server.close();
    },
  };
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: 2 to 64 of these characters. */
function sessionName(functionName: string): string {
  return `loveless-${functionName}`.replaceAll(/[^\w+=,.@-]/g, "-").slice(0, 64);
}

function tell(event: ProcessEvent, { log, metrics }: FunctionsOptions): void {
  if (event.kind === "started") log("FunctionProcessStarted", { pid: event.pid });
  else if (event.kind === "ended") log("FunctionProcessEnded", { pid: event.pid, how: event.how });
  else if (event.kind === "initialised") {
    log("FunctionInitialised", { pid: event.pid, initMs: event.initMs });
    metrics.init(event.initMs);
  } else if (event.kind === "connected") log("FunctionConnected");
  else if (event.kind === "intruded")
    log("ConnectionRefused", { reason: "it came from another process than the slot's own" });
  else if (event.kind === "unsupported")
    log("LambdaApiRefused", { path: event.path, reason: "it has no counterpart off Lambda" });
}

/** Once for a worker: what keeps one process from having pipes does so for the next one too. */
function oncePipesFailed(log: Log): (event: ProcessEvent) => void {
  let told = false;
  return (event) => {
    if (event.kind !== "pipes-failed" || told) return;
    told = true;
    log("OutputPipesFailed", { reason: `${event.why}; the function's output goes through sockets` });
  };
}
