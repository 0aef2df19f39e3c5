/** The bench's local cloud, alone in its process, with a state directory if it is given one: prints where it is, tells its memory, ends with its standard input. */
import { createInterface } from "node:readline";
import { createAccess } from "../../../local/cloud/access";
import { systemClock } from "../../../local/cloud/clock";
import { createCloudWatch } from "../../../local/cloud/metrics/cloudwatch";
import { startServer } from "../../../local/cloud/server";
import { openState } from "../../../local/cloud/state-store/state";
import { createStates } from "../../../local/cloud/states/states";
import type { Console } from "../../../local/console/console";
import { identitiesOf } from "../../../local/iam/identities";
import { openBenchConsole } from "./console";
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
  const directory = process.argv[2];
  const state =
    directory === undefined
      ? undefined
      : openState({ directory, stack: "bench", now: clock.now, onFailure: raise });
  const cloudWatch = createCloudWatch({ access, clock, records: state?.metrics });
  const states = createStates({
    access,
    clock,
    region: REGION,
    accountId: ACCOUNT,
    metrics: cloudWatch,
    invoker: { invoke: (_arn, payload) => Promise.resolve({ kind: "success", output: payload }) },
    ...(state === undefined ? {} : { store: state.states }),
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
  let page: Console | null = null;
  input.on("line", (line) => {
    if (line === "rss") say({ rssBytes: process.memoryUsage.rss(), cpu: process.cpuUsage() });
    else if (line === "console") {
      void openBenchConsole({ states, access, endpoint: server.endpoint }).then((opened) => {
        page = opened;
        say({ url: opened.url });
      });
    } else {
      void page?.close().then(() => {
        say({});
      });
    }
  });
  input.once("close", () => {
    void states
      .close()
      .then(server.close)
      .then(() => state?.close());
  });
}

function raise(error: Error): never {
  throw error;
}

function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

void main();
