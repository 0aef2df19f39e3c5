/**
 * All that a plan is made from, as JSON: what a tick logs, and what `npm run plan` reads. Its form is described in
 * docs/autoscaler.md, and stays.
 */
import * as z from "zod";
import { HISTORY_MINUTES } from "./metrics";
import type { Bin, Known, Observation, PoolObservation } from "./observation";
import { type AutoscalerSettings, parseSettings } from "./settings";

export interface PlanRecord {
  readonly observation: Observation;
  readonly settings: AutoscalerSettings;
  readonly nowMs: number;
}

const amount = z.number().min(0).nullish();
const bin = z.object({
  startMs: z.number(),
  scheduled: amount,
  started: amount,
  ended: amount,
  averageWaitMs: amount,
  runTimeMs: amount,
  running: amount,
  desired: amount,
});
const unknown = z.strictObject({ unknown: z.string() });
const workers = z.object({
  desired: z.int().min(0),
  running: z.int().min(0),
  pending: z.int().min(0).default(0),
});
const deployment = z.object({
  createdMs: z.number(),
  state: z.enum(["IN_PROGRESS", "COMPLETED", "FAILED"]),
  failedStarts: z.int().min(0).default(0),
});
const pool = z.object({
  bins: z.union([z.array(bin), unknown], { error: 'takes a list of bins, or { "unknown": WHY }' }),
  workers: z.union([workers, unknown], { error: 'takes { "desired", "running" }, or { "unknown": WHY }' }),
  deployment: deployment.optional(),
  signalled: z.array(z.object({ atMs: z.number(), tasks: z.number().min(0) })).default([]),
});
const record = z.object({
  observation: z.record(z.string(), pool),
  settings: z.looseObject({ minuteSeconds: z.int().min(1).default(60) }),
  /** Milliseconds since the epoch, or ISO 8601. */
  now: z.union([z.number(), z.iso.datetime({ offset: true })]),
});

/** Bins without a point are left out, and so is each metric without one. */
export function writeRecord({ observation, settings, nowMs }: PlanRecord): {
  readonly observation: object;
  readonly settings: object;
  readonly now: number;
} {
  const value = <T>(known: Known<T>, write: (value: T) => unknown): unknown =>
    known.known ? write(known.value) : { unknown: known.why };
  const pools = [...observation].map(([arn, { bins, workers: counts, deployment: newest, signalled }]) => [
    arn,
    {
      bins: value(bins, (list) => list.map(points).filter((each) => Object.keys(each).length > 1)),
      workers: value(counts, (each) => each),
      ...(newest === undefined ? {} : { deployment: newest }),
      ...(signalled.length === 0 ? {} : { signalled }),
    },
  ]);
  return { observation: Object.fromEntries(pools) as object, settings, now: nowMs };
}

function points(whole: Bin): object {
  return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== null));
}

/** Throws an Error that says which part is wrong. */
export function readRecord(value: unknown): PlanRecord {
  const parsed = record.safeParse(value, { reportInput: true });
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(
      ({ path, message, input }) => `${path.join(".") || "the whole"}: ${message}, got ${shown(input)}`,
    );
    throw new Error(`It is not what a plan is made from: ${wrong.join("; ")}. See docs/autoscaler.md.`);
  }
  const { observation, now } = parsed.data;
  const settings = parseSettings(
    { clusterArn: "arn:unknown", ...parsed.data.settings },
    "settings",
    "See docs/autoscaler.md.",
  );
  const nowMs = typeof now === "number" ? now : Date.parse(now);
  const minuteMs = settings.minuteSeconds * 1000;
  const pools = Object.entries(observation).map(([arn, each]): [string, PoolObservation] => [
    arn,
    {
      bins: known(each.bins, (bins) => withoutGaps(bins, minuteMs, nowMs)),
      workers: known(each.workers, (counts) => counts),
      deployment: each.deployment,
      signalled: each.signalled,
    },
  ]);
  return { observation: new Map(pools), settings, nowMs };
}

/** A long value by its beginning: it is the place that matters. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? "nothing" : text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

function known<T extends object, U>(value: T | { unknown: string }, read: (value: T) => U): Known<U> {
  return "unknown" in value ? { known: false, why: value.unknown } : { known: true, value: read(value) };
}

const NOTHING = {
  scheduled: null,
  started: null,
  ended: null,
  averageWaitMs: null,
  runTimeMs: null,
  running: null,
  desired: null,
};
/** In order, up to the bin of now; of two of the same start the last one counts. */
function withoutGaps(bins: readonly z.infer<typeof bin>[], minuteMs: number, nowMs: number): readonly Bin[] {
  const byStart = new Map(bins.map((each) => [Math.floor(each.startMs / minuteMs), each]));
  const last = Math.floor(nowMs / minuteMs);
  const first = last - HISTORY_MINUTES;
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const found = byStart.get(first + index) ?? {};
    const present = Object.entries(found).filter(([, value]) => value !== undefined);
    return {
      ...NOTHING,
      ...(Object.fromEntries(present) as Partial<Bin>),
      startMs: (first + index) * minuteMs,
    };
  });
}
