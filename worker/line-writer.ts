/** Gathers the lines of one turn of the event loop into one write: a busy worker's log costs a fraction then. */

/** What is written is out when the process ends, however it does but by a signal that can't be caught. */
export function createLineWriter(write: (text: string) => void): (line: string) => void {
  let gathered = "";
  const flush = (): void => {
    const text = gathered;
    gathered = "";
    if (text !== "") write(text);
  };
  process.once("exit", flush);
  return (line) => {
    if (gathered === "") setImmediate(flush);
    gathered += line;
  };
}
