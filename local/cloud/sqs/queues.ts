/** The queues of a graph. */
import { z } from "zod";
import type { GraphResource } from "../../graph";
import { isNotRunnable, propertiesOf, type NotRunnable } from "../properties";
import type { QueueSettings } from "./queue";

/** Defaults are SQS's: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html */
const queueSchema = z.object({
  arn: z.string(),
  name: z.string(),
  url: z.string(),
  fifoQueue: z.boolean().default(false),
  visibilityTimeoutSeconds: z.number().default(30),
  delaySeconds: z.number().default(0),
  receiveWaitTimeSeconds: z.number().default(0),
  messageRetentionSeconds: z.number().default(345_600),
  maxMessageSize: z.number().default(1_048_576),
  redrivePolicy: z.string().optional(),
});

const redriveSchema = z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.coerce.number() });

export function queueSettings(resource: GraphResource): QueueSettings | NotRunnable {
  const queue = propertiesOf(resource, queueSchema);
  if (isNotRunnable(queue)) return queue;
  const { fifoQueue, redrivePolicy, ...settings } = queue;
  if (fifoQueue) return { why: "it is a FIFO queue: standard queues can be run" };
  if (redrivePolicy === undefined) return { ...settings, redrive: null };
  const redrive = redriveSchema.safeParse(safeJson(redrivePolicy));
  if (!redrive.success) return { why: `its redrivePolicy is not what SQS takes, got ${redrivePolicy}` };
  const { deadLetterTargetArn, maxReceiveCount } = redrive.data;
  return { ...settings, redrive: { deadLetterArn: deadLetterTargetArn, maxReceiveCount } };
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
