/** What has no program to declare it is made by calls: buckets, queues, logging state machines, functions of a file. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateStateMachineCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { until } from "../cloud/loopback";
import { ACCOUNT, openCloud, REGION, type TestCloud } from "./clouds";

/** Answers each event as AWS's runtime interface emulator would. */
const emulator = createServer((request, response) => {
  let event = "";
  request.on("data", (chunk) => (event += String(chunk)));
  request.once("end", () => {
    const { fails } = JSON.parse(event) as { fails?: boolean };
    response.end(
      fails === true ? '{"errorType":"RangeError","errorMessage":"too far"}' : `{"seen":${event}}`,
    );
  });
});

let cloud: TestCloud;
beforeAll(async () => {
  await new Promise<void>((listening) => emulator.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${String((emulator.address() as AddressInfo).port)}/`;
  const common = { timeoutSeconds: 3, memoryMib: 128, environment: {}, role: null };
  cloud = await openCloud(null, [
    { ...common, name: "elsewhere", runs: { kind: "url", url } },
    { ...common, name: "nowhere", runs: { kind: "url", url: "http://127.0.0.1:1/" } },
  ]);
});
afterAll(async () => {
  await cloud.end();
  emulator.close();
});

test("a bucket is made, listed, and removed when it is empty", async () => {
  const s3 = new S3Client(cloud.client());
  const Bucket = "made-by-call";
  await s3.send(new CreateBucketCommand({ Bucket }));
  await expect(s3.send(new CreateBucketCommand({ Bucket }))).rejects.toMatchObject({
    name: "BucketAlreadyOwnedByYou",
  });
  await expect(s3.send(new CreateBucketCommand({ Bucket: "No" }))).rejects.toMatchObject({
    name: "InvalidBucketName",
  });
  expect((await s3.send(new ListBucketsCommand())).Buckets).toMatchObject([{ Name: Bucket }]);
  await s3.send(new PutObjectCommand({ Bucket, Key: "a", Body: "a" }));
  await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({
    name: "BucketNotEmpty",
  });
  await s3.send(new DeleteObjectCommand({ Bucket, Key: "a" }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
  await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({ name: "NoSuchBucket" });
});

test("a queue is made with its attributes, emptied and removed", async () => {
  const sqs = new SQSClient(cloud.client());
  const QueueName = "made-by-call";
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName, Attributes: { VisibilityTimeout: "5" } }),
  );
  expect(QueueUrl).toBe(`https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${QueueName}`);
  expect(
    (await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { VisibilityTimeout: "5" } }))).QueueUrl,
  ).toBe(QueueUrl);
  await expect(sqs.send(new CreateQueueCommand({ QueueName }))).rejects.toMatchObject({
    name: "QueueNameExists",
  });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "hello" }));
  await sqs.send(new PurgeQueueCommand({ QueueUrl }));
  expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toBeUndefined();
  await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  await expect(sqs.send(new GetQueueUrlCommand({ QueueName }))).rejects.toMatchObject({
    name: "QueueDoesNotExist",
  });
});

test("a state machine that is made with logging writes to its log group", async () => {
  const logs = new CloudWatchLogsClient(cloud.client());
  const states = new SFNClient(cloud.client());
  await logs.send(new CreateLogGroupCommand({ logGroupName: "machines" }));
  const { stateMachineArn } = await states.send(
    new CreateStateMachineCommand({
      name: "logs",
      roleArn: `arn:aws:iam::${ACCOUNT}:role/any`,
      definition: JSON.stringify({ StartAt: "Done", States: { Done: { Type: "Succeed" } } }),
      loggingConfiguration: {
        level: "ALL",
        destinations: [
          {
            cloudWatchLogsLogGroup: { logGroupArn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:machines:*` },
          },
        ],
      },
    }),
  );
  await states.send(new StartExecutionCommand({ stateMachineArn }));
  const types = async (): Promise<string[]> => {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: "machines" }));
    return events.map(({ message = "" }) => (JSON.parse(message) as { type: string }).type);
  };
  await until("it has ended", async () => (await types()).includes("ExecutionSucceeded"));
  expect(await types()).toEqual([
    "ExecutionStarted",
    "SucceedStateEntered",
    "SucceedStateExited",
    "ExecutionSucceeded",
  ]);
});

test("a function behind a URL answers, fails as it says, and is missed where nobody answers", async () => {
  const lambda = new LambdaClient(cloud.client());
  const invoke = async (FunctionName: string, payload: object) => {
    const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }));
    const text = answer.Payload?.transformToString() ?? "";
    return { error: answer.FunctionError, payload: JSON.parse(text) as unknown };
  };
  expect(await invoke("elsewhere", { a: 1 })).toEqual({ error: undefined, payload: { seen: { a: 1 } } });
  expect(await invoke("elsewhere", { fails: true })).toEqual({
    error: "Unhandled",
    payload: { errorType: "RangeError", errorMessage: "too far" },
  });
  expect(await invoke("nowhere", {})).toMatchObject({
    error: "Unhandled",
    payload: { errorMessage: expect.stringContaining("http://127.0.0.1:1/ did not answer") as string },
  });
});

test("CreateFunction is refused by a sentence that says where functions come from", async () => {
  const lambda = new LambdaClient(cloud.client());
  const create = new CreateFunctionCommand({
    FunctionName: "mine",
    Role: `arn:aws:iam::${ACCOUNT}:role/any`,
    Code: { ImageUri: "x" },
    PackageType: "Image",
  });
  await expect(lambda.send(create)).rejects.toMatchObject({
    name: "UnknownOperationException",
    message: expect.stringContaining("npm run local takes as --functions") as string,
  });
});
