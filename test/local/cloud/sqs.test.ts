import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { isNotRunnable } from "../../../local/cloud/properties";
import { queueSettings } from "../../../local/cloud/sqs/queues";
import { createSqs, type Sqs } from "../../../local/cloud/sqs/sqs";
import { createManualClock } from "../states/manual-clock";
import { resource } from "./graphs";
import { ACCOUNT, openLoopback, ROLE, type Loopback } from "./loopback";

const clock = createManualClock();
let loopback: Loopback;
let sqs: Sqs;
let client: SQSClient;

beforeAll(async () => {
  loopback = await openLoopback((access) => [
    (sqs = createSqs({ access, clock, region: "eu-west-1", accountId: ACCOUNT })).service,
  ]);
  client = new SQSClient(loopback.client);
});

afterAll(async () => {
  client.destroy();
  await loopback.close();
});

const arnOf = (name: string): string => `arn:aws:sqs:eu-west-1:${ACCOUNT}:${name}`;
const urlOf = (name: string): string => `https://sqs.eu-west-1.amazonaws.com/${ACCOUNT}/${name}`;

function declare(name: string, more: Record<string, string | number | boolean> = {}) {
  return queueSettings(
    resource("aws:sqs/queue:Queue", name, { name, ...more }, { arn: arnOf(name), url: urlOf(name) }),
  );
}

function add(name: string, more: Record<string, string | number> = {}): string {
  const settings = declare(name, more);
  if (isNotRunnable(settings)) throw new Error(settings.why);
  sqs.createQueue(settings);
  return urlOf(name);
}

const send = (QueueUrl: string, MessageBody: string, more: object = {}) =>
  client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
const receive = async (QueueUrl: string, more: object = {}) =>
  (await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more }))).Messages ??
  [];
const bodies = async (url: string, more: object = {}) => (await receive(url, more)).map(({ Body }) => Body);

test("a message is received with its attributes, by digests that the SDK checks, and deleted", async () => {
  const QueueUrl = add("plain");
  const MessageAttributes = { colour: { DataType: "String", StringValue: "red" } };
  await send(QueueUrl, "hello", { MessageAttributes });
  const [message] = await receive(QueueUrl, {
    MessageAttributeNames: ["All"],
    MessageSystemAttributeNames: ["All"],
  });
  expect(message).toMatchObject({
    Body: "hello",
    MessageAttributes,
    Attributes: { ApproximateReceiveCount: "1", SentTimestamp: String(clock.now()) },
  });
  await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
  await clock.advance(60_000);
  expect(await receive(QueueUrl)).toEqual([]);
});

test("what is received is hidden for the visibility time-out, and then comes again", async () => {
  const url = add("hidden", { visibilityTimeoutSeconds: 10 });
  await send(url, "a");
  expect(await bodies(url)).toEqual(["a"]);
  expect(await bodies(url)).toEqual([]);
  await clock.advance(10_000);
  const [again] = await receive(url, { MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
  expect(again).toMatchObject({ Body: "a", Attributes: { ApproximateReceiveCount: "2" } });
  await client.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: url,
      ReceiptHandle: again?.ReceiptHandle,
      VisibilityTimeout: 0,
    }),
  );
  expect(await bodies(url)).toEqual(["a"]);
});

test("a long poll ends with the message that comes, or empty when its time is over", async () => {
  const url = add("polled");
  const poll = bodies(url, { WaitTimeSeconds: 20 });
  await untilPolled();
  await send(url, "late");
  expect(await poll).toEqual(["late"]);
  const empty = bodies(url, { WaitTimeSeconds: 5 });
  await untilPolled();
  await clock.advance(5_000);
  expect(await empty).toEqual([]);
});

/** The poll holds the one timer that is not a message's. */
async function untilPolled(): Promise<void> {
  const before = clock.pending();
  while (clock.pending() <= before) await new Promise((resolve) => setImmediate(resolve));
}

test("a delayed message comes later, and the queue counts it", async () => {
  const url = add("delayed", { delaySeconds: 3 });
  await send(url, "a");
  await send(url, "b", { DelaySeconds: 0 });
  const AttributeNames = ["All" as const];
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames }));
  expect(Attributes).toMatchObject({
    QueueArn: arnOf("delayed"),
    ApproximateNumberOfMessages: "1",
    ApproximateNumberOfMessagesDelayed: "1",
    DelaySeconds: "3",
  });
  expect(await bodies(url)).toEqual(["b"]);
  await clock.advance(3_000);
  expect(await bodies(url)).toEqual(["a"]);
});

test("what is received too often goes to the dead-letter queue", async () => {
  const dead = add("dead");
  const redrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf("dead"), maxReceiveCount: 2 });
  const url = add("fragile", { visibilityTimeoutSeconds: 0, redrivePolicy });
  await send(url, "poison");
  expect(await bodies(url)).toEqual(["poison"]);
  expect(await bodies(url)).toEqual(["poison"]);
  expect(await bodies(url)).toEqual([]);
  expect(await bodies(dead)).toEqual(["poison"]);
});

test("a service sends on a role's behalf, and each call is recorded on the queue's ARN", async () => {
  const url = add("served");
  const caller = { arn: `arn:aws:iam::${ACCOUNT}:role/served` };
  sqs.send(arnOf("served"), "from a service", caller);
  expect(await bodies(url)).toEqual(["from a service"]);
  expect(loopback.access.records()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        principal: caller.arn,
        action: "sqs:SendMessage",
        resource: arnOf("served"),
      }) as unknown,
      expect.objectContaining({
        principal: ROLE,
        action: "sqs:ReceiveMessage",
        resource: arnOf("served"),
      }) as unknown,
    ]),
  );
});

test("queues are found by name, and those that are not there are named as SQS does", async () => {
  const url = add("found");
  expect(await client.send(new GetQueueUrlCommand({ QueueName: "found" }))).toMatchObject({ QueueUrl: url });
  const { QueueUrls } = await client.send(new ListQueuesCommand({ QueueNamePrefix: "fou" }));
  expect(QueueUrls).toEqual([url]);
  await expect(send(urlOf("lost"), "a")).rejects.toMatchObject({ name: "QueueDoesNotExist" });
  await expect(receive(url, { MaxNumberOfMessages: 11 })).rejects.toThrow(/MaxNumberOfMessages/);
});

test("a FIFO queue is not run, and says so", () => {
  expect(declare("ordered.fifo", { fifoQueue: true })).toEqual({
    why: "it is a FIFO queue: standard queues can be run",
  });
});
