/** The worker as it is deployed: one bundled file, in a process of its own. */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { workerEnvironment, type WorkerSettings } from "../../worker/settings";

export interface LogLine {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface WorkerProcess {
  readonly pid: number;
  /** Standard output, line by line. */
  readonly lines: readonly LogLine[];
  readonly standardError: () => string;
  /** Resolves with the first line that matches, from before or after. */
  line(event: string, matches?: (line: LogLine) => boolean): Promise<LogLine>;
  signal(signal: NodeJS.Signals): void;
  /** The exit code, null after a signal. */
  readonly exited: Promise<number | null>;
}

export const ACTIVITY_ARN = "arn:aws:states:eu-central-1:123456789012:activity:detect";

export function startWorker(
  file: string,
  endpoint: string,
  settings: Partial<WorkerSettings> = {},
  environment: Readonly<Record<string, string>> = {},
  /** Started by this, as in a container. */
  within: readonly string[] = [],
): WorkerProcess {
  const [program = "", ...args] = [...within, process.execPath, file];
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"],
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: "key",
      AWS_SECRET_ACCESS_KEY: "secret",
      LAMBDA_TASK_ROOT: join(__dirname, "functions"),
      ...workerEnvironment({
        activityArn: ACTIVITY_ARN,
        functionName: "detect",
        entryPoint: [process.execPath, join(__dirname, "../../local/runtime-client/main.mjs")],
        command: ["index.act"],
        slots: 1,
        memoryMib: 512,
        timeoutSeconds: 60,
        heartbeatSeconds: 30,
        stopTimeoutSeconds: 60,
        ...settings,
      }),
      ...environment,
    },
  });
  return followWorker(child);
}

/** A worker's output, however it was started. */
export function followWorker(child: ChildProcessByStdio<null, Readable, Readable>): WorkerProcess {
  const lines: LogLine[] = [];
  const watchers = new Set<() => void>();
  let rest = "";
  let standardError = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts.map((part) => JSON.parse(part) as LogLine));
    for (const watch of watchers) watch();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (standardError += text));
  return {
    pid: child.pid ?? 0,
    lines,
    standardError: () => standardError,
    line: (event, matches = () => true) =>
      new Promise((resolve) => {
        const watch = (): void => {
          const found = lines.find((line) => line.event === event && matches(line));
          if (found === undefined) return;
          watchers.delete(watch);
          resolve(found);
        };
        watchers.add(watch);
        watch();
      }),
    signal: (signal) => {
      child.kill(signal);
    },
    exited: once(child, "close").then(([code]) => code as number | null),
  };
}
