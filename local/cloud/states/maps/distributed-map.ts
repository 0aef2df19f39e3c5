/**
 * A Map of Mode DISTRIBUTED: a Map Run, whose items are each the input of an execution of their own.
 * https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
 */
import { randomUUID } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import type { Json } from "../../../graph";
import type { ItemProcessor, MapState } from "../definition/asl";
import {
  appendAside,
  appendEvent,
  manyListeners,
  note,
  takeNote,
  writtenNext,
  type Branch,
  type ChildExecution,
} from "../branch";
import type { Execution } from "../executions/execution";
import { batches, batchingOf, itemsOf, selectItem, type Batching, type Unit } from "./item-batcher";
import { itemSource } from "./item-reader";
import { fieldError, numberField, wholeField } from "./map-fields";
import { labelOfMap, newCounts, type Counts, type MapRun } from "./map-runs";
import type { Query } from "../expressions/query";
import { resultTarget, writeResults } from "./result-writer";
import { Aborted, StateError, type Failure } from "../state-error";

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MOST_CHILDREN_AT_ONCE = 10_000;
/** So many children are started before others get their turn. */
const STARTED_IN_ONE_TURN = 50;

export async function runDistributedMap(
  branch: Branch,
  name: string,
  state: MapState,
  processor: ItemProcessor,
  query: Query,
): Promise<Json> {
  const { surroundings } = branch;
  const call = { caller: surroundings.caller, region: surroundings.region, signal: branch.signal };
  const inPlace = state.ItemReader === undefined ? await itemsOf(branch, state, query) : null;
  const maxConcurrency = await concurrencyOf(query);
  appendEvent(branch, "MapStateStarted", { length: inPlace?.length ?? 0 });
  const bounds = await boundsOf(query);
  const batching = await batchingOf(state.ItemBatcher, query);
  const source =
    state.ItemReader === undefined
      ? null
      : await itemSource(state.ItemReader, query, surroundings.objects, call);
  const target = await resultTarget(state.ResultWriter, query);
  const run = openRun(branch, labelOfMap(state, surroundings.machineArn, name), {
    maxConcurrency,
    ...bounds,
  });
  appendEvent(branch, "MapRunStarted", { mapRunArn: run.arn });
  const known = takeNote(branch, "map-run-ended");
  if (known?.failure !== undefined) throw failRun(branch, known.failure);
  if (known !== null) return succeedRun(branch, known.output ?? null);
  try {
    const items = inPlace ?? (await source?.read()) ?? [];
    const units = await unitsOf(state, items, batching, query);
    const executions = await runChildren(branch, run, units, processor);
    const output =
      target === null
        ? outputsOf(executions)
        : await writeResults(target, executions, run.arn, surroundings.objects, call);
    if (target !== null) written(run);
    if (exceeded(run)) throw thresholdExceeded();
    close(branch, run, "SUCCEEDED");
    note(branch, { kind: "map-run-ended", output });
    return succeedRun(branch, output);
  } catch (error) {
    close(branch, run, error instanceof Aborted ? "ABORTED" : "FAILED");
    if (!(error instanceof StateError)) throw error;
    note(branch, { kind: "map-run-ended", failure: error.failure });
    throw failRun(branch, error.failure);
  }
}

function succeedRun(branch: Branch, output: Json): Json {
  const startedId = branch.previousEventId;
  appendEvent(branch, "MapRunSucceeded");
  appendAside(branch, "MapStateSucceeded");
  // What comes next follows the start of the run: so AWS has written it since November 2024.
  branch.previousEventId = startedId;
  return output;
}

/** What is wrong with a selector or a batch is the state's own error, and says where it arose. */
function failRun(branch: Branch, failure: Failure): StateError {
  const { error, cause } = failure;
  appendEvent(branch, "MapRunFailed", { error, cause });
  return new StateError(failure, true);
}

async function concurrencyOf(query: Query): Promise<number> {
  const wanted = (await wholeField("MaxConcurrency", query)) ?? 0;
  if (wanted < 0) throw fieldError("MaxConcurrency", query, "MaxConcurrency cannot be negative.");
  return wanted;
}

async function boundsOf(
  query: Query,
): Promise<{ toleratedFailureCount: number; toleratedFailurePercentage: number }> {
  const count = (await wholeField("ToleratedFailureCount", query)) ?? 0;
  if (count < 0)
    throw fieldError("ToleratedFailureCount", query, "ToleratedFailureCount cannot be negative.");
  const percentage = (await numberField("ToleratedFailurePercentage", query)) ?? 0;
  if (percentage < 0 || percentage > 100)
    throw fieldError(
      "ToleratedFailurePercentage",
      query,
      "ToleratedFailurePercentage must be between 0 and 100.",
    );
  return { toleratedFailureCount: count, toleratedFailurePercentage: percentage };
}

function openRun(
  branch: Branch,
  label: string,
  bounds: Pick<MapRun, "maxConcurrency" | "toleratedFailureCount" | "toleratedFailurePercentage">,
): MapRun {
  const { machineArn, clock, execution, mapRuns } = branch.surroundings;
  const known = writtenNext(branch, "MapRunStarted")?.event.details?.["mapRunArn"];
  if (typeof known === "string") return mapRuns.find(known);
  const run: MapRun = {
    ...bounds,
    arn: `${machineArn.replace(":stateMachine:", ":mapRun:")}/${label}:${randomUUID()}`,
    executionArn: execution.arn,
    stateMachineArn: `${machineArn}/${label}`,
    startedMs: clock.now(),
    stoppedMs: null,
    status: "RUNNING",
    itemCounts: newCounts(),
    executionCounts: newCounts(),
    redriveCount: 0,
    redrivenMs: null,
    onUpdated: () => undefined,
  };
  mapRuns.add(run);
  return run;
}

