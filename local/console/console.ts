/** The console: a page that shows the local cloud while it lives, and lets people act on it. */
import { createActions } from "./actions";
import { followExecutions } from "./executions";
import { faultsNow } from "./faults";
import { createFeed } from "./feed";
import type { Counts, Hello, MachineChoice } from "./messages";
import { watchPools } from "./pools";
import { createQuestions } from "./questions";
import { startConsoleServer } from "./server";
import type { Principal } from "../cloud/access";
import type { LocalCloud } from "../cloud/realise";
import type { Graph } from "../graph";

/** What the console needs of a local cloud. */
export type ShownCloud = Pick<
  LocalCloud,
  | "endpoint"
  | "region"
  | "credentials"
  | "runId"
  | "access"
  | "states"
  | "pools"
  | "workers"
  | "onPurpose"
  | "logDirectory"
  | "runs"
>;

export interface ConsoleOptions {
  readonly cloud: ShownCloud;
  readonly graph: Graph;
  /** Of the console itself; 0 picks a free one. */
  readonly port: number;
  readonly minuteSeconds: number;
  /** What the form begins with. @default an empty object for each state machine */
  readonly sample?: Sample | undefined;
}

/** How the sample workflow is started. */
export interface Sample {
  readonly stateMachineArn: string;
  /** The role that executions are started as; null: by whoever runs this. */
  readonly callerRoleArn: string | null;
  readonly input: object;
}

export interface Console {
  /** For a browser on this machine. */
  readonly url: string;
  /** Ends every connection, and gives the port back. */
  close(): Promise<void>;
}

const SESSION_NAME = "console";

/** Rejects with the system's EADDRINUSE when the port is taken. */
export async function openConsole({
  cloud,
  graph,
  port,
  minuteSeconds,
  sample,
}: ConsoleOptions): Promise<Console> {
  const { states, access } = cloud;
  const person = access.principalOf(cloud.credentials.accessKeyId) ?? { arn: "" };
  const executions = followExecutions(states, resourceNames(graph));
  const pools = watchPools(cloud, executions, Date.now);
  const callerOf = (arn: string): Principal =>
    sample?.callerRoleArn != null && arn === sample.stateMachineArn
      ? { arn: sample.callerRoleArn, sessionName: SESSION_NAME }
      : person;

  const hello = (): Hello => ({
    runId: cloud.runId,
    stack: graph.stack,
    region: cloud.region,
    endpoint: cloud.endpoint,
    minuteSeconds,
    iamMode: access.mode,
    machines: machineChoices(cloud, sample),
  });
  const counts = (): Counts => ({
    executions: executions.own.counts(),
    children: executions.children.counts(),
    revision: executions.own.revision() + executions.children.revision(),
    workers: cloud.pools().reduce((total, { runningCount }) => total + runningCount, 0),
    refused: access.refused().length,
    faults: cloud.onPurpose.specs().length,
  });
  const feed = createFeed({
    hello,
    counts,
    pools: pools.now,
    samples: pools.samples,
    onSample: pools.onSample,
    execution: executions.now,
    faults: () => faultsNow(cloud.onPurpose),
  });
  const stop = (): void => {
    feed.close();
    pools.stop();
    executions.stop();
  };
  try {
    const server = await startConsoleServer({
      port,
      feed,
      questions: createQuestions(cloud, graph, executions, pools),
      actions: createActions(cloud, person, callerOf),
    });
    return {
      url: server.url,
      async close() {
        stop();
        await server.close();
      },
    };
  } catch (error) {
    stop();
    throw error;
  }
}

/** Each state machine by its aliases, or by itself; the sample's comes first. */
function machineChoices({ states }: ShownCloud, sample: Sample | undefined): readonly MachineChoice[] {
  const choices = states.view.machines().flatMap(({ arn, name, aliases }): readonly MachineChoice[] => {
    const named = [...aliases.values()].map((alias) => ({ arn: alias.arn, name: `${name}, ${alias.name}` }));
    return (named.length > 0 ? named : [{ arn, name }]).map((each) => ({
      ...each,
      input: JSON.stringify(each.arn === sample?.stateMachineArn ? sample.input : {}, null, 2),
    }));
  });
  const isSample = ({ arn }: MachineChoice): boolean => arn === sample?.stateMachineArn;
  return [...choices.filter(isSample), ...choices.filter((choice) => !isSample(choice))];
}

/** What a state calls, by the name that the program gave it. */
function resourceNames(graph: Graph): (resource: string) => string {
  const names = new Map<string, string>();
  for (const { name, type, outputs } of graph.resources) {
    const { arn } = outputs;
    if (typeof arn !== "string") continue;
    if (type === "aws:sfn/activity:Activity") names.set(arn, `activity ${name}`);
    if (type === "aws:lambda/function:Function") names.set(arn, `Lambda ${name}`);
  }
  return (resource) =>
    names.get(resource) ??
    names.get(resource.replace(/(:function:[^:]+):.*$/, "$1")) ??
    resource.slice(resource.lastIndexOf(":::") + 1).replace(/^::/, "");
}
