/** Reads the log files of workers as they grow: a worker writes to its file itself, and no byte passes through us. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import type { Clock } from "../clock";

export interface LogTails {
  /** Gives every line of the file, from its start on; the function returned reads what is left, and ends that. */
  follow(file: string, onLines: (lines: readonly string[]) => void): () => void;
  close(): void;
}

const LOOK_EVERY_MS = 200;
/** In one look at one file: a worker that floods its log does not hold everybody up. */
const MAX_READ_BYTES = 1024 * 1024;

export function createLogTails(clock: Clock): LogTails {
  const reads = new Set<() => void>();
  let cancel: (() => void) | null = null;

  function look(): void {
    for (const read of reads) read();
    cancel = reads.size === 0 ? null : clock.after(LOOK_EVERY_MS, look);
  }

  return {
    follow(file, onLines) {
      const tail = openTail(file);
      const read = (): void => {
        const lines = tail.lines();
        if (lines.length > 0) onLines(lines);
      };
      reads.add(read);
      cancel ??= clock.after(LOOK_EVERY_MS, look);
      return () => {
        if (!reads.delete(read)) return;
        read();
        const rest = tail.close();
        if (rest !== "") onLines([rest]);
      };
    },
    close() {
      cancel?.();
      reads.clear();
    },
  };
}

function openTail(file: string): { lines(): readonly string[]; close(): string } {
  const descriptor = openSync(file, "r");
  const decoder = new StringDecoder("utf8");
  let position = 0;
  let rest = "";
  return {
    lines() {
      const size = Math.min(fstatSync(descriptor).size - position, MAX_READ_BYTES);
      if (size <= 0) return [];
      const bytes = Buffer.alloc(size);
      const count = readSync(descriptor, bytes, 0, size, position);
      position += count;
      const lines = (rest + decoder.write(bytes.subarray(0, count))).split("\n");
      rest = lines.pop() ?? "";
      return lines.filter((line) => line !== "");
    },
    close() {
      closeSync(descriptor);
      return rest;
    },
  };
}