function close({ surroundings }: Branch, run: MapRun, status: "SUCCEEDED" | "FAILED" | "ABORTED"): void {
  run.status = status;
  run.stoppedMs ??= surroundings.clock.now();
  surroundings.mapRuns.ended(run);
}

async function unitsOf(
  state: MapState,
  items: readonly Json[],
  batching: Batching | null,
  query: Query,
): Promise<readonly Unit[]> {
  const selected: Json[] = [];
  for (const [index, item] of items.entries()) {
    const input = selectItem(state, item, index, query);
    selected.push(input instanceof Promise ? await input : input);
  }
  return batching === null ? selected.map((input) => ({ input, items: 1 })) : batches(selected, batching);
}

/** Runs a child for each unit, so many at once as the run allows, until too many have failed. */
async function runChildren(
  branch: Branch,
  run: MapRun,
  units: readonly Unit[],
  processor: ItemProcessor,
): Promise<readonly Execution[]> {
  Object.assign(run.itemCounts, newCounts(sumOf(units)));
  Object.assign(run.executionCounts, newCounts(units.length));
  const known = branch.surroundings.childrenOf(run.arn);
  const stop = new AbortController();
  const signal = manyListeners(AbortSignal.any([branch.signal, stop.signal]));
  const executions: Execution[] = [];
  const ends: Promise<void>[] = [];
  let running = 0;
  let wake = (): void => undefined;
  run.onUpdated = () => {
    wake();
  };
  const room = async (): Promise<void> => {
    while (running >= limitOf(run) && !signal.aborted)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  };
  branch.signal.addEventListener("abort", () => {
    wake();
  });
  for (const [index, unit] of units.entries()) {
    const before = known.get(index);
    if (before === undefined) {
      await room();
      if (signal.aborted || exceeded(run)) continue;
    }
    const child = before ?? startChild(branch, run, { ...unit, index }, processor);
    executions.push(child.execution);
    running += 1;
    move(run, unit, "pending", "running");
    ends.push(
      child.ended(signal).then(() => {
        running -= 1;
        if (child.execution.status === "RUNNING") child.stop({ error: undefined, cause: undefined });
        move(run, unit, "running", countOf(child.execution));
        if (exceeded(run)) stop.abort();
        wake();
      }),
    );
    if (index % STARTED_IN_ONE_TURN === STARTED_IN_ONE_TURN - 1) await turn();
  }
  await Promise.all(ends);
  if (branch.signal.aborted) throw new Aborted();
  return executions;
}

function startChild(
  { surroundings }: Branch,
  run: MapRun,
  { input, index }: Unit & { readonly index: number },
  processor: ItemProcessor,
): ChildExecution {
  const name = randomUUID();
  return surroundings.startChild({
    arn: `${run.stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`,
    name,
    target: surroundings.execution.target,
    input: JSON.stringify(input),
    definition: processor,
    type: processor.ProcessorConfig?.ExecutionType ?? "STANDARD",
    mapRunArn: run.arn,
    mapIndex: index,
  });
}

function sumOf(units: readonly Unit[]): number {
  return units.reduce((sum, { items }) => sum + items, 0);
}

function limitOf({ maxConcurrency }: MapRun): number {
  return maxConcurrency === 0 ? MOST_CHILDREN_AT_ONCE : Math.min(maxConcurrency, MOST_CHILDREN_AT_ONCE);
}

type Place = Exclude<keyof Counts, "total" | "resultsWritten">;

function move(run: MapRun, { items }: Unit, from: Place, to: Place): void {
  run.executionCounts[from] -= 1;
  run.executionCounts[to] += 1;
  run.itemCounts[from] -= items;
  run.itemCounts[to] += items;
}

function countOf({ status }: Execution): Place {
  switch (status) {
    case "SUCCEEDED":
      return "succeeded";
    case "TIMED_OUT":
      return "timedOut";
    case "FAILED":
      return "failed";
    case "ABORTED":
    case "RUNNING":
      return "aborted";
  }
}

function written(run: MapRun): void {
  for (const counts of [run.itemCounts, run.executionCounts])
    counts.resultsWritten = counts.succeeded + counts.failed + counts.timedOut;
}

/** Either bound, where it is set; without any, one failure is too many. */
function exceeded({ itemCounts, toleratedFailureCount, toleratedFailurePercentage }: MapRun): boolean {
  const failed = itemCounts.failed + itemCounts.timedOut;
  if (failed === 0) return false;
  if (toleratedFailureCount === 0 && toleratedFailurePercentage === 0) return true;
  if (toleratedFailureCount > 0 && failed > toleratedFailureCount) return true;
  return toleratedFailurePercentage > 0 && (100 * failed) / itemCounts.total > toleratedFailurePercentage;
}

function thresholdExceeded(): StateError {
  return new StateError(
    {
      error: "States.ExceedToleratedFailureThreshold",
      cause: "The specified tolerated failure threshold was exceeded",
    },
    true,
  );
}

/** In the order of the items, without those that failed and were tolerated. */
function outputsOf(executions: readonly Execution[]): Json {
  return executions
    .filter(({ status }) => status === "SUCCEEDED")
    .map(({ output }) => JSON.parse(output ?? "null") as Json);
}
