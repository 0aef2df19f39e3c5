/** The bench's local cloud, alone in its process: prints where it is, tells its memory, ends with its standard input. */
import { createInterface } from "node:readline";
import { createAccess } from "../../../local/cloud/access";
import { systemClock } from "../../../local/cloud/clock";
import { createCloudWatch } from "../../../local/cloud/cloudwatch";
import { startServer } from "../../../local/cloud/server";
import { createStates } from "../../../local/cloud/states/states";
import { identitiesOf } from "../../../local/iam/identities";
import {
  ACCOUNT,
  ACTIVITY,
  DEFINITIONS,
  graph,
  LOAD_ROLE,
  MACHINES,
  REGION,
  WORKFLOW_ROLE,
} from "./declared";

async function main(): Promise<void> {
  const clock = systemClock;
  const identities = identitiesOf(graph(), ACCOUNT);
  const access = createAccess({ identities, mode: "strict", region: REGION });
  const cloudWatch = createCloudWatch({ access, clock });
  const states = createStates({
    access,
    clock,
    region: REGION,
    accountId: ACCOUNT,
    metrics: cloudWatch,
    invoker: { invoke: (_arn, payload) => Promise.resolve({ kind: "success", output: payload }) },
  });
  states.createActivity({ arn: ACTIVITY, name: "detect" });
  for (const name of Object.keys(MACHINES) as (keyof typeof MACHINES)[]) {
    const definition = JSON.stringify(DEFINITIONS[name]);
    states.createStateMachine({
      arn: MACHINES[name],
      name,
      definition,
      roleArn: WORKFLOW_ROLE,
      type: "STANDARD",
    });
  }
  const server = await startServer(access, [states.service, cloudWatch.service]);
  const { accessKeyId } = access.issue(LOAD_ROLE);
  say({ endpoint: server.endpoint, accessKeyId });
  const input = createInterface(process.stdin);
  input.on("line", () => {
    say({ rssBytes: process.memoryUsage.rss() });
  });
  input.once("close", () => {
    void states.close().then(server.close);
  });
}

function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

void main();
