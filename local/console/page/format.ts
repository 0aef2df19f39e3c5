/** Numbers and times, as people read them. */

/** `1.2 s`, `4 min 05 s`, `2 h 10 min`. */
export function duration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < 1_000) return `${String(Math.round(ms))} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${String(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min ${two(seconds % 60)} s`;
  return `${String(Math.floor(minutes / 60))} h ${two(minutes % 60)} min`;
}

/** Without what passes in a moment: what is shown anew ten times a second should not flicker. */
export function age(milliseconds: number): string {
  return milliseconds < 1_000
    ? "under 1 s"
    : duration(Math.floor(milliseconds / 1_000) * 1_000).replace(".0", "");
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export function clock(timeMs: number): string {
  return CLOCK.format(timeMs);
}

/** For tooltips: the day as well. */
export function moment(timeMs: number): string {
  return DAY.format(timeMs);
}

export function clockMs(timeMs: number): string {
  return `${CLOCK.format(timeMs)}.${String(Math.floor(timeMs % 1_000)).padStart(3, "0")}`;
}

const NUMBER = new Intl.NumberFormat();

export function number(value: number): string {
  return NUMBER.format(value);
}

/** `1 worker`, `2 workers`. */
export function count(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
}

export function bytes(value: number): string {
  if (value < 1_024) return `${String(value)} B`;
  return value < 1_024 * 1_024
    ? `${(value / 1_024).toFixed(1)} KiB`
    : `${(value / 1_024 / 1_024).toFixed(1)} MiB`;
}

/** JSON with its lines; what is none stays as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** The last part of an ARN or a path. */
export function lastPart(arn: string): string {
  return arn.slice(Math.max(arn.lastIndexOf("/"), arn.lastIndexOf(":")) + 1);
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
