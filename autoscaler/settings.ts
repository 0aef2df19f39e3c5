/**
 * The autoscaler's settings: one JSON value that the component writes into parameters of SSM and the handler reads at
 * each tick. One schema serves both sides.
 */
// As a namespace: esbuild then leaves the unused two thirds of zod out of the Lambda.
import * as z from "zod";
import { inBatches } from "./batches";

/** The environment variable that names the parameters of SSM which hold the JSON, with commas between. */
export const AUTOSCALER_PARAMETER = "LOVELESS_AUTOSCALER_PARAMETER";

/**
 * A parameter has 8 KiB at most, and a pool takes up to 400 bytes: the first has all that is not about a pool, each next
 * one more pools alone.
 */
const POOLS_PER_PARAMETER = 15;
/** One call reads ten parameters: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html */
export const MOST_POOLS = 10 * POOLS_PER_PARAMETER;

/** The environment variable that holds the JSON itself, where there is no parameter. */
export const AUTOSCALER_SETTINGS = "LOVELESS_AUTOSCALER_SETTINGS";

/** The environment variable that takes the place of minuteSeconds: the local cloud's minutes are shorter. */
export const MINUTE_SECONDS = "LOVELESS_MINUTE_SECONDS";

/** The namespace of the metrics that the autoscaler publishes; its role may write to no other. */
export const METRICS_NAMESPACE = "Loveless";

/** A metric of an activity, published only while the newest deployment of its pool is one that ECS has given up. */
export const DEPLOYMENT_FAILED = "DeploymentFailed";

/** The tag of a service on which the fast signal leaves its mark; its role may set no other. */
export const SIGNAL_TAG = "loveless:signalled";

/** A deployment that has not proved itself by then does not. */
export const MOST_CANARY_MINUTES = 120;

/** The one knob of a pool: what a wait is worth against a worker. */
export const PROFILES = ["lean", "balanced", "fast"] as const;
export type Profile = (typeof PROFILES)[number];

const pool = z
  .strictObject({
    function: z.string().min(1),
    activityArn: z.string().startsWith("arn:"),
    /** ARN of the ECS service. */
    serviceArn: z.string().startsWith("arn:"),
    slots: z.int().min(1),
    minWorkers: z.int().min(0),
    maxWorkers: z.int().min(1),
    /** @default balanced */
    profile: z.enum(PROFILES).default("balanced"),
    /** What a worker costs in an hour, in any currency; only the spend cap reckons with it. */
    pricePerWorkerHour: z.number().positive().optional(),
    /** No more workers are desired than this buys, in the currency of the price. */
    spendCapPerHour: z.number().positive().optional(),
  })
  .refine((value) => value.minWorkers <= value.maxWorkers, {
    message: "minWorkers must not be above maxWorkers",
  })
  .refine((value) => value.spendCapPerHour === undefined || value.pricePerWorkerHour !== undefined, {
    message: "spendCapPerHour needs pricePerWorkerHour",
  })
  .refine((value) => value.minWorkers <= mostWorkers(value), {
    message: "minWorkers must not cost more than spendCapPerHour",
  });

const schema = z.strictObject({
  clusterArn: z.string().startsWith("arn:"),
  /** The length of a metric bin and of a tick; 60 on AWS, shorter on the local cloud. CloudWatch's periods are whole seconds. */
  minuteSeconds: z.int().min(1),
  /**
   * Whether the state machine's log tells of scheduled tasks: ticks then read what it said from the services' tags.
   * @default false
   */
  fastSignal: z.boolean().default(false),
  /**
   * Whether ticks only say what they would do.
   * @default false
   */
  dryRun: z.boolean().default(false),
  /**
   * Whether each tick logs all that it saw, for `npm run plan`.
   * @default false
   */
  logObservations: z.boolean().default(false),
  /**
   * For how many minutes at most a deployment that has not proved itself keeps one worker; 0 for none.
   * @default 0
   */
  canaryMinutes: z.int().min(0).max(MOST_CANARY_MINUTES).default(0),
  pools: z.array(pool),
});

