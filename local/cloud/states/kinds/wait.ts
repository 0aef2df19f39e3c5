/** The Wait state: until when, and the wait itself. */
import type { Json } from "../../../graph";
import type { WaitState } from "../definition/asl";
import { note, takeNote, type Branch } from "../branch";
import { queryError } from "../expressions/jsonata";
import { ofType } from "../expressions/jsonata-query";
import type { Query } from "../expressions/query";
import { runtimeError } from "../state-error";
import { timestampMs } from "../expressions/timestamp";
import { sleep } from "../waiting";

/** Seconds in 31 bits: an execution on AWS that waited 24,856 days failed, one of 24,855 days did not. */
const LONGEST_SECONDS = 2 ** 31 - 1;

export async function waitFor(branch: Branch, state: WaitState, query: Query): Promise<void> {
  const { clock } = branch.surroundings;
  const known = takeNote(branch, "wait");
  if (known !== null) {
    await sleep(clock, known.untilMs - clock.now(), branch.signal);
    return;
  }
  const nowMs = clock.now();
  const delayMs = await delayOf(state, query, nowMs);
  if (delayMs > LONGEST_SECONDS * 1000) throw runtimeError("Wait state delay is too long.");
  if (delayMs <= 0) return;
  note(branch, { kind: "wait", untilMs: nowMs + delayMs });
  await sleep(clock, delayMs, branch.signal);
}

/** Milliseconds from `nowMs`; not above 0 for an instant that is past. */
export async function delayOf(state: WaitState, query: Query, nowMs: number): Promise<number> {
  if (query.language === "JSONata") return computedDelay(query, nowMs);
  if (typeof state.Seconds === "number") return state.Seconds * 1000;
  if (state.Timestamp !== undefined) return (timestampMs(state.Timestamp) ?? nowMs) - nowMs;
  if (state.SecondsPath !== undefined)
    return secondsAt(state.SecondsPath, query.peek(state.SecondsPath)) * 1000;
  const path = state.TimestampPath ?? "$";
  return instantAt(path, query.peek(path)) - nowMs;
}

async function computedDelay(query: Query, nowMs: number): Promise<number> {
  const seconds = await query.field("Seconds");
  if (seconds !== undefined) {
    const given = ofType("number", seconds, "Seconds");
    if (Number.isInteger(given) && given >= 0) return given * 1000;
    throw queryError(`The Seconds field must be an integer, 0 or more, but was: ${String(given)}`, "Seconds");
  }
  const timestamp = await query.field("Timestamp");
  const text = timestamp === undefined ? "" : ofType("string", timestamp, "Timestamp");
  const instant = timestampMs(text);
  if (instant !== null) return instant - nowMs;
  const cause = `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${text}`;
  throw queryError(cause, "Timestamp");
}

function secondsAt(path: string, seconds: Json | undefined): number {
  if (seconds === undefined)
    throw runtimeError(`The SecondsPath parameter does not reference an input value: ${path}`);
  const found = `${path} == ${plain(seconds)}`;
  const whole = typeof seconds === "string" && /^-?\d+$/.test(seconds) ? Number(seconds) : seconds;
  if (typeof whole !== "number" || !Number.isInteger(whole)) {
    throw runtimeError(`The SecondsPath parameter cannot be parsed as a long value: ${found}`);
  }
  if (whole < 0) throw runtimeError(`The SecondsPath parameter references a negative value: ${found}`);
  return whole;
}

function instantAt(path: string, text: Json | undefined): number {
  if (text === undefined)
    throw runtimeError(`The TimestampPath parameter does not reference an input value: ${path}`);
  const instant = typeof text === "string" ? timestampMs(text) : null;
  if (instant !== null) return instant;
  throw runtimeError(
    `The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: ${path} == ${plain(text)}`,
  );
}

function plain(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
