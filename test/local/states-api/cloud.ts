/** A local Step Functions with S3 and SQS beside it, behind real HTTP, with the real SDK client in front. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
  type DescribeExecutionCommandOutput,
  type HistoryEvent,
} from "@aws-sdk/client-sfn";
import { createAccess, type Access } from "../../../local/cloud/access";
import { createS3, type S3 } from "../../../local/cloud/s3/s3";
import { startServer } from "../../../local/cloud/server";
import { createSqs, type Sqs } from "../../../local/cloud/sqs/sqs";
import { createStates, type States } from "../../../local/cloud/states/states";
import type { Outcome } from "../../../worker/outcome";
import { until } from "../states/cloud";
import { createManualClock, type ManualClock } from "../states/manual-clock";

export const REGION = "eu-west-1";
export const ACCOUNT = "123456789012";
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/workflow`;
export const QUEUE_URL = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/tiles`;
export const QUEUE_ARN = `arn:aws:sqs:${REGION}:${ACCOUNT}:tiles`;
export const BUCKET = "images";

export interface ApiCloud {
  readonly access: Access;
  readonly client: SFNClient;
  readonly clock: ManualClock;
  readonly states: States;
  readonly s3: S3;
  readonly sqs: Sqs;
  /** What Lambda was asked. */
  readonly invocations: { readonly functionArn: string; readonly payload: string }[];
  create(name: string, definition: object, type?: "STANDARD" | "EXPRESS"): Promise<string>;
  start(stateMachineArn: string, input?: object): Promise<string>;
  describe(executionArn: string): Promise<DescribeExecutionCommandOutput>;
  events(executionArn: string): Promise<readonly HistoryEvent[]>;
  /** Waits until it has ended, and gives what it came to. */
  ended(executionArn: string): Promise<DescribeExecutionCommandOutput>;
  close(): Promise<void>;
}

/** `answer` plays Lambda. */
export async function startApiCloud(
  answer: (payload: string) => Promise<Outcome> | Outcome = (output) => ({ kind: "success", output }),
): Promise<ApiCloud> {
  const directory = mkdtempSync(join(tmpdir(), "loveless-states-api-"));
  const access = createAccess();
  const clock = createManualClock();
  const s3 = createS3({ access, clock, directory });
  const sqs = createSqs({ access, clock, region: REGION, accountId: ACCOUNT });
  const invocations: { functionArn: string; payload: string }[] = [];
  const services = [s3.service, sqs.service];
  const states = createStates({
    access,
    clock,
    region: REGION,
    accountId: ACCOUNT,
    random: () => 0.5,
    metrics: { record: () => undefined },
    services: (name) => services.find(({ signingName }) => signingName === name),
    invoker: {
      async invoke(functionArn, payload) {
        invocations.push({ functionArn, payload });
        return answer(payload);
      },
    },
  });
  s3.createBucket(BUCKET);
  sqs.createQueue({
    arn: QUEUE_ARN,
    name: "tiles",
    url: QUEUE_URL,
    visibilityTimeoutSeconds: 30,
    delaySeconds: 0,
    receiveWaitTimeSeconds: 0,
    messageRetentionSeconds: 345_600,
    maxMessageSize: 262_144,
    redrive: null,
  });
  const server = await startServer(access, [states.service, ...services]);
  const client = new SFNClient({
    endpoint: server.endpoint,
    region: REGION,
    credentials: access.issue(`arn:aws:iam::${ACCOUNT}:user/laptop`),
    // StartSyncExecution's host begins with `sync-`, which 127.0.0.1 has not.
    disableHostPrefix: true,
  });
  const describe = (executionArn: string): Promise<DescribeExecutionCommandOutput> =>
    client.send(new DescribeExecutionCommand({ executionArn }));
  return {
    access,
    client,
    clock,
    states,
    s3,
    sqs,
    invocations,
    async create(name, definition, type = "STANDARD") {
      const text = JSON.stringify(definition);
      const command = new CreateStateMachineCommand({ name, definition: text, roleArn: ROLE, type });
      return (await client.send(command)).stateMachineArn ?? "";
    },
    async start(stateMachineArn, input = {}) {
      const command = new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) });
      return (await client.send(command)).executionArn ?? "";
    },
    describe,
    async events(executionArn) {
      return (await client.send(new GetExecutionHistoryCommand({ executionArn }))).events ?? [];
    },
    ended: (executionArn) =>
      until(`the end of ${executionArn}`, async () => {
        const execution = await describe(executionArn);
        return execution.status !== "RUNNING" && execution;
      }),
    async close() {
      await states.close();
      client.destroy();
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A state machine of one Task. */
export function only(state: object): object {
  return { StartAt: "S", States: { S: { Type: "Task", ...state, End: true } } };
}

/** What stands under `…EventDetails` of the first event of a type. */
export function detailsOf(events: readonly HistoryEvent[], type: string): unknown {
  const event = events.find((each) => each.type === type);
  return Object.entries(event ?? {}).find(([name]) => name.endsWith("EventDetails"))?.[1];
}

export function types(events: readonly HistoryEvent[]): readonly string[] {
  return events.map((event) => event.type ?? "");
}
