/** The local cloud without a program: its endpoints, empty, and an orderly end. */
import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { systemClock } from "../cloud/clock";
import { createCloudServices, type CloudServices } from "../cloud/cloud-services";
import { environmentOfRoles } from "../cloud/cloud-environment";
import { startLocalFunction, type LocalFunctionOptions } from "../cloud/lambda/local-function";
import { createProcesses } from "../cloud/processes";
import { startServer } from "../cloud/server";
import type { State } from "../cloud/state-store/state";
import type { Identities } from "../iam/identities";
import { anybody, signers } from "./callers";
import type { ServedFunction } from "./functions-file";
import { InputFileError } from "./input-file";
import type { Policies } from "./policies";
import { createUrlFunction } from "./url-function";

export interface ServedCloudOptions {
  readonly port: number;
  readonly region: string;
  readonly accountId: string;
  readonly minuteSeconds: number;
  /** Null: anybody may do everything. */
  readonly policies: Policies | null;
  readonly functions: readonly ServedFunction[];
  /** What outlives this process; closed at the end. @default nothing */
  readonly state?: State | undefined;
  /** Of this run alone; exists. */
  readonly runDirectory: string;
  readonly warn: (message: string) => void;
}

export interface ServedCloud {
  /** What AWS_ENDPOINT_URL is to be set to. */
  readonly endpoint: string;
  /** For `leftoverProcesses` after the end. */
  readonly runId: string;
  close(): Promise<void>;
}

const NO_DELAY = { leastMs: 0, mostMs: 0 };
const SEED = 1;

/** Rejects with the system's EADDRINUSE when the port is taken, and with InputFileError. */
export async function openServedCloud(options: ServedCloudOptions): Promise<ServedCloud> {
  const { region, accountId, runDirectory, policies } = options;
  const clock = systemClock;
  const person = { arn: `arn:aws:iam::${accountId}:user/you` };
  const roles = options.functions.map((each) => [each, roleOf(each, policies, accountId)] as const);
  const { access, authenticate } =
    policies === null ? anybody(person, region) : signers(policies, region, clock.now);
  const services = createCloudServices({
    ...options,
    access,
    identities: policies?.identities ?? nobody(accountId),
    clock,
    faults: [],
    seed: SEED,
    metricDelay: NO_DELAY,
    logDelay: NO_DELAY,
    logsPrincipal: "logs.amazonaws.com",
  });
  const server = await startServer(access, services.endpointServices([]), options.port, authenticate);
  const processes = createProcesses(randomUUID());
  const functionOptions: LocalFunctionOptions = {
    ...{ access, clock, processes, minuteSeconds: options.minuteSeconds },
    concurrency: 2 * availableParallelism(),
    logDirectory: join(runDirectory, "logs"),
    homeDirectory: join(runDirectory, "tmp"),
    logLine: services.logSources.functionLine,
    cloudEnvironment: environmentOfRoles(access, server.endpoint, region),
  };
  for (const [each, roleArn] of roles)
    addFunction(
      each,
      `arn:aws:lambda:${region}:${accountId}:function:${each.name}`,
      roleArn,
      services,
      functionOptions,
    );
  // Once all that they may call is there.
  services.states.goOn();
  return {
    endpoint: server.endpoint,
    runId: processes.runId,
    async close() {
      services.stopDeliveries();
      // Open polls are answered while their callers can still hear of it.
      services.states.answerPolls();
      await services.states.close();
      await services.scheduler.close();
      await services.lambda.close();
      services.logSources.close();
      await server.close();
      await processes.close();
      // Nobody asks for anything to be kept any more.
      options.state?.close();
    },
  };
}

function addFunction(
  { name, runs, timeoutSeconds, memoryMib, environment }: ServedFunction,
  arn: string,
  roleArn: string,
  { lambda, logs }: CloudServices,
  options: LocalFunctionOptions,
): void {
  const logGroup = `/aws/lambda/${name}`;
  logs.createGroup(logGroup, null);
  const common = { arn, name, roleArn, reservedConcurrency: null, deadLetterArn: null };
  if (runs.kind === "url") {
    lambda.addFunction(common, createUrlFunction(runs.url, timeoutSeconds));
    return;
  }
  const { command, handler, directory } = runs;
  const definition = {
    ...{ ...common, timeoutSeconds, memoryMib, environment, logGroup, isTraced: false, imageUri: null },
    program: {
      entryPoint: command.slice(0, -1),
      command: command.slice(-1),
      taskRoot: directory,
      environment: { LAMBDA_TASK_ROOT: directory, _HANDLER: handler },
    },
  };
  lambda.addFunction(common, startLocalFunction(definition, options));
}

/** Without policies any name of a role does. */
function roleOf({ name, role }: ServedFunction, policies: Policies | null, accountId: string): string {
  const arn = `arn:aws:iam::${accountId}:role/${role ?? name}`;
  if (policies === null || policies.identities.roles.has(arn)) return arn;
  const known = [...policies.identities.roles.values()].map((each) => each.name).join(", ") || "none";
  const found = role === null ? "it has no role" : `${name}.role: ${role} is not a role of --policies`;
  throw new InputFileError(
    `--functions: ${role === null ? `${name}: ` : ""}${found}; its roles are ${known}`,
  );
}

/** Nothing is judged by these: they only say which account it is. */
function nobody(accountId: string): Identities {
  return {
    accountId,
    roles: new Map(),
    managed: () => null,
    resources: new Map(),
    keys: new Map(),
    tags: new Map(),
    speakOfTime: false,
    gaps: [],
  };
}
