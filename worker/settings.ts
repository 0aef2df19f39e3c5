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

/** `worker`: the function's process stays warm, as on Lambda. `task`: each task finds nothing of an earlier one (D6). */
export const ISOLATIONS = ["worker", "task"] as const;
export type Isolation = (typeof ISOLATIONS)[number];

const jsonStrings = z.string().transform((text, context) => {
  const parsed = z.array(z.string()).safeParse(safeJson(text));
  if (parsed.success) return parsed.data;
  context.addIssue({ code: "custom", message: 'must be a JSON array of strings, such as ["index.handler"]' });
  return z.NEVER;
});

/** Statements of an IAM policy, as the documents of a role hold them. */
const statements = z.string().transform((text, context) => {
  const parsed = z.array(statement).min(1).safeParse(safeJson(text));
  if (parsed.success) return parsed.data;
  context.addIssue({
    code: "custom",
    message: "must be a JSON array of IAM statements that allow something",
  });
  return z.NEVER;
});

const oneOrMore = z.union([z.string().transform((one) => [one]), z.array(z.string())]);

const statement = z.object({
  Effect: z.literal("Allow").default("Allow"),
  Action: oneOrMore,
  Resource: oneOrMore,
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});

/** One right of the function's role. */
export type GrantStatement = z.infer<typeof statement>;

const variables = z.object({
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
  LOVELESS_INIT_SECONDS: z.coerce.number().positive().optional(),
  LOVELESS_ISOLATION: z.enum(ISOLATIONS).default("worker"),
  LOVELESS_SCRATCH_DIRECTORY: z.string().startsWith("/").optional(),
  LOVELESS_EXTENSIONS: z.enum(["warn", "refuse"]).default("warn"),
  LOVELESS_ENDED_ERRORS: z.enum(["named", "unknown"]).default("named"),
  LOVELESS_HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  LOVELESS_METRICS_SECONDS: z.coerce.number().positive().default(60),
  LOVELESS_SPOT_NOTICE: z.enum(["true", "false"]).default("false"),
  LOVELESS_FUNCTION_ROLE_ARN: z.string().startsWith("arn:").optional(),
  LOVELESS_SESSION_GRANTS: statements.optional(),
  LOVELESS_SIDECAR_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  LOVELESS_SPILL_TO: z
    .string()
    .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/.*)?$/, "must be s3://BUCKET or s3://BUCKET/PREFIX")
    .optional(),
});

