/** The Wait state: until when, and the wait itself. */
import type { Json } from "../../graph";
import type { WaitState } from "./asl";
import type { Branch } from "./branch";
import { selectPath } from "./json-path";
import { runtimeError } from "./state-error";
import type { Scope } from "./templates";
import { timestampMs } from "./timestamp";
import { sleep } from "./waiting";

/** Seconds in 31 bits: an execution on AWS that waited 24,856 days failed, one of 24,855 days did not. */
const LONGEST_SECONDS = 2 ** 31 - 1;

export async function waitFor(branch: Branch, state: WaitState, scope: Scope): Promise<void> {
  const { clock } = branch.surroundings;
  const delayMs = delayOf(state, scope, clock.now());
  if (delayMs > LONGEST_SECONDS * 1000) throw runtimeError("Wait state delay is too long.");
  if (delayMs > 0) await sleep(clock, delayMs, branch.signal);
}

/** Milliseconds from `nowMs`; not above 0 for an instant that is past. */
export function delayOf(state: WaitState, scope: Scope, nowMs: number): number {
  if (state.Seconds !== undefined) return state.Seconds * 1000;
  if (state.SecondsPath !== undefined) return secondsAt(state.SecondsPath, scope) * 1000;
  if (state.Timestamp !== undefined) return (timestampMs(state.Timestamp) ?? nowMs) - nowMs;
  return instantAt(state.TimestampPath ?? "$", scope) - nowMs;
}

function secondsAt(path: string, scope: Scope): number {
  const seconds = selectPath(path, scope.data, scope.context);
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

function instantAt(path: string, scope: Scope): number {
  const text = selectPath(path, scope.data, scope.context);
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
