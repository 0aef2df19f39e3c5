import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  DescribeSubscriptionFiltersCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { parseFaults } from "../../../local/cloud/faults/fault-spec";
import { createFaults } from "../../../local/cloud/faults/faults";
import { executionLogSettings, executionRecord } from "../../../local/cloud/logs/execution-log";
import { createLogStore } from "../../../local/cloud/logs/log-store";
import { createLogTails } from "../../../local/cloud/logs/log-tail";
import { createLogs, type Logs } from "../../../local/cloud/logs/logs";
import { createSubscriptions } from "../../../local/cloud/logs/subscriptions";
import type { Datum } from "../../../local/cloud/metrics/metrics";
import { createManualClock } from "../states/manual-clock";
import { resource } from "./graphs";
import { ACCOUNT, openLoopback, ROLE, temporaryDirectory, type Loopback } from "./loopback";

const clock = createManualClock();
const recorded: Datum[] = [];
let loopback: Loopback;
let logs: Logs;
let client: CloudWatchLogsClient;

beforeAll(async () => {
  loopback = await openLoopback((access) => {
    const metrics = { record: (datum: Datum) => recorded.push(datum) };
    logs = createLogs({ access, clock, region: "eu-west-1", accountId: ACCOUNT, metrics });
    return [logs.service];
  });
  client = new CloudWatchLogsClient(loopback.client);
});

afterAll(async () => {
  client.destroy();
  await loopback.close();
});

const put = (
  logGroupName: string,
  logStreamName: string,
  messages: readonly string[],
  timestamp = clock.now(),
) =>
  client.send(
    new PutLogEventsCommand({
      logGroupName,
      logStreamName,
      logEvents: messages.map((message) => ({ timestamp, message })),
    }),
  );

async function open(group: string, stream: string): Promise<void> {
  logs.createGroup(group, 14);
  await client.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName: stream }));
}

test("what is put into a stream is read back, page by page, from either end", async () => {
  await open("/app/read", "one");
  await put("/app/read", "one", ["a", "b", "c"]);
  const input = { logGroupName: "/app/read", logStreamName: "one", limit: 2 };
  const last = await client.send(new GetLogEventsCommand(input));
  expect(last.events?.map(({ message }) => message)).toEqual(["b", "c"]);
  const first = await client.send(new GetLogEventsCommand({ ...input, startFromHead: true }));
  expect(first.events?.map(({ message }) => message)).toEqual(["a", "b"]);
  const next = await client.send(new GetLogEventsCommand({ ...input, nextToken: first.nextForwardToken }));
  expect(next.events?.map(({ message }) => message)).toEqual(["c"]);
  const end = await client.send(new GetLogEventsCommand({ ...input, nextToken: next.nextForwardToken }));
  expect([end.events, end.nextForwardToken]).toEqual([[], next.nextForwardToken]);
});

test("events of all streams of a group are filtered by pattern, time and stream", async () => {
  await open("/app/filter", "one");
  await open("/app/filter", "two");
  await put("/app/filter", "one", ['{"level":"ERROR"}', '{"level":"INFO"}']);
  await put("/app/filter", "two", ['{"level":"ERROR","n":2}'], clock.now() + 1);
  const filter = async (more: object) =>
    (await client.send(new FilterLogEventsCommand({ logGroupName: "/app/filter", ...more }))).events?.map(
      ({ logStreamName, message }) => `${logStreamName ?? ""} ${message ?? ""}`,
    );
  expect(await filter({ filterPattern: '{ $.level = "ERROR" }' })).toEqual([
    'one {"level":"ERROR"}',
    'two {"level":"ERROR","n":2}',
  ]);
  expect(await filter({ logStreamNamePrefix: "two" })).toHaveLength(1);
  expect(await filter({ startTime: clock.now() + 1 })).toHaveLength(1);
  await expect(filter({ filterPattern: "{ $.a }" })).rejects.toMatchObject({
    name: "InvalidParameterException",
  });
});

