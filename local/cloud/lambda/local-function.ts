/** Starts the execution environments of one Lambda function as processes of this machine. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { AUTOSCALER_SETTINGS } from "../../../autoscaler/settings";
import { createFunctionProcess, type FunctionProcess } from "../../../worker/function-process";
import type { Access, Principal } from "../access";
import type { Clock } from "../clock";
import type { FunctionLaunch, LaunchFunction } from "../containers";
import { createExecutionEnvironments, type ExecutionEnvironments } from "./execution-environments";
import type { FunctionDefinition } from "./functions";
import { takeOnRole } from "./role";
import { openLogFile } from "../log-file";
import type { LogPlace } from "../logs/log-sources";
import { newContainerId, type Processes } from "../processes";
import { baseEnvironment } from "../program";

export interface LocalFunctionOptions {
  readonly access: Access;
  readonly clock: Clock;
  readonly processes: Processes;
  readonly minuteSeconds: number;
  /** How many execution environments one function may have. */
  readonly concurrency: number;
  readonly logDirectory: string;
  /** Where each execution environment finds a home of its own. */
  readonly homeDirectory: string;
  /** Takes each line that the function writes, as an event of its log group. */
  readonly logLine: (place: LogPlace, line: string) => void;
  readonly cloudEnvironment: (role: Principal | null) => Readonly<Record<string, string>>;
  /** @default as a process of this machine */
  readonly launchFunction?: LaunchFunction;
}

export function startLocalFunction(
  definition: FunctionDefinition,
  options: LocalFunctionOptions,
): ExecutionEnvironments {
  const log = openLogFile(join(options.logDirectory, `lambda-${definition.name}.log`));
  const environments = createExecutionEnvironments({
    clock: options.clock,
    functionArn: definition.arn,
    timeoutSeconds: definition.timeoutSeconds,
    cap: options.concurrency,
    start: () => startEnvironment(definition, options, log.line),
  });
  return {
    run: environments.run,
    async close() {
      await environments.close();
      await log.close();
    },
  };
}

async function startEnvironment(
  definition: FunctionDefinition,
  options: LocalFunctionOptions,
  writeLine: (line: string) => void,
): Promise<FunctionProcess> {
  const { program } = definition;
  const id = newContainerId();
  const { role, mayLog } = takeOnRole(options.access, definition, id);
  const day = new Date(options.clock.now()).toISOString().slice(0, 10).replaceAll("-", "/");
  const place = { group: definition.logGroup, stream: `${day}/[$LATEST]${id}` };
  const variables = {
    ...byLocalMinute(definition.environment, options.minuteSeconds),
    ...options.cloudEnvironment(role),
  };
  const launch =
    options.launchFunction?.(definition, id, variables) ??
    (await launchProcess(definition, id, variables, options));
  const functionProcess = await createFunctionProcess({
    ...launch,
    handler: program.command.at(-1) ?? "",
    functionName: definition.name,
    memoryMib: definition.memoryMib,
    onOutput: (line, _stream, requestId) => {
      if (!mayLog) return;
      writeLine(`${id.slice(0, 8)} ${requestId ?? "-"} ${line}`);
      options.logLine(place, line);
    },
  });
  return {
    invoke: functionProcess.invoke,
    replace: functionProcess.replace,
    async close() {
      await functionProcess.close();
      await options.processes.endContainer(id);
    },
  };
}

async function launchProcess(
  { program }: FunctionDefinition,
  id: string,
  variables: Readonly<Record<string, string>>,
  { homeDirectory, processes }: LocalFunctionOptions,
): Promise<Omit<FunctionLaunch, "provide">> {
  const home = join(homeDirectory, id);
  await mkdir(home, { recursive: true });
  return {
    command: [...program.entryPoint, ...program.command],
    workingDirectory: program.taskRoot,
    environment: { ...baseEnvironment(home), ...program.environment, ...variables, ...processes.marks(id) },
  };
}

/** In seconds; overrides what the autoscaler's settings say, wherever they are. */
const MINUTE_SECONDS = "LOVELESS_MINUTE_SECONDS";

/** The autoscaler counts in the local cloud's minutes; the program that deployed it knows AWS's alone (D10). */
function byLocalMinute(
  variables: Readonly<Record<string, string>>,
  minuteSeconds: number,
): Readonly<Record<string, string>> {
  const minute = { [MINUTE_SECONDS]: String(minuteSeconds) };
  const settings = variables[AUTOSCALER_SETTINGS];
  if (settings === undefined) return { ...variables, ...minute };
  return {
    ...variables,
    ...minute,
    [AUTOSCALER_SETTINGS]: JSON.stringify({ ...(JSON.parse(settings) as object), minuteSeconds }),
  };
}
