/** Executions as they are kept, and as they are when they come back. */
import { forRedrive } from "./checkpoint";
import type { Definition, ItemProcessor, StateGraph } from "../definition/asl";
import { labelOfMap } from "../maps/map-runs";
import { newExecution, type Execution, type ExecutionStatus } from "./execution";
import { addToLog } from "./history";
import { isEvent, type JournalEntry, type KeptEvent, type KeptPlan, type StatesStore } from "./journal";
import { unqualified } from "../machines/machine-arn";
import type { Machines, Revision, Target } from "../machines/machines";
import { readCheckpoint } from "./restore";

/** What an execution's journal begins with. */
export function planEntry(execution: Execution): JournalEntry {
  const { arn, name, target, type, mapRunArn, mapIndex, startedMs } = execution;
  return {
    plan: {
      arn,
      name,
      machineArn: target.machine.arn,
      revisionKey: target.revision.key,
      versionArn: target.version?.arn ?? null,
      aliasArn: target.alias?.arn ?? null,
      type,
      mapRunArn,
      mapIndex,
      startedMs,
    },
  };
}

/** All that were kept, oldest first. Those that ran are RUNNING, and do nothing yet. */
export function readExecutions(store: StatesStore, machines: Machines): readonly Execution[] {
  return store.executions().flatMap(({ number, entries }) => {
    const [first, ...rest] = entries;
    if (first === undefined || !("plan" in first)) return [];
    const execution = readExecution(number, first.plan, machines);
    const kept = rest.flatMap((entry) => ("plan" in entry ? [] : entry));
    for (const entry of kept) if (isEvent(entry)) read(execution, entry);
    if (execution.status === "SUCCEEDED") return execution;
    const checkpoint = readCheckpoint(kept);
    execution.checkpoint = execution.status === "RUNNING" ? checkpoint : forRedrive(checkpoint);
    return execution;
  });
}

type Restored = Execution & { input: string };

function readExecution(number: number, plan: KeptPlan, machines: Machines): Restored {
  const { arn, name, type, mapRunArn, mapIndex, startedMs } = plan;
  const target = targetOf(plan, machines);
  const definition = definitionOf(plan, target.revision);
  return newExecution(
    { arn, name, target, input: "{}", definition, type, mapRunArn, mapIndex },
    number,
    startedMs,
  );
}

const ENDS: Readonly<Record<string, ExecutionStatus>> = {
  ExecutionSucceeded: "SUCCEEDED",
  ExecutionFailed: "FAILED",
  ExecutionTimedOut: "TIMED_OUT",
  ExecutionAborted: "ABORTED",
};

function read(execution: Restored, { event, memo }: KeptEvent): void {
  addToLog(execution.log, event, memo);
  const { type, details, timeMs } = event;
  const text = (field: string): string | undefined => {
    const value = details?.[field];
    return typeof value === "string" ? value : undefined;
  };
  const status = ENDS[type];
  if (type === "ExecutionStarted") execution.input = text("input") ?? "{}";
  if (type === "ExecutionRedriven") {
    execution.status = "RUNNING";
    execution.endedMs = null;
    execution.failure = null;
    execution.redriveCount += 1;
    execution.redrivenMs = timeMs;
    execution.redriveToken = memo?.clientToken ?? null;
  }
  if (status === undefined) return;
  execution.status = status;
  execution.endedMs = timeMs;
  execution.output = text("output") ?? null;
  if (status === "FAILED" || status === "ABORTED")
    execution.failure = { error: text("error"), cause: text("cause") };
}

/** What it was started with is kept even where the state machine, its version or its alias is gone. */
function targetOf(plan: KeptPlan, machines: Machines): Target {
  const { machineArn, revisionKey, versionArn, aliasArn, type, startedMs: createdMs } = plan;
  const revision = machines.revision(revisionKey);
  if (revision === undefined) throw new Error(`The definition that ${plan.arn} runs by was not kept.`);
  const machine = machines.list().find(({ arn }) => arn === machineArn) ?? {
    arn: machineArn,
    name: machineArn.split(":")[6] ?? "",
    type,
    createdMs,
    revision,
    lastVersion: 0,
    versions: new Map(),
    aliases: new Map(),
  };
  const number = Number(versionArn?.slice(unqualified(versionArn).length + 1));
  const version = versionArn === null ? null : { arn: versionArn, number, revision, createdMs };
  const alias = aliasArn === null ? null : { arn: aliasArn, name: aliasArn.split(":")[7] ?? "", createdMs };
  return {
    machine,
    revision,
    version: version === null ? null : { description: undefined, ...version },
    alias: alias === null ? null : { description: undefined, routes: [], updatedMs: createdMs, ...alias },
  };
}

/** The state machine's, or that of the Map whose child it is. */
function definitionOf({ arn, machineArn, mapRunArn }: KeptPlan, { definition }: Revision): Definition {
  if (mapRunArn === null) return definition;
  const label = /:execution:[^:/]+\/([^:]+):/.exec(arn)?.[1] ?? "";
  const found = processorOf(definition, machineArn, label);
  if (found === null) throw new Error(`The Map that ${arn} is a child of was not kept.`);
  return found;
}

function processorOf(graph: StateGraph, machineArn: string, label: string): ItemProcessor | null {
  for (const [name, state] of Object.entries(graph.States)) {
    if (state.Type === "Map") {
      const inner = state.ItemProcessor ?? state.Iterator;
      if (inner === undefined) continue;
      const distributed = inner.ProcessorConfig?.Mode === "DISTRIBUTED";
      if (distributed && labelOfMap(state, machineArn, name) === label) return inner;
      const found = processorOf(inner, machineArn, label);
      if (found !== null) return found;
    }
    if (state.Type !== "Parallel") continue;
    for (const branch of state.Branches) {
      const found = processorOf(branch, machineArn, label);
      if (found !== null) return found;
    }
  }
  return null;
}
