/** What SQS does with queues themselves: makes, empties and removes them, for those who have no program that declares them. */
import { z } from "zod";
import type { Operation } from "../service";
import { ServiceError } from "../service";
import { typedOperation } from "../typed-operation";
import type { Queue, QueueSettings } from "./queue";

export interface QueueOperationsOptions {
  readonly queues: ReadonlyMap<string, Queue>;
  readonly create: (settings: QueueSettings) => void;
  readonly remove: (queue: Queue) => void;
  /** `arn:aws:sqs:REGION:ACCOUNT`. */
  readonly arnPrefix: string;
  readonly region: string;
  readonly accountId: string;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html */
const NAME = /^[\w-]{1,80}$/;
const attributesSchema = z.strictObject({
  VisibilityTimeout: z.coerce.number().int().min(0).max(43_200).default(30),
  DelaySeconds: z.coerce.number().int().min(0).max(900).default(0),
  ReceiveMessageWaitTimeSeconds: z.coerce.number().int().min(0).max(20).default(0),
  MessageRetentionPeriod: z.coerce.number().int().min(60).max(1_209_600).default(345_600),
  MaximumMessageSize: z.coerce.number().int().min(1024).max(1_048_576).default(1_048_576),
  RedrivePolicy: z.string().optional(),
});
const redriveSchema = z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.coerce.number().int() });
const createQueue = z.object({
  QueueName: z.string().regex(NAME, "a standard queue's name has 1 to 80 letters, digits, - and _"),
  Attributes: attributesSchema.prefault({}),
});
const byUrl = z.object({ QueueUrl: z.string() });

export function queueOperations(options: QueueOperationsOptions): Record<string, Operation> {
  const { queues, create, remove, arnPrefix, region, accountId } = options;
  const nameIn = (url: string): string => url.slice(url.lastIndexOf("/") + 1);
  const find = (name: string): Queue => {
    const queue = queues.get(name);
    if (queue !== undefined) return queue;
    throw new ServiceError("QueueDoesNotExist", "The specified queue does not exist.");
  };
  const onQueue = (action: string) => (input: { readonly QueueUrl: string }) => [
    { action: `sqs:${action}`, resource: `${arnPrefix}:${nameIn(input.QueueUrl)}` },
  ];
  return {
    CreateQueue: operation(
      createQueue,
      ({ QueueName }) => [{ action: "sqs:CreateQueue", resource: `${arnPrefix}:${QueueName}` }],
      ({ QueueName: name, Attributes }) => {
        const url = `https://sqs.${region}.amazonaws.com/${accountId}/${name}`;
        const settings = { arn: `${arnPrefix}:${name}`, name, url, ...settingsOf(Attributes) };
        const existing = queues.get(name);
        if (existing === undefined) create(settings);
        else if (JSON.stringify(existing.settings) !== JSON.stringify(settings))
          throw new ServiceError(
            "QueueNameExists",
            "A queue already exists with the same name and a different value for an attribute.",
          );
        return { QueueUrl: url };
      },
    ),
    DeleteQueue: operation(byUrl, onQueue("DeleteQueue"), ({ QueueUrl }) => {
      remove(find(nameIn(QueueUrl)));
      return {};
    }),
    PurgeQueue: operation(byUrl, onQueue("PurgeQueue"), ({ QueueUrl }) => {
      find(nameIn(QueueUrl)).purge();
      return {};
    }),
  };
}

function settingsOf({
  RedrivePolicy,
  ...attributes
}: z.infer<typeof attributesSchema>): Omit<QueueSettings, "arn" | "name" | "url"> {
  const redrive = RedrivePolicy === undefined ? null : redriveSchema.safeParse(safeJson(RedrivePolicy));
  if (redrive?.success === false)
    throw new ServiceError("InvalidAttributeValue", "Invalid value for the parameter RedrivePolicy.");
  return {
    visibilityTimeoutSeconds: attributes.VisibilityTimeout,
    delaySeconds: attributes.DelaySeconds,
    receiveWaitTimeSeconds: attributes.ReceiveMessageWaitTimeSeconds,
    messageRetentionSeconds: attributes.MessageRetentionPeriod,
    maxMessageSize: attributes.MaximumMessageSize,
    redrive:
      redrive === null
        ? null
        : {
            deadLetterArn: redrive.data.deadLetterTargetArn,
            maxReceiveCount: redrive.data.maxReceiveCount,
          },
  };
}

function operation<T>(
  schema: z.ZodType<T>,
  needs: Parameters<typeof typedOperation<T>>[2]["needs"],
  run: Parameters<typeof typedOperation<T>>[2]["run"],
): Operation {
  return typedOperation("InvalidParameterValueException", schema, { needs, run });
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
