/**
 * The autoscaler's settings: one JSON value that the component writes into the Lambda's environment and the handler
 * parses. One schema serves both sides.
 */
// As a namespace: esbuild then leaves the unused two thirds of zod out of the Lambda.
import * as z from "zod";

/** The environment variable that holds the JSON. */
export const AUTOSCALER_SETTINGS = "LOVELESS_AUTOSCALER_SETTINGS";

/** The namespace of the metrics that the autoscaler publishes; its role may write to no other. */
export const METRICS_NAMESPACE = "Loveless";

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

/** Throws an Error of one line that names each wrong key, what is wrong with it and where it is set. */
export function parseAutoscalerSettings(
  environment: Readonly<Record<string, string | undefined>>,
): AutoscalerSettings {
  const text = environment[AUTOSCALER_SETTINGS];
  return parseSettings(
    text === undefined ? undefined : json(text),
    AUTOSCALER_SETTINGS,
    "It is set by components/autoscaler.ts.",
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

/** Text that is not JSON stays a text, which the schema then finds. */
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
