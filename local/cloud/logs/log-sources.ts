/** What of this cloud writes log events by itself: workers, functions, and the executions of state machines. */
import type { Clock } from "../clock";
import type { States } from "../states/states";
import { executionLogStream, executionRecord, type ExecutionLogSettings } from "./execution-log";
import type { LogTails } from "./log-tail";
import type { Logs } from "./logs";

/** Where something's lines go. */
export interface LogPlace {
  readonly group: string;
  readonly stream: string;
}

export interface LogSources {
  /** Each line of a worker's log file becomes an event; the function returned reads the rest, and ends that. */
  followWorker(file: string, place: LogPlace): () => void;
  /** One line of a function. */
  functionLine(place: LogPlace, line: string): void;
  /** Logs the executions of a state machine. */
  followExecutions(machineName: string, settings: ExecutionLogSettings): void;
  close(): void;
}

export function createLogSources({
  logs,
  tails,
  states,
  clock,
}: {
  readonly logs: Logs;
  readonly tails: LogTails;
  readonly states: Pick<States, "onEvent">;
  readonly clock: Clock;
}): LogSources {
  const machines = new Map<string, ExecutionLogSettings & { readonly stream: string }>();
  /** Of the few executions that were redriven. */
  const redrives = new Map<string, number>();
  const stop = states.onEvent((executionArn, event) => {
    // arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME; an alias or a version may stand in between, behind a slash.
    const settings = machines.size === 0 ? undefined : machines.get(executionArn.split(":")[6] ?? "");
    if (settings === undefined) return;
    if (event.type === "ExecutionRedriven") redrives.set(executionArn, (redrives.get(executionArn) ?? 0) + 1);
    const message = executionRecord(executionArn, event, settings, redrives.get(executionArn));
    if (message !== null) logs.append(settings.group, settings.stream, [{ timeMs: event.timeMs, message }]);
  });
  const write = ({ group, stream }: LogPlace, lines: readonly string[]): void => {
    const timeMs = clock.now();
    logs.append(
      group,
      stream,
      lines.map((message) => ({ timeMs, message })),
    );
  };
  return {
    followWorker: (file, place) =>
      tails.follow(file, (lines) => {
        write(place, lines);
      }),
    functionLine(place, line) {
      if (line !== "") write(place, [line]);
    },
    followExecutions(machineName, settings) {
      machines.set(machineName, { ...settings, stream: executionLogStream(machineName, clock.now()) });
    },
    close() {
      stop();
      tails.close();
    },
  };
}
