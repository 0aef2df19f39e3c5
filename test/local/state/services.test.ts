/** Messages, parameters and log events that outlive the process: each as its caller was told. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createAccess } from "../../../local/cloud/access";
import { createLogs, type Logs } from "../../../local/cloud/logs/logs";
import type { Service } from "../../../local/cloud/service";
import { createSqs, type Sqs } from "../../../local/cloud/sqs/sqs";
import { createSsm, type Ssm } from "../../../local/cloud/ssm";
import { createCommits, type CommitsOptions } from "../../../local/cloud/state-store/commits";
import { openDatabase } from "../../../local/cloud/state-store/database";
import { createDocuments } from "../../../local/cloud/state-store/documents";
import { createLogRecords } from "../../../local/cloud/state-store/log-records";
import type { Datum } from "../../../local/cloud/metrics/metrics";
import { createManualClock, type ManualClock } from "../states/manual-clock";

const FIRST_MS = Date.UTC(2026, 10, 20);
const DAY_MS = 24 * 60 * 60 * 1000;

interface Services {
  readonly clock: ManualClock;
  readonly sqs: Sqs;
  readonly ssm: Ssm;
  readonly logs: Logs;
  readonly recorded: readonly Datum[];
  /** As SIGKILL does: what is not committed is lost. */
  kill(): void;
}

let directory: string;
let services: Services;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "loveless-state-"));
  services = open();
});
afterEach(() => {
  services.kill();
  rmSync(directory, { recursive: true, force: true });
});

function open(nowMs = FIRST_MS, schedule?: CommitsOptions["schedule"]): Services {
  const database = openDatabase({ directory, stack: "dev" });
  const commits = createCommits(database, {
    schedule,
    onFailure(error) {
      throw error;
    },
  });
  const keeper = createDocuments(database, commits);
  const clock = createManualClock(nowMs);
  const recorded: Datum[] = [];
  const common = { access: createAccess(), clock, region: "eu-west-1", accountId: "123456789012" };
  return {
    clock,
    recorded,
    sqs: createSqs({ ...common, keeper }),
    ssm: createSsm({ ...common, keeper }),
    logs: createLogs({
      ...common,
      metrics: { record: (datum) => recorded.push(datum) },
      records: createLogRecords(database, commits, keeper),
    }),
    kill() {
      if (database.isOpen) database.close();
    },
  };
}

/** The process is killed, and another one begins after `downMs`. */
function restart(downMs = 0, schedule?: CommitsOptions["schedule"]): void {
  services.kill();
  services = open(services.clock.now() + downMs, schedule);
}

type Answer = Readonly<Record<string, unknown>>;

async function ask({ handle }: Service, target: string, input: object): Promise<Answer> {
  const { body } = await handle({
    method: "POST",
    path: "/",
    query: new URLSearchParams(),
    headers: { "x-amz-target": target },
    body: Buffer.from(JSON.stringify(input)),
    caller: { arn: "arn:aws:iam::123456789012:user/laptop" },
    signal: new AbortController().signal,
  });
  return JSON.parse(String(body)) as Answer;
}

const sqs = (operation: string, input: object): Promise<Answer> =>
  ask(services.sqs.service, `AmazonSQS.${operation}`, input);
const ssm = (operation: string, input: object): Promise<Answer> =>
  ask(services.ssm.service, `AmazonSSM.${operation}`, input);
const logs = (operation: string, input: object): Promise<Answer> =>
  ask(services.logs.service, `Logs_20140328.${operation}`, input);

