/** Timestamps as the States Language has them: RFC 3339 with an upper case T, and an upper case Z or an offset. */

const FORM = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since the epoch; null when `text` is not of that form or names no instant. */
export function timestampMs(text: string): number | null {
  const match = FORM.exec(text);
  if (match === null) return null;
  const [, seconds = "", fraction = "", zone = ""] = match;
  const ms = Date.parse(seconds + zone);
  if (Number.isNaN(ms)) return null;
  // Date.parse takes 30 February for 1 March.
  const sameDay = new Date(Date.parse(`${seconds}Z`)).toISOString().startsWith(seconds.slice(0, 10));
  return sameDay ? ms + Number(fraction) * 1000 : null;
}
