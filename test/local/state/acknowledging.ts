/** Does one thing after the other with each service, and tells when all were answered: `acknowledging.ts DIRECTORY FIRST`. */
import { createAccess } from "../../../local/cloud/access";
import { systemClock } from "../../../local/cloud/clock";
import { createLogs } from "../../../local/cloud/logs/logs";
import type { Service } from "../../../local/cloud/service";
import { createSqs } from "../../../local/cloud/sqs/sqs";
import { createSsm } from "../../../local/cloud/ssm";
import { openState } from "../../../local/cloud/state-store/state";

const [, , directory = "", first = "1"] = process.argv;
const state = openState({
  directory,
  stack: "dev",
  now: Date.now,
  onFailure(error) {
    throw error;
  },
});
const { keeper, logs: records } = state;
const options = {
  access: createAccess(),
  clock: systemClock,
  region: "eu-west-1",
  accountId: "123456789012",
};
const sqs = createSqs({ ...options, keeper }).service;
const ssm = createSsm({ ...options, keeper }).service;
const logs = createLogs({ ...options, records, metrics: { record: () => undefined } }).service;

async function ask(service: Service, target: string, input: object): Promise<void> {
  await service.handle({
    method: "POST",
    path: "/",
    query: new URLSearchParams(),
    headers: { "x-amz-target": target },
    body: Buffer.from(JSON.stringify(input)),
    caller: { arn: "arn:aws:iam::123456789012:user/laptop" },
    signal: new AbortController().signal,
  });
}

async function work(): Promise<void> {
  await ask(sqs, "AmazonSQS.CreateQueue", { QueueName: "work" });
  await ask(logs, "Logs_20140328.CreateLogGroup", { logGroupName: "/app" });
  await ask(logs, "Logs_20140328.CreateLogStream", { logGroupName: "/app", logStreamName: "one" });
  for (let step = Number(first); ; step += 1) {
    const QueueUrl = "https://sqs.eu-west-1.amazonaws.com/123456789012/work";
    const logEvents = [{ timestamp: Date.now(), message: String(step) }];
    await Promise.all([
      ask(sqs, "AmazonSQS.SendMessage", { QueueUrl, MessageBody: String(step) }),
      ask(ssm, "AmazonSSM.PutParameter", {
        ...{ Name: "/last", Value: String(step), Type: "String", Overwrite: true },
      }),
      ask(logs, "Logs_20140328.PutLogEvents", { logGroupName: "/app", logStreamName: "one", logEvents }),
    ]);
    process.stdout.write(`${String(step)}\n`);
  }
}

void work();
