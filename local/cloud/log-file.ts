/** One log file of a run, written line by line. */
import { createWriteStream, mkdirSync } from "node:fs";
import { dirname } from "node:path";

export interface LogFile {
  line(text: string): void;
  close(): Promise<void>;
}

export function openLogFile(path: string): LogFile {
  mkdirSync(dirname(path), { recursive: true });
  const stream = createWriteStream(path, { flags: "a" });
  return {
    line: (text) => {
      stream.write(`${text}\n`);
    },
    close: () =>
      new Promise((resolve) => {
        stream.end(resolve);
      }),
  };
}
