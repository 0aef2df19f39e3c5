/** Log events, queues and parameters across services: a whole small cloud, with a function in it. */
import { join } from "node:path";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Graph } from "../../../local/graph";
import { realise, type LocalCloud } from "../../../local/cloud/realise";
import { graphOf, resource } from "./graphs";
import { ACCOUNT, temporaryDirectory, until } from "./loopback";

const region = "eu-west-1";
const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${ACCOUNT}:${rest}`;
const role = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const functionArn = arn("lambda", "function:wake");
const queueArn = arn("sqs", "failed");
const queueUrl = `https://sqs.${region}.amazonaws.com/${ACCOUNT}/failed`;
const stateLogs = "/aws/vendedlogs/states/flow";

/** Prints what it was sent, and its minute; then fails, so that the event goes on to the queue. */
const HANDLER = `
const { gunzipSync } = require("node:zlib");
exports.handler = async ({ awslogs }) => {
  const { logEvents } = JSON.parse(gunzipSync(Buffer.from(awslogs.data, "base64")));
  for (const { message } of logEvents) console.log("woken by " + message);
  console.log("minute " + process.env.LOVELESS_MINUTE_SECONDS);
  throw new Error("on purpose");
};`;

function roleOf(name: string, service: string, actions: readonly string[]) {
  const Principal = { Service: service };
  const statement = { Effect: "Allow", Action: "sts:AssumeRole", Principal };
  const allowed = { Effect: "Allow", Action: [...actions], Resource: "*" };
  const document = (each: object): string => JSON.stringify({ Version: "2012-10-17", Statement: [each] });
  return [
    resource("aws:iam/role:Role", name, { name, assumeRolePolicy: document(statement) }, { arn: role(name) }),
    resource("aws:iam/rolePolicy:RolePolicy", name, { role: name, policy: document(allowed) }),
  ];
}

function graph(options: { readonly permitted: boolean }): Graph {
  const definition = { StartAt: "Only", States: { Only: { Type: "Pass", End: true } } };
  const logDestination = `${arn("logs", `log-group:${stateLogs}`)}:*`;
  const machine = {
    name: "flow",
    definition: JSON.stringify(definition),
    roleArn: role("flow"),
    loggingConfiguration: { level: "ALL", includeExecutionData: false, logDestination },
  };
  const code = { kind: "archive", assets: { "index.js": { kind: "text", text: HANDLER } } };
  const wake = { name: "wake", role: role("wake"), runtime: "nodejs24.x", handler: "index.handler", code };
  const subscription = {
    name: "entered",
    logGroup: stateLogs,
    filterPattern: '{ $.type = "PassStateEntered" }',
    destinationArn: functionArn,
  };
  const asynchronous = {
    functionName: "wake",
    maximumRetryAttempts: 0,
    destinationConfig: { onFailure: { destination: queueArn } },
  };
  const permission = { function: "wake", action: "lambda:InvokeFunction", principal: "logs.amazonaws.com" };
  const config = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig";
  return graphOf(
    ...roleOf("flow", "states.amazonaws.com", ["logs:*"]),
    ...roleOf("wake", "lambda.amazonaws.com", ["logs:*", "sqs:SendMessage"]),
    resource("aws:cloudwatch/logGroup:LogGroup", "states", { name: stateLogs, retentionInDays: 7 }),
    resource("aws:cloudwatch/logGroup:LogGroup", "wake", { name: "/aws/lambda/wake" }),
    resource("aws:sqs/queue:Queue", "failed", { name: "failed" }, { arn: queueArn, url: queueUrl }),
    resource("aws:ssm/parameter:Parameter", "setting", { name: "/setting", type: "String", value: "7" }),
    resource("aws:lambda/function:Function", "wake", wake, { arn: functionArn }),
    resource(config, "wake", asynchronous),
    ...(options.permitted ? [resource("aws:lambda/permission:Permission", "wake", permission)] : []),
    resource("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter", "entered", subscription),
    resource("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter", "elsewhere", {
      ...subscription,
      logGroup: "/nowhere",
    }),
    resource("aws:sfn/stateMachine:StateMachine", "flow", machine, {
      arn: arn("states", "stateMachine:flow"),
    }),
  );
}

