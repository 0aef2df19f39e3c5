/** The stack's settings: `stacks/Pulumi.<stack>.yaml`, parsed once, by schema, before any resource is registered. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { functionSettings, type FunctionSettings } from "./function-settings";

/** Retention times that CloudWatch Logs has: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const network = z.strictObject(
  {
    cidrBlock: z.cidrv4({ error: 'an IPv4 block, such as "10.20.0.0/16"' }),
    /** Availability zones. */
    zones: z
      .int({ error: "2 to 4 zones" })
      .min(2, { error: "2 to 4 zones" })
      .max(4, { error: "2 to 4 zones" }),
    /** Workers live in private subnets and reach AWS through a gateway, which costs about $35 a month and $0.05 a GB. */
    natGateways: z.enum(["single", "one-per-zone"], { error: '"single" or "one-per-zone"' }),
  },
  { error: "cidrBlock, zones and natGateways" },
);

export type NetworkSettings = z.infer<typeof network>;

/** Everything that a stack file says. */
export interface Settings<Name extends string> {
  readonly network: NetworkSettings;
  /** One entry per function of the program. */
  readonly functions: Readonly<Record<Name, FunctionSettings>>;
  readonly logRetentionDays: number;
  /** True: destroying the stack stops at a bucket or repository that still holds something. */
  readonly retainData: boolean;
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
  const found = structured(source);
  const parsed = schema(functionNames, source.project).safeParse(found);
  if (!parsed.success) {
    const file = `stacks/Pulumi.${source.stack}.yaml`;
    const wrong = parsed.error.issues.flatMap((issue) =>
      describe(issue, found, functionNames, source.project),
    );
    throw new pulumi.RunError(`${file} is wrong: ${wrong.join("; ")}. Change it there.`);
  }
  const value = (key: string): unknown => parsed.data[`${source.project}:${key}`];
  // The schema above has just proved these shapes; its keys carry the project's name, which no type can know.
  return {
    network: value("network"),
    functions: value("functions"),
    logRetentionDays: value("logRetentionDays"),
    retainData: value("retainData"),
  } as Settings<Name>;
}

function schema(functionNames: readonly string[], project: string) {
  const functions = Object.fromEntries(functionNames.map((name) => [name, functionSettings]));
  const days = `one of ${RETENTION_DAYS.join(", ")} days`;
  return z.strictObject({
    "aws:region": z.string({ error: "an AWS region" }).regex(/^[a-z]{2}(-[a-z]+)+-\d$/, {
      error: 'an AWS region, such as "eu-west-1"',
    }),
    [`${project}:network`]: network,
    [`${project}:functions`]: z.strictObject(functions, {
      error: `an entry for each of ${functionNames.join(", ")}`,
    }),
    [`${project}:logRetentionDays`]: z.literal(RETENTION_DAYS, { error: days }),
    [`${project}:retainData`]: z.boolean({ error: "true or false" }),
  });
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

function describe(
  issue: z.core.$ZodIssue,
  found: unknown,
  functionNames: readonly string[],
  project: string,
): readonly string[] {
  if (issue.code === "unrecognized_keys") {
    const allowed = knownKeys(issue.path, functionNames, project);
    return issue.keys.map((key) =>
      line([...issue.path, key], found, `one of the keys ${allowed.join(", ")}`),
    );
  }
  return [line(issue.path, found, issue.message)];
}

function line(path: readonly PropertyKey[], found: unknown, allowed: string): string {
  const value = path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    found,
  );
  return `${path.join(".")}: got ${value === undefined ? "nothing" : JSON.stringify(value)}, allowed is ${allowed}`;
}

function knownKeys(
  path: readonly PropertyKey[],
  functionNames: readonly string[],
  project: string,
): readonly string[] {
  const [top, name] = path;
  if (top === undefined) return Object.keys(schema(functionNames, project).shape);
  if (top === `${project}:network`) return Object.keys(network.shape);
  return name === undefined ? functionNames : Object.keys(functionSettings.shape);
}
