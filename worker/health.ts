/** Whether the worker is well: over HTTP on loopback, and as the command that a container's health check runs. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "./clock";
import type { WorkerState } from "./worker";

/** Polls that fail for this long with nothing else to do: a worker elsewhere may fare better. */
const PATIENCE_MS = 300_000;
const COMMAND_MS = 4_000;

export interface Health {
  /** A poll was answered, be it by nothing. */
  pollAnswered(): void;
  pollFailed(): void;
  /** What is asked for, and the HTTP status that says it in short: 200 well, 503 not. */
  report(): HealthReport;
}

export interface HealthReport {
  readonly status: 200 | 503;
  readonly state: WorkerState;
  readonly busySlots: number;
  /** Since when every poll has failed; null when the last one was answered. */
  readonly pollsFailSinceMs: number | null;
}

export interface HealthOptions {
  readonly state: () => WorkerState;
  readonly busySlots: () => number;
  readonly clock: Clock;
}

/** A draining worker is well: it must not be killed for it. */
export function createHealth({ state, busySlots, clock }: HealthOptions): Health {
  let pollsFailSinceMs: number | null = null;
  return {
    pollAnswered() {
      pollsFailSinceMs = null;
    },
    pollFailed() {
      pollsFailSinceMs ??= clock.now();
    },
    report() {
      const cutOff =
        pollsFailSinceMs !== null && clock.now() - pollsFailSinceMs >= PATIENCE_MS && busySlots() === 0;
      const up = state() === "running" || state() === "draining";
      return {
        status: up && !cutOff ? 200 : 503,
        state: state(),
        busySlots: busySlots(),
        pollsFailSinceMs,
      };
    },
  };
}

/** `port` 0: any. The port that it got is in `port`. */
export async function serveHealth(
  health: Health,
  port: number,
): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((_request, response) => {
    const { status, ...report } = health.report();
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(`${JSON.stringify(report)}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** `worker.js health`: exit code 0 for a worker that is well, 1 for one that is not or does not answer. */
export async function askHealth(port: string | undefined): Promise<number> {
  try {
    if (port === undefined)
      throw new Error("LOVELESS_HEALTH_PORT is not set: the worker has no health to ask for");
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(COMMAND_MS) });
    process.stdout.write(await response.text());
    return response.ok ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}