export type AutoscalerSettings = z.infer<typeof schema>;
export type PoolSettings = z.infer<typeof pool>;
type SettingsInput = z.input<typeof schema>;
type PoolInput = z.input<typeof pool>;

/** The settings as the component knows them: ARNs of whatever `Arn` is, a Pulumi input as a rule. */
export interface AutoscalerSettingsInput<Arn> extends Omit<SettingsInput, "clusterArn" | "pools"> {
  readonly clusterArn: Arn;
  readonly pools: readonly (Omit<PoolInput, "activityArn" | "serviceArn"> & {
    activityArn: Arn;
    serviceArn: Arn;
  })[];
}

/** The bound from above: the pool's own, and what the spend cap buys. */
export function mostWorkers(pool: {
  readonly maxWorkers: number;
  readonly pricePerWorkerHour?: number | undefined;
  readonly spendCapPerHour?: number | undefined;
}): number {
  const { maxWorkers, pricePerWorkerHour, spendCapPerHour } = pool;
  if (pricePerWorkerHour === undefined || spendCapPerHour === undefined) return maxWorkers;
  // A cap of 3 buys ten at 0.3, whatever floating point says.
  return Math.min(maxWorkers, Math.floor(spendCapPerHour / pricePerWorkerHour + 1e-9));
}

/**
 * `parameters` are what the parameters hold, in order; undefined where the environment holds the settings. Throws an Error
 * of one line that names each wrong key, what is wrong with it and where it is set.
 */
export function parseAutoscalerSettings(
  environment: Readonly<Record<string, string | undefined>>,
  parameters?: readonly string[],
): AutoscalerSettings {
  const text = environment[AUTOSCALER_SETTINGS];
  const name = parameters === undefined ? AUTOSCALER_SETTINGS : (environment[AUTOSCALER_PARAMETER] ?? "");
  const hint = "It is set by components/autoscaler.ts.";
  const whole = parameters === undefined ? (text === undefined ? undefined : json(text)) : joined(parameters);
  const settings = parseSettings(whole, name, hint);
  const minute = environment[MINUTE_SECONDS];
  if (minute === undefined) return settings;
  return parseSettings(
    { ...settings, minuteSeconds: Number(minute) },
    MINUTE_SECONDS,
    "It is set by the local cloud.",
  );
}

/** `name` and `hint` are for the error: what was parsed, and who mends it. */
export function parseSettings(value: unknown, name: string, hint: string): AutoscalerSettings {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(
    (issue) => `${issue.path.join(".") || "the whole"}: ${issue.message}`,
  );
  throw new Error(`${name} is wrong: ${wrong.join("; ")}. ${hint}`);
}

/** What each parameter holds, in order; `parseAutoscalerSettings` puts it together again. */
export function acrossParameters<Arn>(
  settings: AutoscalerSettingsInput<Arn>,
): readonly Partial<AutoscalerSettingsInput<Arn>>[] {
  const { pools, ...whole } = settings;
  const [first = [], ...more] = inBatches(pools, POOLS_PER_PARAMETER);
  return [{ ...whole, pools: first }, ...more.map((some) => ({ pools: some }))] as readonly Partial<
    AutoscalerSettingsInput<Arn>
  >[];
}

/** The first with the pools of the others; what has not its form is left to the schema. */
function joined(parameters: readonly string[]): unknown {
  const [first, ...more] = parameters.map(json) as readonly ({ readonly pools?: unknown } | string)[];
  if (more.length === 0 || typeof first !== "object") return first;
  const pools = [first, ...more].flatMap((each) => (typeof each === "object" ? each.pools : each));
  return { ...first, pools };
}

/** Text that is not JSON stays a text, which the schema then finds. */
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
