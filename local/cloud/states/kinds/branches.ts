/** Map and Parallel: branches that run at once, and end together when one of them fails. */
import type { Json } from "../../../graph";
import type { JsonObject, MapState, ParallelState, StateGraph } from "../definition/asl";
import {
  appendAside,
  appendEvent,
  fork,
  manyListeners,
  note,
  passOver,
  takeNote,
  type Branch,
  type RunGraph,
} from "../branch";
import { newCheckpoint, type PartProgress } from "../executions/checkpoint";
import { runDistributedMap } from "../maps/distributed-map";
import { itemsOf, selectItem } from "../maps/item-batcher";
import { fieldError, wholeField } from "../maps/map-fields";
import type { Query } from "../expressions/query";
import { Aborted, StateError, type Failure } from "../state-error";
import { sleep } from "../waiting";

/** Iterations of an inline Map that run at once, whatever MaxConcurrency says. @see https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html */
const INLINE_CONCURRENCY = 40;

/** One item of a Map, or one branch of a Parallel. */
interface Part {
  readonly graph: StateGraph;
  readonly context: JsonObject;
  /** Evaluated when the part starts. */
  readonly input: () => Json | Promise<Json>;
}

/** The events by which AWS tells where a part stands; a Parallel has none. */
type Announce = (
  branch: Branch,
  event: "Started" | "Succeeded" | "Failed" | "Aborted",
  index: number,
) => number;

export async function runMap(
  branch: Branch,
  name: string,
  state: MapState,
  query: Query,
  runGraph: RunGraph,
): Promise<Json> {
  const graph = state.ItemProcessor ?? state.Iterator;
  if (graph === undefined) throw new Error("A Map without ItemProcessor passed the check at creation.");
  if (graph.ProcessorConfig?.Mode === "DISTRIBUTED")
    return runDistributedMap(branch, name, state, graph, query);
  const items = await itemsOf(branch, state, query);
  const parts = items.map((item, index) => {
    const context = { Map: { Item: { Index: index, Value: item } } };
    return { graph, context, input: () => selectItem(state, item, index, query) };
  });
  const concurrency = await concurrencyOf(query);
  const announce: Announce = (of, event, index) => appendAside(of, `MapIteration${event}`, { name, index });
  appendEvent(branch, "MapStateStarted", { length: items.length });
  const outputs = await runParts(branch, parts, concurrency, announce, runGraph);
  appendAside(branch, "MapStateSucceeded");
  return outputs;
}

export async function runParallel(
  branch: Branch,
  state: ParallelState,
  input: Json,
  runGraph: RunGraph,
): Promise<Json> {
  const parts = state.Branches.map((graph) => ({ graph, context: {}, input: () => input }));
  appendEvent(branch, "ParallelStateStarted");
  const silent: Announce = (of) => of.previousEventId;
  const outputs = await runParts(branch, parts, parts.length, silent, runGraph);
  appendAside(branch, "ParallelStateSucceeded");
  return outputs;
}

/** What ended the parts before their time. */
type Breach =
  | { readonly kind: "failed"; readonly part: Branch; readonly index: number; readonly failure: Failure }
  | { readonly kind: "broken"; readonly error: unknown };

