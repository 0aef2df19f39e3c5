/** What a run of `npm start` says at its end: one object for machines, and the same for people. */
import type { PoolFacts } from "../cloud/ecs/ecs";
import type { FaultCounts } from "../cloud/faults/faults";
import { iamLines, type IamReport } from "../iam/report";
import { percentile, type Statistics } from "./statistics";

export interface PoolReport {
  readonly activity: string;
  readonly function: string;
  readonly placement: PoolFacts["placement"];
  readonly gpu: boolean;
  /** How many tasks workers started. */
  readonly tasks: number;
  readonly peakWorkers: number;
  /** Workers left when the run ended, before anything was torn down. */
  readonly endWorkers: number;
  /** From scheduled to started, nearest rank; null where nothing was started. */
  readonly waitMs: { readonly p50: number | null; readonly p95: number | null };
}

/** Why a run failed: an execution's error and cause, or our own. */
export interface RunError {
  readonly name: string;
  readonly cause: string;
}

/** The last line of `npm start -- --json`. What is not known is null. */
export interface RunReport {
  /** Null when it could not be told from the arguments. */
  readonly stack: string | null;
  readonly executions: { readonly started: number; readonly succeeded: number; readonly failed: number };
  readonly objects: number | null;
  /** Path of catalogue.json. */
  readonly catalogue: string | null;
  /** Path of the picture with a box around each object. */
  readonly annotated: string | null;
  readonly pools: readonly PoolReport[];
  readonly resources: { readonly running: number; readonly recorded: number } | null;
  readonly workerPids: readonly number[];
  /** From the command to the first task that ended. */
  readonly firstTaskSeconds: number | null;
  readonly wallSeconds: number;
  readonly leftoverProcesses: number | null;
  /** How often each fault that was asked for has struck. */
  readonly faults: FaultCounts;
  /** Null when the stack never stood. */
  readonly iam: IamReport | null;
  readonly error?: RunError;
}

export function poolReport(facts: PoolFacts, statistics: Statistics): PoolReport {
  const waits = statistics.waitsMs(facts.activityArn);
  return {
    activity: facts.activity,
    function: facts.function,
    placement: facts.placement,
    gpu: facts.gpu,
    tasks: waits.length,
    peakWorkers: facts.peakWorkers,
    endWorkers: facts.runningCount,
    waitMs: { p50: percentile(waits, 50), p95: percentile(waits, 95) },
  };
}

/** The report of a run that never stood. */
export function failedReport(stack: string | null, error: RunError, wallSeconds: number): RunReport {
  return {
    stack,
    executions: { started: 0, succeeded: 0, failed: 0 },
    objects: null,
    catalogue: null,
    annotated: null,
    pools: [],
    resources: null,
    workerPids: [],
    firstTaskSeconds: null,
    wallSeconds,
    leftoverProcesses: null,
    faults: {},
    iam: null,
    error,
  };
}

export function errorOf(problem: unknown): RunError {
  return problem instanceof Error
    ? { name: problem.name, cause: problem.message }
    : { name: "Error", cause: String(problem) };
}

/** An error for people: of a function's error, which is JSON with its stack, the sentence alone. */
export function errorLine({ name, cause }: RunError): string {
  return `${name}: ${errorMessageOf(cause) ?? cause}`;
}

/** Of what a Lambda function leaves as its cause: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */
function errorMessageOf(cause: string): string | null {
  try {
    const { errorMessage } = JSON.parse(cause) as { readonly errorMessage?: unknown };
    return typeof errorMessage === "string" && errorMessage !== "" ? errorMessage : null;
  } catch {
    return null;
  }
}

/** What a run found and what each pool did, for people. */
export function resultLines(
  result: Pick<RunReport, "catalogue" | "annotated">,
  pools: readonly PoolReport[],
): readonly string[] {
  return [
    `catalogue: ${result.catalogue ?? "none"}`,
    `annotated: ${result.annotated ?? "none"}`,
    ...poolLines(pools),
  ];
}

/** What can be told only when nothing runs any more. */
export function endLines({ faults, iam }: Pick<RunReport, "faults" | "iam">): readonly string[] {
  return [...faultLines(faults), ...(iam === null ? [] : iamLines(iam))];
}

function faultLines(faults: FaultCounts): readonly string[] {
  const counts = Object.entries(faults).map(([kind, times]) => `${kind} ${String(times)}`);
  return counts.length === 0 ? [] : [`faults on purpose: ${counts.join(", ")}`];
}

function poolLines(pools: readonly PoolReport[]): readonly string[] {
  return pools.map((pool) => {
    const where = pool.gpu ? `${pool.placement}, GPU` : pool.placement;
    const waits = `wait p50 ${seconds(pool.waitMs.p50)}, p95 ${seconds(pool.waitMs.p95)}`;
    return `${pool.function} (${where}): ${count(pool.tasks, "task")}, at most ${count(pool.peakWorkers, "worker")}, ${waits}`;
  });
}

export function count(number: number, thing: string): string {
  return `${String(number)} ${thing}${number === 1 ? "" : "s"}`;
}

function seconds(milliseconds: number | null): string {
  return milliseconds === null ? "none" : `${(milliseconds / 1000).toFixed(1)} s`;
}
