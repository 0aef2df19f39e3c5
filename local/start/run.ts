/** One run of `npm start`: the stack is brought up, the sample workflow runs on it, and all of it ends. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { leftoverProcesses } from "../cloud/processes";
import type { LocalCloud } from "../cloud/realise";
import { aborted } from "../command-line";
import type { Console } from "../console/console";
import type { Graph } from "../graph";
import { iamProblem, iamReport } from "../iam/report";
import type { StartArguments } from "./arguments";
import { bringUp, resourceCounts, type BringUpOptions } from "./bring-up";
import { openRunConsole } from "./console";
import { watchRefusals, writeCalls } from "./refusals";
import { count, errorOf, poolReport, resultLines, type RunReport } from "./report";
import { watchRun, type Watch } from "./watch";
import { checkImage, type WorkflowOutputs } from "./workflow";
import { workflowExecutions, type WorkflowExecutions } from "./workflow-executions";

/** How long, in minutes of the local cloud, the pools may take to come back to zero before the run ends anyhow. */
const SCALE_IN_MINUTES = 20;
const LOOK_EVERY_MS = 100;
/** What a run's directory need not keep: the objects (the results are copied), code, homes of workers. */
const SCRATCH = ["s3", "code", "tmp", "worker.js"];

const NONE_STARTED: WorkflowExecutions = {
  executions: { started: 1, succeeded: 0, failed: 1 },
  result: null,
  problem: null,
};

export interface RunOptions extends StartArguments, BringUpOptions {
  /** Since the command began. */
  readonly elapsedMs: () => number;
}

/**
 * Resolves with a report, whatever happened, once the stack stood; rejects when it could not be brought up. Nothing is
 * left running in either case. When `signal` aborts (Ctrl-C), what runs is drained.
 */
export async function run(options: RunOptions): Promise<RunReport> {
  if (!(await checkImage(options.image)))
    options.progress.say(`there is no file ${options.image}: the workflow will miss its image`);
  const { cloud, graph } = await bringUp(options);
  const page = await openRunConsole(options, cloud, graph);
  const watch = watchRun(cloud, options.progress, options.elapsedMs);
  const refusals = watchRefusals(cloud.access, {
    ends: options.once,
    minuteSeconds: options.minuteSeconds,
    say: options.progress.say,
  });
  const signal = AbortSignal.any([options.signal, refusals.signal]);
  const { executions, result, problem } = await useStack({ ...options, signal }, cloud, graph, watch, page);
  refusals.stop();
  watch.stop();
  const pools = cloud.pools().map((facts) => poolReport(facts, watch.statistics));
  options.progress.say("draining");
  await page?.close();
  await cloud.close();
  const judged = iamReport(cloud.access, graph);
  // A run that goes on does a part of the workflow only: what it left unused another one may have used.
  const iam = cloud.goneOn.length === 0 ? judged : { ...judged, unused: [] };
  await writeCalls(cloud.access, options.runDirectory);
  const error = iamProblem(iam) ?? (problem === null ? null : errorOf(problem));
  for (const name of SCRATCH) await rm(join(options.runDirectory, name), { recursive: true, force: true });
  return {
    stack: options.stack,
    executions,
    objects: result?.objects ?? null,
    catalogue: result?.catalogue ?? null,
    annotated: result?.annotated ?? null,
    pools,
    resources: resourceCounts(cloud),
    workerPids: cloud.pools().flatMap(({ pids }) => pids),
    firstTaskSeconds: watch.firstTaskSeconds(),
    wallSeconds: options.elapsedMs() / 1000,
    leftoverProcesses: (await leftoverProcesses(cloud.runId)).length,
    faults: cloud.faults(),
    iam,
    ...(error === null ? {} : { error }),
  };
}

/** The workflow, and then the wait for empty pools or for Ctrl-C. Never rejects: the stack is to be torn down in any case. */
async function useStack(
  options: RunOptions,
  cloud: LocalCloud,
  graph: Graph,
  watch: Watch,
  page: Console | null,
): Promise<WorkflowExecutions> {
  const { progress, signal } = options;
  let ended: WorkflowExecutions = NONE_STARTED;
  try {
    ended = await workflowExecutions(cloud, workflowOutputs(graph), options);
    const { result, problem } = ended;
    if (result === null || problem !== null) return ended;
    progress.say(`${count(result.objects, "object")} found`);
    if (options.once) await untilPoolsAreEmpty(options, cloud);
    else {
      const pools = cloud.pools().map((facts) => poolReport(facts, watch.statistics));
      for (const line of [...resultLines(result, pools), ...stayingUp(cloud, page)]) progress.say(line);
      await aborted(signal);
    }
    return ended;
  } catch (problem) {
    return { ...ended, problem };
  }
}

function workflowOutputs(graph: Graph): WorkflowOutputs {
  const text = (name: string): string => {
    const value = graph.outputs[name];
    if (typeof value === "string") return value;
    const found = JSON.stringify(value) ?? "nothing";
    throw new Error(
      `index.ts has no stack output "${name}", got ${found}; export it: the workflow is run by it.`,
    );
  };
  const { callerRoleArn = null } = graph.outputs;
  return {
    workflowArn: text("workflowArn"),
    bucketName: text("bucketName"),
    callerRoleArn: typeof callerRoleArn === "string" ? callerRoleArn : null,
  };
}

async function untilPoolsAreEmpty(
  { signal, minuteSeconds, progress }: RunOptions,
  cloud: LocalCloud,
): Promise<void> {
  progress.say("waiting for the autoscaler to bring the pools back to zero");
  const deadline = Date.now() + SCALE_IN_MINUTES * minuteSeconds * 1000;
  while (Date.now() < deadline && cloud.pools().some((pool) => pool.runningCount + pool.pendingCount > 0)) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function stayingUp({ endpoint, region, credentials }: LocalCloud, page: Console | null): readonly string[] {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return [
    ...(page === null ? [] : [`To look at it, and to start executions: ${page.url}`]),
    "The local cloud stays up until Ctrl-C. To call it from another terminal, by the AWS CLI or any SDK:",
    `export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=${region} AWS_ACCESS_KEY_ID=${accessKeyId} ` +
      `AWS_SECRET_ACCESS_KEY=${secretAccessKey} AWS_SESSION_TOKEN=${sessionToken}`,
  ];
}
