/** The stack's settings: `stacks/Pulumi.<stack>.yaml`, parsed once, by schema, before any resource is registered. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { MOST_CANARY_MINUTES } from "../../autoscaler/settings";
import { functionEntry, imageAtDigest, poolPlacements, type FunctionSettings } from "./function-entry";
import { functionSettings } from "./function-settings";
import { dollars, emailAddress, text, whole } from "./messages";
import { networkSchema, type NetworkSettings } from "./network-settings";

/** Retention times that CloudWatch Logs has: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const policyArn = text(
  /^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/.+$/,
  "the ARN of a managed policy, arn:aws:iam::ACCOUNT:policy/NAME",
);

const alarms = z.strictObject(
  {
    /** Gets every alarm, once the mail that SNS sends is confirmed. Without one, subscribe something to the topic. */
    email: emailAddress.optional(),
    /** A task that waits longer for a worker is an alarm. */
    maxWaitSeconds: whole(60, 86_400, "seconds"),
  },
  { error: "maxWaitSeconds, and perhaps email" },
);

const budget = z.strictObject({ dollarsPerMonth: dollars("month") }, { error: "dollarsPerMonth" });

const autoscaler = z.strictObject(
  {
    /** Concurrency kept for it. Absent: none, since an account must leave 100 unreserved, and new ones have 10 in all. */
    reservedConcurrency: whole(1, 100, "invocations").optional(),
    /** Wake sleeping pools by the state machine's log, in seconds; metrics take one to three minutes. */
    fastSignal: z.boolean({ error: "true or false" }).default(false),
    /** How long one worker may try a new deployment that no task needs; it goes as soon as it has run for three minutes. */
    canaryMinutes: whole(0, MOST_CANARY_MINUTES, "minutes").default(0),
  },
  { error: "reservedConcurrency, fastSignal, canaryMinutes, or nothing at all" },
);

/** Who deploys: CI on GitHub, with a role that can give no role more than the boundary of the stack. */
const deployment = z.strictObject(
  {
    githubRepository: text(/^[\w.-]+\/[\w.-]+$/, 'a repository on GitHub, such as "owner/name"'),
    permissionsBoundaryArn: policyArn,
  },
  { error: "githubRepository and permissionsBoundaryArn" },
);

/** Whatever is not about one function. */
const WHOLE_STACK = {
  logRetentionDays: z.literal(RETENTION_DAYS, { error: `one of ${RETENTION_DAYS.join(", ")} days` }),
  /** True: Pulumi refuses to delete the bucket, the key and the repositories (`protect`). */
  retainData: z.boolean({ error: "true or false" }),
  /** True: a function has a role of its own, apart from its worker's. */
  functionRole: z.boolean({ error: "true or false" }),
  alarms,
  budget,
  autoscaler: autoscaler.prefault({}),
  /** Who may take on the role that starts executions. Absent: every role and user of the account whose own policy allows it. */
  callers: z
    .array(
      text(/^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/.+$/, "the ARN of a role or user, or a pattern of it"),
      {
        error: "a list of ARNs of roles and users",
      },
    )
    .optional(),
  workerImageUris: z
    .strictObject(
      { x86_64: imageAtDigest.optional(), arm64: imageAtDigest.optional() },
      { error: "an image for x86_64, arm64 or both" },
    )
    .default({}),
  /** On every role of the stack, where an account demands one. */
  permissionsBoundaryArn: policyArn.optional(),
  deployment: deployment.optional(),
  tags: z.record(z.string(), z.string({ error: "a text" }), { error: "texts by name" }).default({}),
};

type WholeStack = z.infer<z.ZodObject<typeof WHOLE_STACK>>;

/** Everything that a stack file says. */
export interface Settings<Name extends string> extends WholeStack {
  readonly region: string;
  readonly network: NetworkSettings;
  /** One entry per function of the program. */
  readonly functions: Readonly<Record<Name, FunctionSettings>>;
}

/** Where the values come from, so that a test needs no engine. */
export interface SettingsSource {
  /** Keys outside this namespace, which is the project's name, are Pulumi's and the provider's. */
  readonly project: string;
  readonly stack: string;
  /** As Pulumi hands them over: `project:key`, structured values as JSON text. */
  readonly config: Readonly<Record<string, string>>;
}

/** The settings of the stack that is running. @throws pulumi.RunError of one line that names what is wrong. */
export function readSettings<Name extends string>(functionNames: readonly Name[]): Settings<Name> {
  const source = {
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    config: pulumi.runtime.allConfig(),
  };
  return parseSettings(functionNames, source);
}

/** @throws pulumi.RunError of one line that names each wrong key, the file, what was found and what is allowed. */
export function parseSettings<Name extends string>(
  functionNames: readonly Name[],
  source: SettingsSource,
): Settings<Name> {
  refuseTwins(functionNames);
  refuseLongNames(functionNames, source);
  const { project } = source;
  const found = structured(source);
  const schema = stackSchema(functionNames, project, found[`${project}:network`]);
  const parsed = schema.safeParse(found);
  if (!parsed.success) {
    const wrong = parsed.error.issues.flatMap((issue) => describe(issue, found, schema));
    const file = `stacks/Pulumi.${source.stack}.yaml`;
    throw new pulumi.RunError(`${file} is wrong: ${wrong.join("; ")}. Change it there.`);
  }
  const own = Object.entries(parsed.data).map(([key, value]) => [key.slice(project.length + 1), value]);
  // The schema above has just proved these shapes; its keys carry the project's name, which no type can know.
  return { ...Object.fromEntries(own), region: parsed.data["aws:region"] } as Settings<Name>;
}

