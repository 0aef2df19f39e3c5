/** A local cloud with one state machine of one task, which an activity's worker runs. */
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { createAccess } from "../../local/cloud/access";
import { systemClock } from "../../local/cloud/clock";
import { startServer } from "../../local/cloud/server";
import { createSts } from "../../local/cloud/sts";
import { createStates } from "../../local/cloud/states/states";

export const REGION = "eu-central-1";
const ACCOUNT = "123456789012";
export const ACTIVITY_ARN = `arn:aws:states:${REGION}:${ACCOUNT}:activity:detect`;
const MACHINE_ARN = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:catalogue`;
const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/workflow`;
export const FUNCTION_ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/function`;

export interface Cloud {
  /** What a worker needs to find it, and to be somebody. */
  readonly environment: Readonly<Record<string, string>>;
  /** The output of an execution; rejects with its error and cause. */
  execute(input: object): Promise<unknown>;
  /** The role of whoever has these keys; null when nobody has. */
  roleOf(accessKeyId: string): string | null;
  close(): Promise<void>;
}

export async function startCloud(): Promise<Cloud> {
  const access = createAccess();
  const states = createStates({
    access,
    clock: systemClock,
    region: REGION,
    accountId: ACCOUNT,
    metrics: { record: () => undefined },
    invoker: { invoke: () => Promise.reject(new Error("There is no Lambda here.")) },
  });
  states.createActivity({ arn: ACTIVITY_ARN, name: "detect" });
  const detect = { Type: "Task", Resource: ACTIVITY_ARN, TimeoutSeconds: 60, End: true };
  states.createStateMachine({
    arn: MACHINE_ARN,
    name: "catalogue",
    definition: JSON.stringify({ StartAt: "Detect", States: { Detect: detect } }),
    roleArn: ROLE_ARN,
    type: "STANDARD",
  });
  const server = await startServer(access, [states.service, createSts(access)]);
  const credentials = access.issue(`arn:aws:iam::${ACCOUNT}:role/worker`);
  const client = new SFNClient({ endpoint: server.endpoint, region: REGION, credentials });
  const ended = new Map<string, () => void>();
  states.onEvent((arn, { type }) => {
    if (/^Execution(?!Started)/.test(type)) ended.get(arn)?.();
  });
  return {
    environment: {
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
    },
    async execute(input) {
      const { executionArn = "" } = await client.send(
        new StartExecutionCommand({ stateMachineArn: MACHINE_ARN, input: JSON.stringify(input) }),
      );
      const end = new Promise<void>((resolve) => ended.set(executionArn, resolve));
      const describe = new DescribeExecutionCommand({ executionArn });
      // It may have ended before anybody listened.
      if ((await client.send(describe)).status === "RUNNING") await end;
      const { status, output = "null", error, cause } = await client.send(describe);
      if (status !== "SUCCEEDED") throw new Error(`${String(status)}: ${String(error)}: ${String(cause)}`);
      return JSON.parse(output) as unknown;
    },
    roleOf: (accessKeyId) => access.principalOf(accessKeyId)?.arn ?? null,
    async close() {
      await states.close();
      client.destroy();
      await server.close();
    },
  };
}
