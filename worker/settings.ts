/**
 * The worker's settings: written into a container's environment by the component, parsed from it by the worker.
 * One schema serves both sides of the process border.
 */
import * as z from "zod";

/**
 * What a state on a pool has beyond the function's own timeout, in seconds (D4): the worker's report of a deadline comes
 * before Step Functions' own, and until then an outcome is worth reporting.
 */
export const REPORT_SECONDS = 30;

const jsonStrings = z.string().transform((text, context) => {
  const parsed = z.array(z.string()).safeParse(safeJson(text));
  if (parsed.success) return parsed.data;
  context.addIssue({ code: "custom", message: 'must be a JSON array of strings, such as ["index.handler"]' });
  return z.NEVER;
});

const schema = z.object({
  LOVELESS_ACTIVITY_ARN: z.string().startsWith("arn:"),
  LOVELESS_FUNCTION_NAME: z.string().min(1),
  LOVELESS_ENTRY_POINT: jsonStrings,
  LOVELESS_COMMAND: jsonStrings,
  LOVELESS_WORKING_DIRECTORY: z.string().min(1).optional(),
  LOVELESS_SLOTS: z.coerce.number().int().min(1),
  LOVELESS_MEMORY_MIB: z.coerce.number().int().min(1),
  LOVELESS_TIMEOUT_SECONDS: z.coerce.number().int().min(1),
  LOVELESS_HEARTBEAT_SECONDS: z.coerce.number().int().min(1),
  LOVELESS_STOP_TIMEOUT_SECONDS: z.coerce.number().int().min(1),
});

/** What a worker is told. `Arn` is what the activity's ARN is made of: a Pulumi input when written, a string when read. */
export interface WorkerSettings<Arn = string> {
  readonly activityArn: Arn;
  readonly functionName: string;
  /** The function's process is `[...entryPoint, ...command]`, as in Lambda's ImageConfig. */
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  /** Absent: the image's own. */
  readonly workingDirectory?: string | undefined;
  /** How many tasks one worker runs at once. */
  readonly slots: number;
  readonly memoryMib: number;
  /** The deadline of a task, from the moment its token arrived. */
  readonly timeoutSeconds: number;
  /** The state's HeartbeatSeconds; the worker beats several times within it. */
  readonly heartbeatSeconds: number;
  /** From SIGTERM until ECS sends SIGKILL. */
  readonly stopTimeoutSeconds: number;
}

/** The environment variables that say `settings`. */
export function workerEnvironment<Arn>(settings: WorkerSettings<Arn>): Record<string, string | Arn> {
  return {
    LOVELESS_ACTIVITY_ARN: settings.activityArn,
    LOVELESS_FUNCTION_NAME: settings.functionName,
    LOVELESS_ENTRY_POINT: JSON.stringify(settings.entryPoint),
    LOVELESS_COMMAND: JSON.stringify(settings.command),
    ...(settings.workingDirectory === undefined
      ? {}
      : { LOVELESS_WORKING_DIRECTORY: settings.workingDirectory }),
    LOVELESS_SLOTS: String(settings.slots),
    LOVELESS_MEMORY_MIB: String(settings.memoryMib),
    LOVELESS_TIMEOUT_SECONDS: String(settings.timeoutSeconds),
    LOVELESS_HEARTBEAT_SECONDS: String(settings.heartbeatSeconds),
    LOVELESS_STOP_TIMEOUT_SECONDS: String(settings.stopTimeoutSeconds),
  };
}

/** Throws an Error of one line that names each wrong variable, what was found and what is allowed. */
export function parseWorkerSettings(
  environment: Readonly<Record<string, string | undefined>>,
): WorkerSettings {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => {
      const key = String(issue.path[0]);
      return `${key}: ${issue.message}, got ${JSON.stringify(environment[key]) ?? "nothing"}`;
    });
    throw new Error(
      `The worker's environment is wrong: ${wrong.join("; ")}. Set it from components/ by workerEnvironment().`,
    );
  }
  const value = parsed.data;
  return {
    activityArn: value.LOVELESS_ACTIVITY_ARN,
    functionName: value.LOVELESS_FUNCTION_NAME,
    entryPoint: value.LOVELESS_ENTRY_POINT,
    command: value.LOVELESS_COMMAND,
    workingDirectory: value.LOVELESS_WORKING_DIRECTORY,
    slots: value.LOVELESS_SLOTS,
    memoryMib: value.LOVELESS_MEMORY_MIB,
    timeoutSeconds: value.LOVELESS_TIMEOUT_SECONDS,
    heartbeatSeconds: value.LOVELESS_HEARTBEAT_SECONDS,
    stopTimeoutSeconds: value.LOVELESS_STOP_TIMEOUT_SECONDS,
  };
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