function refuseTwins(functionNames: readonly string[]): void {
  const twin = functionNames.find((name, index) => functionNames.indexOf(name) !== index);
  if (twin === undefined) return;
  throw new pulumi.RunError(
    `index.ts is wrong: FUNCTIONS: got "${twin}" twice, allowed is each name once. Change it there.`,
  );
}

/** The longest name that is made of a function's: its pool's role, `PROJECT-STACK-NAME-managed-execution-role-1a2b3c4`. */
const LONGEST_SUFFIX = "-managed-execution-role-1a2b3c4";
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const LONGEST_ROLE_NAME = 64;

function refuseLongNames(functionNames: readonly string[], { project, stack }: SettingsSource): void {
  const most = LONGEST_ROLE_NAME - `${project}-${stack}-${LONGEST_SUFFIX}`.length;
  const long = functionNames.find((name) => name.length > most);
  if (long === undefined) return;
  throw new pulumi.RunError(
    `The names are too long: project "${project}", stack "${stack}" and function "${long}": got ${String(project.length + stack.length + long.length)} characters together, allowed is ${String(project.length + stack.length + most)}, since IAM takes ${String(LONGEST_ROLE_NAME)} for a role; choose a shorter one.`,
  );
}

type StackSchema = ReturnType<typeof stackSchema>;

function stackSchema(functionNames: readonly string[], project: string, network: unknown) {
  const functions = Object.fromEntries(functionNames.map((name) => [name, functionSettings]));
  const whole = Object.entries(WHOLE_STACK).map(([key, schema]) => [`${project}:${key}`, schema]);
  const stack = z.strictObject({
    "aws:region": text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region, such as "eu-west-1"'),
    [`${project}:network`]: networkSchema(network),
    [`${project}:functions`]: z.strictObject(functions, {
      error: `an entry for each of ${functionNames.join(", ")}`,
    }),
    ...(Object.fromEntries(whole) as Record<string, z.ZodType>),
  });
  return stack.superRefine((settings, context) => {
    const found = settings as Readonly<Record<string, unknown>>;
    const functionRole = found[`${project}:functionRole`];
    const entries = found[`${project}:functions`] as Readonly<Record<string, FunctionSettings>>;
    for (const [name, entry] of Object.entries(entries)) {
      for (const { key, allowed } of roleProblems(entry, functionRole === true))
        context.addIssue({ code: "custom", path: [`${project}:functions`, name, key], message: allowed });
    }
  });
}

/** Rules across the stack and a function: the role that the stack gives each function, or does not. */
function roleProblems(
  entry: FunctionSettings,
  functionRole: boolean,
): readonly { readonly key: keyof FunctionSettings; readonly allowed: string }[] {
  const narrowed = "false where functionRole is false: the function has no rights of its own to narrow";
  const shared = '"injected" where functionRole is true: both containers of a sidecar have one role';
  const isOnPool = poolPlacements(entry).length > 0;
  return [
    ...(entry.sessionScope && !functionRole ? [{ key: "sessionScope" as const, allowed: narrowed }] : []),
    ...(entry.worker === "sidecar" && functionRole && isOnPool
      ? [{ key: "worker" as const, allowed: shared }]
      : []),
  ];
}

/** The project's keys and the region, with structured values as the objects that they are. */
function structured(source: SettingsSource): Record<string, unknown> {
  const ours = Object.entries(source.config).filter(
    ([key]) => key === "aws:region" || key.startsWith(`${source.project}:`),
  );
  return Object.fromEntries(ours.map(([key, text]) => [key, key === "aws:region" ? text : fromJson(text)]));
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function describe(issue: z.core.$ZodIssue, found: unknown, schema: StackSchema): readonly string[] {
  if (issue.code === "unrecognized_keys") {
    const allowed = `one of the keys ${keysAt(schema, issue.path).join(", ")}`;
    return issue.keys.map((key) => line([...issue.path, key], found, allowed));
  }
  if (issue.code === "invalid_key")
    return [line(issue.path, found, issue.issues[0]?.message ?? "another name")];
  return [line(issue.path, found, issue.message)];
}

function line(path: readonly PropertyKey[], found: unknown, allowed: string): string {
  const value = path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    found,
  );
  return `${path.join(".")}: got ${value === undefined ? "nothing" : JSON.stringify(value)}, allowed is ${allowed}`;
}

/** The keys that the schema has at a path. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let current: unknown = schema;
  for (const key of path) {
    const inner = unwrapped(current);
    current =
      inner instanceof z.ZodObject
        ? inner.shape[key as string]
        : inner instanceof z.ZodArray
          ? inner.element
          : undefined;
  }
  const last = unwrapped(current);
  return last instanceof z.ZodObject ? Object.keys(last.shape) : Object.keys(functionEntry.shape);
}

function unwrapped(schema: unknown): unknown {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional
    ? unwrapped(schema.unwrap())
    : schema;
}
