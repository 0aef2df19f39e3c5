/**
 * What a subscription to a state machine's log delivers: which tasks of which activity were scheduled, and when.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample
 */
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import * as z from "zod";
import type { SignalledTasks } from "./observation";

/** The event of the Lambda function. */
export const subscriptionEvent = z.object({ awslogs: z.object({ data: z.string() }) });

const delivery = z.object({
  messageType: z.string(),
  logEvents: z.array(z.object({ id: z.string(), timestamp: z.number(), message: z.string() })),
});

/** https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html; whether `resource` is there without execution data is not verified on AWS. */
const record = z.object({
  type: z.literal("ActivityScheduled"),
  event_timestamp: z.coerce.number().optional(),
  details: z.object({ resource: z.string() }),
});

export interface ScheduledRecords {
  /** The same for the same records, however often they are delivered. */
  readonly delivery: string;
  /** By the ARN of the activity. */
  readonly tasks: ReadonlyMap<string, readonly SignalledTasks[]>;
  /** Records of scheduled tasks that name no activity. */
  readonly unnamed: number;
}

/** Throws when the data is not what CloudWatch Logs sends; records of another kind are left out. */
export function readRecords(data: string): ScheduledRecords {
  const { messageType, logEvents } = delivery.parse(
    JSON.parse(gunzipSync(Buffer.from(data, "base64")).toString("utf8")),
  );
  const tasks = new Map<string, SignalledTasks[]>();
  let unnamed = 0;
  const seen = new Set<string>();
  for (const { id, timestamp, message } of messageType === "DATA_MESSAGE" ? logEvents : []) {
    if (seen.has(id)) continue;
    seen.add(id);
    const value = json(message);
    const parsed = record.safeParse(value);
    if (parsed.success) {
      const { details, event_timestamp: atMs = timestamp } = parsed.data;
      const list = tasks.get(details.resource) ?? [];
      list.push({ atMs, tasks: 1 });
      tasks.set(details.resource, list);
    } else if ((value as { type?: unknown } | null)?.type === "ActivityScheduled") unnamed++;
  }
  const digest = createHash("sha256")
    .update([...seen].sort().join("\n"))
    .digest("base64url");
  // A tag's value takes "_", "-" and letters.
  return { delivery: digest.slice(0, 8), tasks, unnamed };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