test("groups and streams are described, and those that are there already or not are named as AWS does", async () => {
  await open("/app/told", "one");
  await put("/app/told", "one", ["a"]);
  const groups = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/app/told" }));
  expect(groups.logGroups).toEqual([
    expect.objectContaining({
      logGroupName: "/app/told",
      retentionInDays: 14,
      arn: `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:/app/told:*`,
    }),
  ]);
  const { logStreams } = await client.send(new DescribeLogStreamsCommand({ logGroupName: "/app/told" }));
  expect(logStreams).toEqual([
    expect.objectContaining({ logStreamName: "one", lastEventTimestamp: clock.now() }),
  ]);
  const again = new CreateLogStreamCommand({ logGroupName: "/app/told", logStreamName: "one" });
  await expect(client.send(again)).rejects.toMatchObject({ name: "ResourceAlreadyExistsException" });
  await expect(client.send(new CreateLogGroupCommand({ logGroupName: "/app/told" }))).rejects.toMatchObject({
    name: "ResourceAlreadyExistsException",
  });
  await expect(put("/app/told", "two", ["a"])).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await expect(put("/app/lost", "one", ["a"])).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("events that are too old are left out and told, and each call is recorded on the stream's ARN", async () => {
  await open("/app/old", "one");
  const answer = await put("/app/old", "one", ["ancient"], clock.now() - 15 * 24 * 3_600_000);
  expect(answer.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
  expect(loopback.access.records()).toContainEqual(
    expect.objectContaining({
      principal: ROLE,
      action: "logs:PutLogEvents",
      resource: `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:/app/old:log-stream:one`,
    }),
  );
});

test("metrics that are embedded in an event are recorded, for each set of dimensions", () => {
  logs.createGroup("/app/metrics", null);
  const event = {
    _aws: {
      Timestamp: 1_700_000_000_000,
      CloudWatchMetrics: [
        {
          Namespace: "Loveless",
          Dimensions: [["pool"], []],
          Metrics: [{ Name: "wait", Unit: "Milliseconds" }, { Name: "sizes" }, { Name: "missing" }],
        },
      ],
    },
    pool: "detect",
    wait: 12,
    sizes: [1, 2],
  };
  const lines = [JSON.stringify(event), "plain", '{"_aws":{}}'].map((message) => ({ timeMs: 1, message }));
  logs.append("/app/metrics", "one", lines);
  const wait = {
    namespace: "Loveless",
    name: "wait",
    value: 12,
    unit: "Milliseconds",
    timeMs: 1_700_000_000_000,
  };
  expect(recorded).toHaveLength(6);
  expect(recorded).toContainEqual({ ...wait, dimensions: { pool: "detect" } });
  expect(recorded).toContainEqual({ ...wait, dimensions: {} });
  expect(recorded.filter(({ name }) => name === "sizes").map(({ value }) => value)).toEqual([1, 2, 1, 2]);
});

function subscribe(group: string, fault: string) {
  logs.createGroup(group, null);
  const invoked: { readonly functionArn: string; readonly data: unknown }[] = [];
  const subscriptions = createSubscriptions({
    clock,
    accountId: ACCOUNT,
    faults: createFaults(fault === "" ? [] : parseFaults(fault), 1),
    delay: { leastMs: 1000, mostMs: 1000 },
    invoke: ({ destinationArn: functionArn }, payload) => {
      const { awslogs } = JSON.parse(payload) as { awslogs: { data: string } };
      invoked.push({
        functionArn,
        data: JSON.parse(gunzipSync(Buffer.from(awslogs.data, "base64")).toString("utf8")),
      });
    },
  });
  const pattern = '{ $.type = "ActivityScheduled" }';
  logs.subscribe({ name: "wake", group, pattern, destinationArn: "arn:fn" }, subscriptions.deliver);
  return { invoked, subscriptions };
}

test("what matches a subscription comes late, together, and as CloudWatch Logs sends it", async () => {
  const { invoked } = subscribe("/app/woken", "");
  const scheduled = '{"type":"ActivityScheduled","id":"1"}';
  logs.append("/app/woken", "s", [{ timeMs: 5, message: '{"type":"ActivityStarted"}' }]);
  logs.append("/app/woken", "s", [{ timeMs: 6, message: scheduled }]);
  await clock.advance(500);
  logs.append("/app/woken", "s", [{ timeMs: 7, message: scheduled }]);
  await clock.advance(499);
  expect(invoked).toEqual([]);
  await clock.advance(1);
  expect(invoked).toEqual([
    {
      functionArn: "arn:fn",
      data: {
        messageType: "DATA_MESSAGE",
        owner: ACCOUNT,
        logGroup: "/app/woken",
        logStream: "s",
        subscriptionFilters: ["wake"],
        logEvents: [
          { id: expect.any(String) as string, timestamp: 6, message: scheduled },
          { id: expect.any(String) as string, timestamp: 7, message: scheduled },
        ],
      },
    },
  ]);
  const described = await client.send(new DescribeSubscriptionFiltersCommand({ logGroupName: "/app/woken" }));
  expect(described.subscriptionFilters?.[0]).toMatchObject({ filterName: "wake", destinationArn: "arn:fn" });
});

test("a delivery that is doubled comes twice, the same", async () => {
  const { invoked, subscriptions } = subscribe("/app/doubled", "double-log=100%");
  logs.append("/app/doubled", "s", [{ timeMs: 6, message: '{"type":"ActivityScheduled"}' }]);
  await clock.advance(2_000);
  expect(invoked).toHaveLength(2);
  expect(invoked[0]).toEqual(invoked[1]);
  subscriptions.close();
});

const logging = (level: string, includeExecutionData: boolean) =>
  executionLogSettings(
    resource("aws:sfn/stateMachine:StateMachine", "m", {
      loggingConfiguration: {
        level,
        includeExecutionData,
        logDestination: `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:/aws/vendedlogs/states/m:*`,
      },
    }),
  );

test("an execution's event becomes a record as Step Functions writes it, as far as the level wants it", () => {
  const event = {
    id: 3,
    type: "ActivityScheduled",
    previousEventId: 2,
    timeMs: 1_700_000_000_123,
    details: { resource: "arn:activity", input: '{"a":1}' },
  };
  const all = logging("ALL", true);
  expect(all?.group).toBe("/aws/vendedlogs/states/m");
  if (all === null) throw new Error("no settings");
  expect(JSON.parse(executionRecord("arn:execution", event, all) ?? "")).toEqual({
    id: "3",
    type: "ActivityScheduled",
    details: { resource: "arn:activity", input: '{"a":1}', inputDetails: { truncated: false } },
    redrive_count: "0",
    previous_event_id: "2",
    event_timestamp: "1700000000123",
    execution_arn: "arn:execution",
  });
  const without = executionRecord("arn:execution", event, { ...all, includeExecutionData: false }) ?? "";
  expect((JSON.parse(without) as { details: object }).details).toEqual({ resource: "arn:activity" });
  expect(executionRecord("arn:execution", event, { ...all, level: "ERROR" })).toBeNull();
  const failed = { ...event, type: "ActivityFailed", details: { error: "E" } };
  expect(executionRecord("arn:execution", failed, { ...all, level: "ERROR" })).toContain('"error":"E"');
  expect(executionRecord("arn:execution", failed, { ...all, level: "FATAL" })).toBeNull();
  expect(logging("OFF", true)).toBeNull();
  expect(executionRecord("arn:execution", event, all, 2)).toContain('"redrive_count":"2"');
});

test("a group keeps its newest events, by number and by size", () => {
  const store = createLogStore(() => 0);
  store.createGroup("many", null);
  store.createGroup("large", null);
  for (let index = 0; index < 20_001; index += 1)
    store.append("many", "s", [{ timeMs: index, message: String(index) }]);
  expect([store.group("many")?.events.length, store.group("many")?.events[0]?.message]).toEqual([
    10_000,
    "10001",
  ]);
  const message = "x".repeat(1024 * 1024);
  for (let index = 0; index < 33; index += 1) store.append("large", "s", [{ timeMs: index, message }]);
  const kept = store.group("large")?.events ?? [];
  expect([kept.length, kept.at(-1)?.timeMs]).toEqual([16, 32]);
});

test("a log file is read as it grows, whole lines at a time, and to its end", async () => {
  const file = join(temporaryDirectory(), "worker.log");
  writeFileSync(file, "first\nsec");
  const tails = createLogTails(clock);
  const lines: string[] = [];
  const stop = tails.follow(file, (more) => lines.push(...more));
  await clock.advance(200);
  expect(lines).toEqual(["first"]);
  appendFileSync(file, "ond é\n\nlast");
  await clock.advance(200);
  expect(lines).toEqual(["first", "second é"]);
  appendFileSync(file, " words");
  stop();
  expect(lines).toEqual(["first", "second é", "last words"]);
  tails.close();
});