describe("messages", () => {
  const QueueUrl = "https://sqs.eu-west-1.amazonaws.com/123456789012/work";
  const send = (MessageBody: string, more: object = {}): Promise<Answer> =>
    sqs("SendMessage", { QueueUrl, MessageBody, ...more });
  interface Received {
    readonly Body: string;
    readonly ReceiptHandle: string;
    readonly Attributes: Readonly<Record<string, string>>;
  }
  async function receive(more: object = {}): Promise<readonly Received[]> {
    const asked = { QueueUrl, MaxNumberOfMessages: 10, AttributeNames: ["All"], ...more };
    return ((await sqs("ReceiveMessage", asked))["Messages"] ?? []) as readonly Received[];
  }
  const bodies = async (): Promise<readonly string[]> => (await receive()).map(({ Body }) => Body);

  beforeEach(() => sqs("CreateQueue", { QueueName: "work", Attributes: { VisibilityTimeout: "30" } }));

  test("come back in their order with all that they had, in a queue that was made by call", async () => {
    const MessageAttributes = { colour: { DataType: "String", StringValue: "red" } };
    await send("one", { MessageAttributes });
    await send("two");
    restart(5_000);
    const received = await receive({ MessageAttributeNames: ["All"] });
    expect(received).toMatchObject([{ Body: "one", MessageAttributes }, { Body: "two" }]);
    expect(received[0]?.Attributes["SentTimestamp"]).toBe(String(FIRST_MS));
  });

  test("that are in flight stay hidden as long as ever, and count how often they were received", async () => {
    await send("one");
    await receive();
    restart(10_000);
    expect(await receive()).toEqual([]);
    await services.clock.advance(20_000);
    expect((await receive())[0]?.Attributes).toMatchObject({
      ApproximateReceiveCount: "2",
      ApproximateFirstReceiveTimestamp: String(FIRST_MS),
    });
  });

  test("can be deleted by who received them before, and stay deleted", async () => {
    await send("one");
    await send("two");
    const [one, two] = await receive();
    restart();
    await sqs("DeleteMessage", { QueueUrl, ReceiptHandle: one?.ReceiptHandle });
    const shown = { QueueUrl, ReceiptHandle: two?.ReceiptHandle, VisibilityTimeout: 0 };
    await sqs("ChangeMessageVisibility", shown);
    restart();
    expect(await bodies()).toEqual(["two"]);
  });

  test("that are delayed come when they were to come", async () => {
    await send("later", { DelaySeconds: 60 });
    restart(30_000);
    expect(await bodies()).toEqual([]);
    await services.clock.advance(30_000);
    expect(await bodies()).toEqual(["later"]);
  });

  test("go to the dead-letter queue after as many receives as were allowed, over restarts", async () => {
    const RedrivePolicy = JSON.stringify({
      deadLetterTargetArn: "arn:aws:sqs:eu-west-1:123456789012:work",
      maxReceiveCount: 2,
    });
    await sqs("CreateQueue", { QueueName: "tried", Attributes: { RedrivePolicy, VisibilityTimeout: "1" } });
    const tried = { QueueUrl: QueueUrl.replace("work", "tried") };
    await sqs("SendMessage", { ...tried, MessageBody: "poison" });
    for (let times = 0; times < 3; times += 1) {
      await sqs("ReceiveMessage", tried);
      restart(1_000);
    }
    expect(await bodies()).toEqual(["poison"]);
    await services.clock.advance(60_000);
    expect(await sqs("ReceiveMessage", tried)).toEqual({});
  });

  test("are gone with what purged or deleted their queue, and too old ones too", async () => {
    await send("one");
    await sqs("PurgeQueue", { QueueUrl });
    await send("two");
    restart();
    expect(await bodies()).toEqual(["two"]);
    await sqs("DeleteQueue", { QueueUrl });
    restart();
    expect(await sqs("ListQueues", {})).toEqual({ QueueUrls: [] });
    await sqs("CreateQueue", { QueueName: "work" });
    await send("old");
    restart(5 * DAY_MS);
    expect(await bodies()).toEqual([]);
  });

  test("of a queue that the program declares again otherwise stay, and what it is set to is new", async () => {
    await send("one");
    restart();
    const settings = {
      arn: "arn:aws:sqs:eu-west-1:123456789012:work",
      name: "work",
      url: QueueUrl,
      visibilityTimeoutSeconds: 5,
      delaySeconds: 0,
      receiveWaitTimeSeconds: 0,
      messageRetentionSeconds: 345_600,
      maxMessageSize: 1_048_576,
      redrive: null,
    };
    services.sqs.createQueue(settings);
    expect(await bodies()).toEqual(["one"]);
    await services.clock.advance(5_000);
    expect(await bodies()).toEqual(["one"]);
  });

  test("are told of when they are written, not before", async () => {
    const flushes: (() => void)[] = [];
    restart(0, (flush) => flushes.push(flush));
    let answered = false;
    const answer = send("one").then(() => {
      answered = true;
    });
    await services.clock.advance(0);
    expect(answered).toBe(false);
    for (const flush of flushes.splice(0)) flush();
    await answer;
    restart();
    expect(await bodies()).toEqual(["one"]);
  });
});

describe("parameters", () => {
  const put = (Name: string, Value: string): Promise<Answer> =>
    ssm("PutParameter", { Name, Value, Type: "String", Overwrite: true });
  const get = async (Name: string): Promise<unknown> => (await ssm("GetParameter", { Name }))["Parameter"];

  test("come back as they were put, versions included", async () => {
    await put("/greeting", "Hello");
    await put("/greeting", "Good morning");
    const before = await get("/greeting");
    restart(5_000);
    expect(before).toMatchObject({ Value: "Good morning", Version: 2 });
    expect(await get("/greeting")).toEqual(before);
    expect(await put("/greeting", "Good night")).toMatchObject({ Version: 3 });
  });

  test("keep what was put over what the program declares, until it declares something else", async () => {
    const declare = (value: string): void => {
      services.ssm.putParameter({ name: "/settings", type: "String", value });
    };
    declare("first");
    await put("/settings", "by hand");
    restart();
    declare("first");
    expect(await get("/settings")).toMatchObject({ Value: "by hand", Version: 2 });
    await put("/other", "commits what was declared");
    restart();
    declare("second");
    expect(await get("/settings")).toMatchObject({ Value: "second", Version: 3 });
  });
});

