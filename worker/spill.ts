/** Inputs and outputs that are too large for Step Functions: they travel by S3, and an envelope takes their place. */
import type { Clock } from "./clock";
import type { Invocation } from "./function-process";
import { OUTPUT_LIMIT_BYTES, oversizeFailure, serviceFailure, type Outcome } from "./outcome";
import { RESPONSE_LIMIT_BYTES } from "./runtime-messages";
import type { SlotFunction } from "./slot";

/** Where objects are kept: below `prefix`, which is empty or ends in a slash. */
export interface SpillPlace {
  readonly bucket: string;
  readonly prefix: string;
}

/** The store, as spilling needs it. Both reject with its own error; a missing object has one too. */
export interface SpillStore {
  /** Null: it is larger than `limitBytes`. */
  get(place: ObjectPlace, limitBytes: number, signal: AbortSignal): Promise<string | null>;
  put(place: ObjectPlace, text: string, signal: AbortSignal): Promise<void>;
}

/** What an envelope names. */
export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
}

export interface SpillOptions {
  readonly place: SpillPlace;
  readonly store: SpillStore;
  readonly clock: Clock;
}

/** `s3://BUCKET` or `s3://BUCKET/PREFIX`, as the settings have proved it to be. */
export function spillPlace(uri: string): SpillPlace {
  const [, bucket = "", path = ""] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri) ?? [];
  return { bucket, prefix: path === "" || path.endsWith("/") ? path : `${path}/` };
}

/** `{"$loveless":{"s3":{"bucket","key"}}}`: what stands for an object, in an input or as an output. */
export function envelope(place: ObjectPlace): string {
  return JSON.stringify({ $loveless: { s3: { bucket: place.bucket, key: place.key } } });
}

/** `slotFunction` behind the envelopes: it sees what they stand for, and Step Functions sees them. */
export function spilling<Inner extends SlotFunction>(slotFunction: Inner, options: SpillOptions): Inner {
  return {
    ...slotFunction,
    async invoke(invocation, signal) {
      const limit = deadlineOf(invocation, signal, options.clock);
      try {
        const input = await unfold(invocation.input, options, limit.signal);
        const outcome = await slotFunction.invoke({ ...invocation, input }, signal);
        return await fold(outcome, invocation, options, limit.signal);
      } catch (error) {
        return error instanceof SpillRefused
          ? error.outcome
          : serviceFailure(`The task's payload did not pass through S3: ${String(error)}`);
      } finally {
        limit.release();
      }
    },
  };
}

/** Aborts with the task, and at its deadline: S3 may not hold a slot for longer than the function could. */
function deadlineOf(
  { deadlineMs }: Invocation,
  signal: AbortSignal,
  clock: Clock,
): { readonly signal: AbortSignal; release(): void } {
  const deadline = new AbortController();
  const release = clock.after(deadlineMs - clock.now(), () => {
    deadline.abort(new Error("the task's deadline passed"));
  });
  return { signal: AbortSignal.any([signal, deadline.signal]), release };
}

/** Carries the outcome past the function. */
class SpillRefused extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome) {
    super(outcome.kind);
    this.outcome = outcome;
  }
}

/** The input with each envelope, at any depth, replaced by what it stands for: a Map's or a Parallel's result has several. */
async function unfold(input: string, options: SpillOptions, signal: AbortSignal): Promise<string> {
  // Most inputs have none: those are not even parsed.
  if (!input.includes('"$loveless"')) return input;
  let leftBytes = RESPONSE_LIMIT_BYTES;
  const replace = async (value: unknown): Promise<unknown> => {
    const place = placeIn(value);
    if (place === null) return mapValues(value, replace);
    const text = await options.store.get(within(place, options.place), leftBytes, signal);
    if (text === null) {
      const why = `what its envelopes stand for is larger than ${String(RESPONSE_LIMIT_BYTES)} bytes`;
      throw new SpillRefused(serviceFailure(`The task's input is too large: ${why}; split it.`));
    }
    leftBytes -= Buffer.byteLength(text);
    return JSON.parse(text) as unknown;
  };
  return JSON.stringify(await replace(JSON.parse(input)));
}

/** One after the other, so that the limit holds for all of them together. */
async function mapValues(value: unknown, replace: (value: unknown) => Promise<unknown>): Promise<unknown> {
  if (typeof value !== "object" || value === null) return value;
  const entries: [string, unknown][] = [];
  for (const [key, each] of Object.entries(value)) entries.push([key, await replace(each)]);
  return Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
}

/** Null unless `value` is an envelope and nothing else. */
function placeIn(value: unknown): ObjectPlace | null {
  const { bucket, key } = property(property(onlyProperty(value, "$loveless"), "s3")) as Partial<ObjectPlace>;
  return typeof bucket === "string" && typeof key === "string" ? { bucket, key } : null;
}

function onlyProperty(value: unknown, name: string): unknown {
  const entries = Object.entries(property(value));
  return entries.length === 1 && entries[0]?.[0] === name ? entries[0][1] : undefined;
}

/** The object that `value`, or its property `name`, is; else an empty one. */
function property(value: unknown, name?: string): object {
  const found: unknown = name === undefined ? value : (property(value) as Record<string, unknown>)[name];
  return typeof found === "object" && found !== null && !Array.isArray(found) ? found : {};
}

/** Whoever can start an execution may write an envelope: it must not make the worker read what only the worker may. */
function within(place: ObjectPlace, { bucket, prefix }: SpillPlace): ObjectPlace {
  if (place.bucket === bucket && place.key.startsWith(prefix)) return place;
  const named = `s3://${place.bucket}/${place.key}`;
  const why = `An envelope in the task's input names ${named}, which is not below s3://${bucket}/${prefix}; spill there.`;
  throw new SpillRefused(serviceFailure(why));
}

async function fold(
  outcome: Outcome,
  { requestId }: Invocation,
  { place, store }: SpillOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  if (outcome.kind === "failure") return outcome;
  const bytes = Buffer.byteLength(outcome.output);
  if (bytes <= OUTPUT_LIMIT_BYTES) return outcome;
  if (bytes > RESPONSE_LIMIT_BYTES) return oversizeFailure(bytes, RESPONSE_LIMIT_BYTES);
  // The same key for the same task: one that is delivered twice writes the same object again.
  const object = { bucket: place.bucket, key: `${place.prefix}${requestId}.json` };
  await store.put(object, outcome.output, signal);
  return { kind: "success", output: envelope(object) };
}
