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

const pool = z
  .strictObject({
    function: z.string().min(1),
    activityArn: z.string().startsWith("arn:"),
    /** ARN of the ECS service. */
    serviceArn: z.string().startsWith("arn:"),
    slots: z.int().min(1),
    minWorkers: z.int().min(0),
    maxWorkers: z.int().min(1),
  })
  .refine((value) => value.minWorkers <= value.maxWorkers, {
    message: "minWorkers must not be above maxWorkers",
  });

const schema = z.strictObject({
  clusterArn: z.string().startsWith("arn:"),
  /** The length of a metric bin and of a tick; 60 on AWS, shorter on the local cloud. CloudWatch's periods are whole seconds. */
  minuteSeconds: z.int().min(1),
  pools: z.array(pool),
});

export type AutoscalerSettings = z.infer<typeof schema>;
export type PoolSettings = z.infer<typeof pool>;

/** The settings as the component knows them: ARNs of whatever `Arn` is, a Pulumi input as a rule. */
export interface AutoscalerSettingsInput<Arn> extends Omit<AutoscalerSettings, "clusterArn" | "pools"> {
  readonly clusterArn: Arn;
  readonly pools: readonly (Omit<PoolSettings, "activityArn" | "serviceArn"> & {
    activityArn: Arn;
    serviceArn: Arn;
  })[];
}

/** Throws an Error of one line that names each wrong key, what is wrong with it and where it is set. */
export function parseAutoscalerSettings(
  environment: Readonly<Record<string, string | undefined>>,
): AutoscalerSettings {
  const text = environment[AUTOSCALER_SETTINGS];
  const parsed = schema.safeParse(text === undefined ? undefined : json(text));
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(
    (issue) => `${issue.path.join(".") || "the whole"}: ${issue.message}`,
  );
  throw new Error(
    `${AUTOSCALER_SETTINGS} is wrong: ${wrong.join("; ")}. It is set by components/autoscaler.ts.`,
  );
}

/** Text that is not JSON stays a text, which the schema then finds. */
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
