/** What CloudWatch's operations take, as CloudWatch checks it. */
import { z } from "zod";
import type { Statistic } from "./metrics";
import { ServiceError } from "../service";

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const MAX_QUERIES = 500;
const MAX_DATAPOINTS = 100_800;

const dimensions = z
  .array(z.object({ Name: z.string(), Value: z.string() }))
  .default([])
  .transform((list) => Object.fromEntries(list.map(({ Name, Value }) => [Name, Value])));

export const getMetricData = z.object({
  StartTime: z.number(),
  EndTime: z.number(),
  ScanBy: z.enum(["TimestampAscending", "TimestampDescending"]).default("TimestampDescending"),
  MaxDatapoints: z.int().min(1).max(MAX_DATAPOINTS).default(MAX_DATAPOINTS),
  NextToken: z.string().optional(),
  MetricDataQueries: z
    .array(
      z.object({
        Id: z.string(),
        Label: z.string().optional(),
        ReturnData: z.boolean().default(true),
        MetricStat: z.object(
          {
            Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions }),
            Period: z.int().min(1),
            Stat: z.string(),
            Unit: z.string().optional(),
          },
          { error: "is required: the local CloudWatch has no metric math" },
        ),
      }),
    )
    .min(1)
    .max(MAX_QUERIES),
});

export const listMetrics = z.object({
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.string().optional() })).default([]),
  NextToken: z.string().optional(),
});

export const putMetricData = z.object({
  Namespace: z.string().min(1),
  MetricData: z.array(
    z.object({
      MetricName: z.string().min(1),
      Dimensions: dimensions,
      Timestamp: z.number().optional(),
      Unit: z.string().default("None"),
      Value: z.number().optional(),
      Values: z.array(z.number()).optional(),
      Counts: z.array(z.number()).optional(),
      StatisticValues: z
        .object({ SampleCount: z.number(), Sum: z.number(), Minimum: z.number(), Maximum: z.number() })
        .optional(),
    }),
  ),
});

const PLAIN_STATISTICS = ["Sum", "Average", "Minimum", "Maximum", "SampleCount"] as const;

export function statisticOf(text: string): Statistic {
  const plain = PLAIN_STATISTICS.find((each) => each === text);
  if (plain !== undefined) return plain;
  const percentile = Number(/^p(\d{1,2}(\.\d+)?|100)$/.exec(text)?.[1] ?? Number.NaN);
  if (Number.isNaN(percentile)) throw invalid(`The value ${text} for parameter Stat is not supported.`);
  return { percentile };
}

export function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
}

export function invalid(message: string): ServiceError {
  return new ServiceError("ValidationError", message);
}
