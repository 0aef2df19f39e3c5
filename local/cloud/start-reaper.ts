/** Starts a process that outlives ours for as long as it takes to clean up, should we be killed. */
import { spawn } from "node:child_process";

export interface Reaper {
  /** Tells it that there is nothing to clean up, and resolves when it is gone. */
  dismiss(): Promise<void>;
}

/** `file` reads "dismissed" on its standard input, or its sudden end; `run` names what it then ends. */
export function startReaper(
  file: string,
  run: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): Reaper {
  const child = spawn(process.execPath, [file, run], {
    stdio: ["pipe", "ignore", "ignore"],
    env: { ...environment },
    detached: true,
  });
  child.unref();
  // It may be gone before it is dismissed; nothing is lost by that.
  child.stdin.on("error", () => undefined);
  const gone = new Promise<void>((resolve) => {
    child.once("exit", () => {
      resolve();
    });
    child.once("error", () => {
      resolve();
    });
  });
  return {
    async dismiss() {
      child.ref();
      child.stdin.end("dismissed\n");
      await gone;
    },
  };
}
