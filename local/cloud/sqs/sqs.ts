/** SQS: standard queues from the graph, by the JSON protocol that today's SDKs speak. */
import { z } from "zod";
import type { Access, AccessRequest, Principal } from "../access";
import type { Clock } from "../clock";
import { answeringWhenCommitted, type Keeper } from "../keeper";
import { jsonService, ServiceError, type Operation, type Service } from "../service";
import { withQueryProtocol } from "../query/form";
import { sqsQuery } from "../query/sqs";
import { typedOperation } from "../typed-operation";
import { md5, md5OfAttributes } from "./digests";
import { keptQueues } from "./kept-queues";
import { queueOperations } from "./queue-operations";
import { createQueue, type Queue, type QueueSettings, type ReceivedMessage, type SentMessage } from "./queue";

export interface Sqs {
  readonly service: Service;
  createQueue(settings: QueueSettings): void;
  /** What a service sends on a role's behalf: a failed invocation, say. Throws ServiceError. */
  send(queueArn: string, body: string, caller: Principal): void;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
const MAX_MESSAGES = 10;
const MAX_WAIT_SECONDS = 20;
const MAX_VISIBILITY_SECONDS = 43_200;
const MAX_DELAY_SECONDS = 900;

const attribute = z.object({
  DataType: z.string(),
  StringValue: z.string().optional(),
  BinaryValue: z.string().optional(),
});
const sendMessage = z.object({
  QueueUrl: z.string(),
  MessageBody: z.string().min(1),
  DelaySeconds: z.int().min(0).max(MAX_DELAY_SECONDS).nullish(),
  MessageAttributes: z.record(z.string(), attribute).nullish(),
});
const receiveMessage = z.object({
  QueueUrl: z.string(),
  MaxNumberOfMessages: z.int().min(1).max(MAX_MESSAGES).default(1),
  VisibilityTimeout: z.int().min(0).max(MAX_VISIBILITY_SECONDS).optional(),
  WaitTimeSeconds: z.int().min(0).max(MAX_WAIT_SECONDS).optional(),
  AttributeNames: z.array(z.string()).default([]),
  MessageSystemAttributeNames: z.array(z.string()).default([]),
  MessageAttributeNames: z.array(z.string()).default([]),
});
const oneMessage = z.object({ QueueUrl: z.string(), ReceiptHandle: z.string() });
const changeVisibility = oneMessage.extend({
  VisibilityTimeout: z.int().min(0).max(MAX_VISIBILITY_SECONDS),
});
const queueAttributes = z.object({ QueueUrl: z.string(), AttributeNames: z.array(z.string()).default([]) });
const queueName = z.object({ QueueName: z.string() });
const listQueues = z.object({ QueueNamePrefix: z.string().default("") });

export function createSqs(options: {
  readonly access: Access;
  readonly clock: Clock;
  readonly region: string;
  readonly accountId: string;
  /** What outlives the process. @default nothing */
  readonly keeper?: Keeper | undefined;
}): Sqs {
  const { access, clock, keeper = null } = options;
  const arnPrefix = `arn:aws:sqs:${options.region}:${options.accountId}`;
  const queues = new Map<string, Queue>();
  const kept = keeper === null ? null : keptQueues(keeper);
  function create(settings: QueueSettings): void {
    kept?.keep(settings);
    open(settings);
  }
  function remove(queue: Queue): void {
    queue.purge();
    queues.delete(queue.settings.name);
    kept?.remove(queue.settings.name);
  }
  function open(settings: QueueSettings): void {
    const deadLetter = (
      arn: string,
      { body, attributes }: Pick<SentMessage, "body" | "attributes">,
    ): void => {
      queues.get(arn.slice(arn.lastIndexOf(":") + 1))?.send(body, attributes, 0);
    };
    queues.set(settings.name, createQueue(settings, clock, deadLetter, kept?.messagesOf(settings.name)));
  }
  for (const settings of kept?.queues() ?? []) open(settings);
  const find = (name: string): Queue => {
    const queue = queues.get(name);
    if (queue !== undefined) return queue;
    throw new ServiceError("QueueDoesNotExist", "The specified queue does not exist.");
  };
  /** A queue's URL names it in its last part, whatever endpoint it was made for. */
  const byUrl = ({ QueueUrl }: { readonly QueueUrl: string }): Queue => find(nameOf(QueueUrl));
  const onQueue = (action: string) => (input: { readonly QueueUrl: string }) => [
    { action: `sqs:${action}`, resource: `${arnPrefix}:${nameOf(input.QueueUrl)}` },
  ];

  const operations: Record<string, Operation> = {
    ...queueOperations({ ...options, queues, create, remove, arnPrefix }),
    SendMessage: operation(sendMessage, onQueue("SendMessage"), (input) => {
      const queue = byUrl(input);
      const attributes = input.MessageAttributes ?? {};
      checkSize(queue, input.MessageBody);
      const { id } = queue.send(input.MessageBody, attributes, input.DelaySeconds ?? undefined);
      const digest =
        Object.keys(attributes).length === 0 ? {} : { MD5OfMessageAttributes: md5OfAttributes(attributes) };
      return { MessageId: id, MD5OfMessageBody: md5(input.MessageBody), ...digest };
    }),
    ReceiveMessage: operation(receiveMessage, onQueue("ReceiveMessage"), async (input, { signal }) => {
      const queue = byUrl(input);
      const { visibilityTimeoutSeconds, receiveWaitTimeSeconds } = queue.settings;
      const received = await queue.receive(
        {
          count: input.MaxNumberOfMessages,
          visibilitySeconds: input.VisibilityTimeout ?? visibilityTimeoutSeconds,
          waitSeconds: input.WaitTimeSeconds ?? receiveWaitTimeSeconds,
        },
        signal,
      );
      return received.length === 0 ? {} : { Messages: received.map((message) => written(message, input)) };
    }),
    DeleteMessage: operation(oneMessage, onQueue("DeleteMessage"), (input) => {
      byUrl(input).remove(input.ReceiptHandle);
      return {};
    }),
    ChangeMessageVisibility: operation(changeVisibility, onQueue("ChangeMessageVisibility"), (input) => {
      if (byUrl(input).changeVisibility(input.ReceiptHandle, input.VisibilityTimeout)) return {};
      throw new ServiceError("MessageNotInflight", "The message referred to isn't in flight.");
    }),
    GetQueueAttributes: operation(queueAttributes, onQueue("GetQueueAttributes"), (input) => ({
      Attributes: asked(attributesOf(byUrl(input)), input.AttributeNames),
    })),
    GetQueueUrl: operation(
      queueName,
      ({ QueueName }) => [{ action: "sqs:GetQueueUrl", resource: `${arnPrefix}:${QueueName}` }],
      ({ QueueName }) => ({ QueueUrl: find(QueueName).settings.url }),
    ),
    ListQueues: operation(
      listQueues,
      () => [{ action: "sqs:ListQueues", resource: `${arnPrefix}:*` }],
      ({ QueueNamePrefix }) => ({
        QueueUrls: [...queues.values()]
          .filter(({ settings }) => settings.name.startsWith(QueueNamePrefix))
          .map(({ settings }) => settings.url),
      }),
    ),
  };

  return {
    service: answeringWhenCommitted(
      withQueryProtocol(
        jsonService(access, { signingName: "sqs", targetPrefix: "AmazonSQS", version: "1.0", operations }),
        sqsQuery,
      ),
      keeper,
    ),
    createQueue: create,
    send(queueArn, body, caller) {
      access.use(caller, { action: "sqs:SendMessage", resource: queueArn });
      const queue = find(queueArn.slice(queueArn.lastIndexOf(":") + 1));
      checkSize(queue, body);
      queue.send(body);
    },
  };
}

function operation<T>(
  schema: z.ZodType<T>,
  needs: (input: T) => readonly AccessRequest[],
  run: Parameters<typeof typedOperation<T>>[2]["run"],
): Operation {
  return typedOperation("InvalidParameterValueException", schema, { needs, run });
}

function nameOf(url: string): string {
  return url.slice(url.lastIndexOf("/") + 1);
}

function checkSize({ settings }: Queue, body: string): void {
  if (Buffer.byteLength(body) <= settings.maxMessageSize) return;
  const message = `One or more parameters are invalid. Reason: Message must be shorter than ${String(settings.maxMessageSize)} bytes.`;
  throw new ServiceError("InvalidParameterValueException", message);
}

function written(message: ReceivedMessage, input: z.infer<typeof receiveMessage>): object {
  const attributes = asked(
    {
      SentTimestamp: String(message.sentMs),
      ApproximateReceiveCount: String(message.receiveCount),
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedMs),
    },
    [...input.AttributeNames, ...input.MessageSystemAttributeNames],
  );
  const own = asked(message.attributes, input.MessageAttributeNames);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(Object.keys(attributes).length === 0 ? {} : { Attributes: attributes }),
    ...(Object.keys(own).length === 0
      ? {}
      : { MessageAttributes: own, MD5OfMessageAttributes: md5OfAttributes(own) }),
  };
}

function asked<T>(all: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  const isAsked = (name: string): boolean =>
    names.some(
      (each) =>
        each === "All" || each === name || (each.endsWith(".*") && name.startsWith(each.slice(0, -2))),
    );
  return Object.fromEntries(Object.entries(all).filter(([name]) => isAsked(name)));
}

function attributesOf(queue: Queue): Record<string, string> {
  const { settings } = queue;
  const { visible, inFlight, delayed } = queue.counts();
  const redrive = settings.redrive;
  return {
    QueueArn: settings.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    VisibilityTimeout: String(settings.visibilityTimeoutSeconds),
    DelaySeconds: String(settings.delaySeconds),
    ReceiveMessageWaitTimeSeconds: String(settings.receiveWaitTimeSeconds),
    MessageRetentionPeriod: String(settings.messageRetentionSeconds),
    MaximumMessageSize: String(settings.maxMessageSize),
    ...(redrive === null
      ? {}
      : {
          RedrivePolicy: JSON.stringify({
            deadLetterTargetArn: redrive.deadLetterArn,
            maxReceiveCount: redrive.maxReceiveCount,
          }),
        }),
  };
}