const warnings: string[] = [];
let cloud: LocalCloud;

beforeAll(async () => {
  const directory = temporaryDirectory();
  cloud = await realise(graph({ permitted: true }), {
    programDirectory: directory,
    runDirectory: join(directory, "run"),
    region,
    minuteSeconds: 5,
    iam: "strict",
    logDelay: { leastMs: 10, mostMs: 20 },
    warn: (message) => warnings.push(message),
  });
});

afterAll(async () => {
  await cloud.close();
});

const client = () => ({ endpoint: cloud.endpoint, region, credentials: cloud.credentials });

async function messages(logGroupName: string, filterPattern = ""): Promise<readonly string[]> {
  const logs = new CloudWatchLogsClient(client());
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern }));
  logs.destroy();
  return events.map(({ message = "" }) => message);
}

test("an execution's log wakes the function that subscribed to it, whose failure goes to its queue", async () => {
  const states = new SFNClient(client());
  const { executionArn = "" } = await states.send(
    new StartExecutionCommand({ stateMachineArn: arn("states", "stateMachine:flow"), input: '{"secret":1}' }),
  );
  states.destroy();
  let woken: readonly string[] = [];
  await until("the function has printed", async () => {
    woken = await messages("/aws/lambda/wake");
    return woken.some((line) => line.startsWith("minute"));
  });
  const records = (await messages(stateLogs)).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(records.map(({ type }) => type)).toEqual([
    "ExecutionStarted",
    "PassStateEntered",
    "PassStateExited",
    "ExecutionSucceeded",
  ]);
  expect(records.every((record) => record["execution_arn"] === executionArn)).toBe(true);
  expect(JSON.stringify(records)).not.toContain("secret");
  const [line = ""] = woken;
  expect(JSON.parse(line.replace("woken by ", ""))).toEqual(records[1]);
  expect(woken).toContain("minute 5");

  const sqs = new SQSClient(client());
  const receive = new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 5 });
  const [message] = (await sqs.send(receive)).Messages ?? [];
  sqs.destroy();
  expect(JSON.parse(message?.Body ?? "")).toMatchObject({
    requestContext: { condition: "RetriesExhausted" },
    responsePayload: { errorMessage: "on purpose" },
  });
  expect(warnings).toEqual([]);
});

test("a parameter of the graph is read", async () => {
  const ssm = new SSMClient(client());
  expect((await ssm.send(new GetParameterCommand({ Name: "/setting" }))).Parameter?.Value).toBe("7");
  ssm.destroy();
});

test("what runs of them is called running, and what can't be says why", () => {
  const found = Object.fromEntries(
    cloud.resources.map(({ type, name, status, why }) => [
      `${type.split(":")[2] ?? ""} ${name}`,
      [status, why],
    ]),
  );
  expect(found).toMatchObject({
    "Queue failed": ["running", expect.any(String)],
    "Parameter setting": ["running", expect.any(String)],
    "LogGroup states": ["running", expect.any(String)],
    "FunctionEventInvokeConfig wake": ["running", expect.any(String)],
    "LogSubscriptionFilter entered": ["running", expect.any(String)],
    "LogSubscriptionFilter elsewhere": ["recorded", "there is no log group /nowhere here"],
  });
});

test("under strict IAM a filter whose function does not let CloudWatch Logs in is refused, as on AWS", async () => {
  const directory = temporaryDirectory();
  const attempt = realise(graph({ permitted: false }), {
    programDirectory: directory,
    runDirectory: join(directory, "run"),
    region,
    minuteSeconds: 5,
    iam: "strict",
    warn: () => undefined,
  });
  await expect(attempt).rejects.toThrow(/logs\.amazonaws\.com.*lambda:InvokeFunction/);
});