describe("log events", () => {
  const group = { logGroupName: "/app" };
  const put = (logStreamName: string, messages: readonly string[]): Promise<Answer> =>
    logs("PutLogEvents", {
      ...group,
      logStreamName,
      logEvents: messages.map((message) => ({ timestamp: services.clock.now(), message })),
    });
  const messages = async (): Promise<readonly string[]> =>
    ((await logs("FilterLogEvents", group))["events"] as { message: string }[]).map(({ message }) => message);

  beforeEach(async () => {
    await logs("CreateLogGroup", group);
    await logs("CreateLogStream", { ...group, logStreamName: "one" });
  });

  test("come back with their groups and streams, and new ones come after them", async () => {
    await put("one", ["a", "b"]);
    await logs("CreateLogStream", { ...group, logStreamName: "empty" });
    const look = async (): Promise<unknown> =>
      Promise.all([
        logs("DescribeLogGroups", {}),
        logs("DescribeLogStreams", group),
        logs("FilterLogEvents", group),
        logs("GetLogEvents", { ...group, logStreamName: "one" }),
      ]);
    const before = await look();
    restart();
    expect(await look()).toEqual(before);
    await put("one", ["c"]);
    expect(await messages()).toEqual(["a", "b", "c"]);
  });

  test("of a worker or a function, whose stream nobody made by call, come back too", async () => {
    services.logs.append("/app", "worker/1", [{ timeMs: FIRST_MS, message: "printed" }]);
    await put("one", ["a"]);
    restart();
    expect(await logs("GetLogEvents", { ...group, logStreamName: "worker/1" })).toMatchObject({
      events: [{ message: "printed", timestamp: FIRST_MS }],
    });
  });

  test("that are metrics are not counted a second time", async () => {
    const metric = {
      _aws: {
        Timestamp: FIRST_MS,
        CloudWatchMetrics: [{ Namespace: "N", Dimensions: [[]], Metrics: [{ Name: "M" }] }],
      },
      M: 1,
    };
    await put("one", [JSON.stringify(metric)]);
    expect(services.recorded).toHaveLength(1);
    restart();
    expect(services.recorded).toHaveLength(0);
    expect(await messages()).toHaveLength(1);
  });

  test("make room for newer ones in the directory too", async () => {
    for (let part = 0; part < 21; part += 1)
      await put(
        "one",
        Array.from({ length: 1_000 }, (_, index) => String(part * 1_000 + index)),
      );
    const before = await messages();
    restart();
    expect(before).toHaveLength(10_000);
    expect(before.at(-1)).toBe("20999");
    expect(await messages()).toEqual(before);
    services.kill();
    const database = openDatabase({ directory, stack: "dev" });
    const rows = database.prepare("SELECT events FROM log_events").all() as { events: string }[];
    database.close();
    expect(rows.flatMap(({ events }) => JSON.parse(events) as unknown[])).toHaveLength(10_000);
  });

  test("go when the program declares that they are kept for fewer days", async () => {
    await put("one", ["old"]);
    services.logs.createGroup("/app", 3);
    await services.clock.advance(2 * DAY_MS);
    await put("one", ["new"]);
    restart(2 * DAY_MS);
    expect(await messages()).toEqual(["new"]);
  });
});

const LIVES = 4;

test("a process that is killed at any moment has lost nothing of what it told", async () => {
  services.kill();
  const script = join(__dirname, "acknowledging.ts");
  let told = 0;
  for (let life = 0; life < LIVES; life += 1) {
    const child = spawn(process.execPath, ["--import", "tsx", script, directory, String(told + 1)], {
      stdio: ["ignore", "pipe", "inherit"],
      cwd: resolve(__dirname, "../../.."),
    });
    let output = "";
    const before = told;
    child.stdout.on("data", (chunk) => {
      output += String(chunk);
      const last = Number(/(\d+)\n[^\n]*$/.exec(output)?.[1] ?? told);
      told = Math.max(told, last);
      if (told >= before + 20 * (life + 1)) child.kill("SIGKILL");
    });
    await once(child, "close");
    expect(told).toBeGreaterThan(before);
  }
  services = open(Date.now());
  const QueueUrl = "https://sqs.eu-west-1.amazonaws.com/123456789012/work";
  const { Attributes } = await sqs("GetQueueAttributes", { QueueUrl, AttributeNames: ["All"] });
  const sent = Number((Attributes as Record<string, string>)["ApproximateNumberOfMessages"]);
  const { Parameter } = await ssm("GetParameter", { Name: "/last" });
  const { events } = await logs("FilterLogEvents", { logGroupName: "/app", limit: 10_000 });
  // What was done and not told may be there as well: one step in each life.
  for (const found of [sent, (events as unknown[]).length]) {
    expect(found).toBeGreaterThanOrEqual(told);
    expect(found).toBeLessThanOrEqual(told + LIVES);
  }
  expect(Number((Parameter as { Value: string }).Value)).toBeGreaterThanOrEqual(told);
}, 60_000);