async function runParts(
  parent: Branch,
  parts: readonly Part[],
  concurrency: number,
  announce: Announce,
  runGraph: RunGraph,
): Promise<Json[]> {
  const known = takeNote(parent, "parts-failed");
  if (known !== null) {
    parent.previousEventId = known.previousEventId;
    passOver(parent, TOLD_TOGETHER);
    throw new StateError(known.failure, true);
  }
  const siblings = new AbortController();
  const signal = manyListeners(AbortSignal.any([parent.signal, siblings.signal]));
  const outputs = new Array<Json>(parts.length);
  const running = new Map<number, Branch>();
  const progress = parent.checkpoint.position?.parts ?? new Map<number, PartProgress>();
  const looseEndIds = [...progress.values()].flatMap(({ looseEndId = [] }) => looseEndId);
  let started = 0;
  let lastEventId = parent.previousEventId;
  let breach: Breach | null = null;

  /** A lane runs one part after another; the next follows the last event of the one before. */
  async function lane(): Promise<void> {
    let previousEventId: number | null = null;
    for (let index = started++; index < parts.length && !signal.aborted; index = started++) {
      const { graph, context, input } = parts[index] as Part;
      const before = progress.get(index);
      if (before?.output !== undefined) {
        outputs[index] = before.output;
        lastEventId = Math.max(lastEventId, before.succeededId ?? 0);
        continue;
      }
      const checkpoint = before?.checkpoint ?? newCheckpoint(parent.variables.inner());
      const part = fork(parent, signal, context, checkpoint, index);
      progress.set(index, { checkpoint });
      running.set(index, part);
      // After a restart it has been told already that the part was started.
      if (checkpoint.restart === null) {
        part.previousEventId = previousEventId ?? looseEndIds.shift() ?? parent.previousEventId;
        part.previousEventId = announce(part, "Started", index);
      }
      // All lanes start before the first state of any is entered.
      await Promise.resolve();
      const given = checkpoint.position === null ? input() : null;
      const end = await runGraph(part, graph, given instanceof Promise ? await given : given);
      if (end.kind === "failed") {
        breach ??= { kind: "failed", part, index, failure: end.failure };
        // Those that run into their time-outs at the same instant are told of before anything is aborted.
        if (end.failure.error === "States.Timeout") await sleep(parent.surroundings.clock, 0, signal);
        siblings.abort();
        return;
      }
      running.delete(index);
      outputs[index] = end.output;
      progress.set(index, { checkpoint, output: end.output });
      lastEventId = Math.max(lastEventId, announce(part, "Succeeded", index));
      previousEventId = part.previousEventId;
    }
  }

  const guarded = async (): Promise<void> => {
    try {
      await lane();
    } catch (error) {
      if (!(error instanceof Aborted)) breach ??= { kind: "broken", error };
      siblings.abort();
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, parts.length) }, guarded));
  if (parent.signal.aborted) throw new Aborted();
  const end = breach as Breach | null;
  if (end?.kind === "broken") throw end.error;
  if (end?.kind === "failed") throw failTogether(parent, end.part, end.index, end.failure, running, announce);
  parent.previousEventId = lastEventId;
  return outputs;
}

/** Writes who failed and who was ended for it, each after the event of the failure, in AWS's order. */
function failTogether(
  parent: Branch,
  failed: Branch,
  failedIndex: number,
  failure: Failure,
  running: ReadonlyMap<number, Branch>,
  announce: Announce,
): StateError {
  parent.previousEventId = failed.previousEventId;
  note(parent, { kind: "parts-failed", failure, previousEventId: failed.previousEventId });
  announce(parent, "Failed", failedIndex);
  if (failed.running === "Task") appendAside(parent, "TaskStateAborted");
  for (const [index, sibling] of running) {
    if (index === failedIndex) continue;
    announce(parent, "Aborted", index);
    if (sibling.running !== null && LASTING.has(sibling.running))
      appendAside(parent, `${sibling.running}StateAborted`);
  }
  return new StateError(failure, true);
}

/** The events of failTogether, all written in one turn. */
const TOLD_TOGETHER = /^(MapIteration(Failed|Aborted)|(Task|Wait|Map|Parallel)StateAborted)$/;

/** The kinds of state that can be ended while they run, and have an event for it. */
const LASTING: ReadonlySet<string> = new Set(["Task", "Wait", "Map", "Parallel"]);

async function concurrencyOf(query: Query): Promise<number> {
  const wanted = (await wholeField("MaxConcurrency", query)) ?? 0;
  if (wanted < 0) throw fieldError("MaxConcurrency", query, "MaxConcurrency cannot be negative.");
  return wanted === 0 ? INLINE_CONCURRENCY : Math.min(wanted, INLINE_CONCURRENCY);
}
