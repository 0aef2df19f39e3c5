/** Says how a run goes on: lines that stay, and on a terminal one line below them that keeps changing. */

export interface Progress {
  /** A line that stays, after the seconds since the start. */
  say(text: string): void;
  /** What is going on now; off a terminal it is printed when it has changed, at most once a second. */
  status(text: string): void;
}

/** The narrowest gap between two status lines off a terminal. */
const STATUS_EVERY_MS = 1000;
const CLEAR_LINE = "\r\x1b[2K";

/** `elapsedMs` is since the start of the command. */
export function createProgress(stream: NodeJS.WriteStream, elapsedMs: () => number): Progress {
  let shown = "";
  let shownAtMs = Number.NEGATIVE_INFINITY;
  const stamped = (text: string): string => `${(elapsedMs() / 1000).toFixed(1).padStart(5)} s  ${text}`;
  return {
    say(text) {
      stream.write(`${stream.isTTY && shown !== "" ? CLEAR_LINE : ""}${stamped(text)}\n`);
      shown = "";
    },
    status(text) {
      if (stream.isTTY) {
        stream.write(CLEAR_LINE + stamped(text).slice(0, stream.columns - 1));
        shown = text;
      } else if (text !== shown && elapsedMs() - shownAtMs >= STATUS_EVERY_MS) {
        stream.write(`${stamped(text)}\n`);
        shown = text;
        shownAtMs = elapsedMs();
      }
    },
  };
}
