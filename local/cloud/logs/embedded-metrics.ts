/**
 * Metrics that are embedded in log events, which CloudWatch takes out of them.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import { z } from "zod";
import type { Datum } from "../metrics/metrics";

/** In one directive. */
const MAX_METRICS = 100;

const schema = z.looseObject({
  _aws: z.object({
    Timestamp: z.number(),
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string().min(1),
        Dimensions: z.array(z.array(z.string())).default([[]]),
        Metrics: z
          .array(z.object({ Name: z.string().min(1), Unit: z.string().default("None") }))
          .max(MAX_METRICS),
      }),
    ),
  }),
});

const numbers = z.union([z.number().transform((value) => [value]), z.array(z.number())]);

/** None where the message is not in the embedded metric format, or names what it does not have. */
export function embeddedMetrics(message: string): readonly Datum[] {
  // Nearly every line is nothing of the kind.
  if (!message.includes('"_aws"')) return [];
  const parsed = schema.safeParse(safeJson(message));
  if (!parsed.success) return [];
  const { _aws, ...members } = parsed.data;
  return _aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => {
      const dimensions = dimensionsOf(names, members);
      if (dimensions === null) return [];
      return Metrics.flatMap(({ Name, Unit }) => {
        const values = numbers.safeParse(members[Name]);
        return (values.data ?? []).map((value) => ({
          namespace: Namespace,
          name: Name,
          dimensions,
          value,
          unit: Unit,
          timeMs: _aws.Timestamp,
        }));
      });
    }),
  );
}

/** A dimension's value is text; one without a value makes its whole set worthless. */
function dimensionsOf(
  names: readonly string[],
  members: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> | null {
  const values = names.map((name): [string, unknown] => [name, members[name]]);
  return values.every((each): each is [string, string] => typeof each[1] === "string")
    ? Object.fromEntries(values)
    : null;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