const schema = variables.superRefine((value, context) => {
  const refuse = (name: keyof typeof value, message: string): void => {
    context.addIssue({ code: "custom", path: [name], message });
  };
  if (value.LOVELESS_ISOLATION === "task" && value.LOVELESS_SLOTS !== 1)
    refuse(
      "LOVELESS_SLOTS",
      "must be 1 with LOVELESS_ISOLATION=task, since slots share the scratch directory",
    );
  if (value.LOVELESS_SIDECAR_PORT !== undefined) {
    const why = "with LOVELESS_SIDECAR_PORT, since the worker does not start the function";
    if (value.LOVELESS_SLOTS !== 1) refuse("LOVELESS_SLOTS", `must be 1 ${why}`);
    if (value.LOVELESS_ISOLATION !== "worker") refuse("LOVELESS_ISOLATION", `must be worker ${why}`);
    if (value.LOVELESS_FUNCTION_ROLE_ARN !== undefined)
      refuse("LOVELESS_FUNCTION_ROLE_ARN", `must be left out ${why}`);
  }
  if (value.LOVELESS_SESSION_GRANTS === undefined) return;
  if (value.LOVELESS_FUNCTION_ROLE_ARN === undefined)
    refuse("LOVELESS_SESSION_GRANTS", "needs LOVELESS_FUNCTION_ROLE_ARN, the role whose rights it narrows");
  // A warm process keeps the credentials that an earlier task was given.
  if (value.LOVELESS_ISOLATION !== "task")
    refuse("LOVELESS_SESSION_GRANTS", "needs LOVELESS_ISOLATION=task, a process for each task");
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
  /** How long a function process may take to its first /next. Absent: until the deadline of its task. */
  readonly initSeconds?: number | undefined;
  /** `task` needs one slot. @default "worker" */
  readonly isolation?: Isolation | undefined;
  /**
   * What the function's TMPDIR is, and what `isolation: "task"` empties between tasks: only if it carries the marker.
   * Absent: with that isolation a temporary directory of the worker's own, else the image's /tmp as it is.
   */
  readonly scratchDirectory?: string | undefined;
  /** What becomes of an image with Lambda extensions, which don't run off Lambda. @default "warn" */
  readonly extensions?: "warn" | "refuse" | undefined;
  /**
   * The name of what ended at its deadline or by a crash: as field reports have it (Sandbox.Timedout, Runtime.ExitError),
   * or Lambda.Unknown as AWS's documentation has it. @default "named"
   */
  readonly endedErrors?: "named" | "unknown" | undefined;
  /** On 127.0.0.1; for `worker.js health`. Absent: no health to ask for. */
  readonly healthPort?: number | undefined;
  /** Between two lines of metrics. @default 60 */
  readonly metricsSeconds?: number | undefined;
  /** Asks EC2's instance metadata for a Spot notice, where ECS does not drain Spot instances. @default false */
  readonly spotNotice?: boolean | undefined;
  /** The role whose credentials the function gets in place of the worker's (D8). Absent: the function has the worker's. */
  readonly functionRoleArn?: Arn | undefined;
  /**
   * The statements of that role in JSON: a task's credentials are narrowed to those ARNs of them that stand in its
   * input. Needs `isolation: "task"`. Absent: every task has the whole role.
   */
  readonly sessionGrants?: Arn | undefined;
  /**
   * Of 127.0.0.1: the runtime API for a function that another container of the ECS task runs; entry point and command
   * are then that container's. Needs one slot. Absent: the worker starts the function itself.
   */
  readonly sidecarPort?: number | undefined;
  /**
   * `s3://BUCKET/PREFIX`: where outputs over 262,144 bytes go, with an envelope in their place, and from where an input's
   * envelopes are read. Absent: such an output is a failure, and an envelope is data like any other.
   */
  readonly spillTo?: Arn | undefined;
}

/** What the worker reads: the settings with their defaults. */
export interface ParsedWorkerSettings extends WorkerSettings {
  readonly isolation: Isolation;
  readonly extensions: "warn" | "refuse";
  readonly endedErrors: "named" | "unknown";
  readonly metricsSeconds: number;
  readonly spotNotice: boolean;
}

/** The environment variables that say `settings`. */
export function workerEnvironment<Arn>(settings: WorkerSettings<Arn>): Record<string, string | Arn> {
  return {
    LOVELESS_ACTIVITY_ARN: settings.activityArn,
    LOVELESS_FUNCTION_NAME: settings.functionName,
    LOVELESS_ENTRY_POINT: JSON.stringify(settings.entryPoint),
    LOVELESS_COMMAND: JSON.stringify(settings.command),
    ...given("LOVELESS_WORKING_DIRECTORY", settings.workingDirectory),
    LOVELESS_SLOTS: String(settings.slots),
    LOVELESS_MEMORY_MIB: String(settings.memoryMib),
    LOVELESS_TIMEOUT_SECONDS: String(settings.timeoutSeconds),
    LOVELESS_HEARTBEAT_SECONDS: String(settings.heartbeatSeconds),
    LOVELESS_STOP_TIMEOUT_SECONDS: String(settings.stopTimeoutSeconds),
    ...given("LOVELESS_INIT_SECONDS", settings.initSeconds),
    ...given("LOVELESS_ISOLATION", settings.isolation),
    ...given("LOVELESS_SCRATCH_DIRECTORY", settings.scratchDirectory),
    ...given("LOVELESS_EXTENSIONS", settings.extensions),
    ...given("LOVELESS_ENDED_ERRORS", settings.endedErrors),
    ...given("LOVELESS_HEALTH_PORT", settings.healthPort),
    ...given("LOVELESS_METRICS_SECONDS", settings.metricsSeconds),
    ...given("LOVELESS_SPOT_NOTICE", settings.spotNotice),
    ...(settings.functionRoleArn === undefined
      ? {}
      : { LOVELESS_FUNCTION_ROLE_ARN: settings.functionRoleArn }),
    ...(settings.sessionGrants === undefined ? {} : { LOVELESS_SESSION_GRANTS: settings.sessionGrants }),
    ...given("LOVELESS_SIDECAR_PORT", settings.sidecarPort),
    ...(settings.spillTo === undefined ? {} : { LOVELESS_SPILL_TO: settings.spillTo }),
  };
}

function given(name: string, value: string | number | boolean | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: String(value) };
}

/** Throws an Error of one line that names each wrong variable, what was found and what is allowed. */
export function parseWorkerSettings(
  environment: Readonly<Record<string, string | undefined>>,
): ParsedWorkerSettings {
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
    initSeconds: value.LOVELESS_INIT_SECONDS,
    isolation: value.LOVELESS_ISOLATION,
    scratchDirectory: value.LOVELESS_SCRATCH_DIRECTORY,
    extensions: value.LOVELESS_EXTENSIONS,
    endedErrors: value.LOVELESS_ENDED_ERRORS,
    healthPort: value.LOVELESS_HEALTH_PORT,
    metricsSeconds: value.LOVELESS_METRICS_SECONDS,
    spotNotice: value.LOVELESS_SPOT_NOTICE === "true",
    functionRoleArn: value.LOVELESS_FUNCTION_ROLE_ARN,
    sessionGrants: environment["LOVELESS_SESSION_GRANTS"],
    sidecarPort: value.LOVELESS_SIDECAR_PORT,
    spillTo: value.LOVELESS_SPILL_TO,
  };
}

/** The statements of `settings.sessionGrants`, which has been parsed before. */
export function parseGrants(sessionGrants: string | undefined): readonly GrantStatement[] | null {
  return sessionGrants === undefined ? null : z.array(statement).parse(JSON.parse(sessionGrants));
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
