/**
 * The worker's own metrics, as lines of the log that CloudWatch makes metrics of (embedded metric format): no call, no
 * right. One line for each interval and for each error of it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import type { Clock } from "./clock";
import type { Log } from "./log";

export const WORKER_METRICS_NAMESPACE = "Loveless/Worker";
/** Values of one metric in one line, as the format allows. */
const MOST_VALUES = 100;

export interface Metrics {
  /** A slot took a task, or is free again. */
  begin(): void;
  end(): void;
  /** `error`: null for a success. */
  task(durationMs: number, error: string | null): void;
  init(durationMs: number): void;
  /** `empty`: the service had nothing, which proves that the backlog was empty then. */
  poll(waitMs: number, empty: boolean): void;
  /** Writes what has been counted; then nothing more is counted. */
  close(): void;
}

export interface MetricsOptions {
  readonly activityArn: string;
  readonly intervalSeconds: number;
  readonly clock: Clock;
  readonly log: Log;
}

interface Counted {
  tasks: number;
  durations: number[];
  inits: number[];
  waits: number[];
  emptyPolls: number;
  mostBusy: number;
  failures: Map<string, number>;
}

export function createMetrics({ activityArn, intervalSeconds, clock, log }: MetricsOptions): Metrics {
  let busy = 0;
  let counted = nothing(0);
  let cancel = (): void => undefined;

  const flush = (): void => {
    const { failures, ...rest } = counted;
    counted = nothing(busy);
    const failed = [...failures.values()].reduce((sum, count) => sum + count, 0);
    const values: Values = {
      Tasks: [rest.tasks, "Count"],
      Failures: [failed, "Count"],
      BusySlots: [rest.mostBusy, "Count"],
      EmptyPolls: [rest.emptyPolls, "Count"],
      TaskDuration: [rest.durations, "Milliseconds"],
      InitDuration: [rest.inits, "Milliseconds"],
      PollWait: [rest.waits, "Milliseconds"],
    };
    log("MetricsReported", embedded({ ActivityArn: activityArn }, values, clock.now()));
    for (const [Error, count] of failures) {
      const dimensions = { ActivityArn: activityArn, Error };
      log("MetricsReported", embedded(dimensions, { Failures: [count, "Count"] }, clock.now()));
    }
  };
  const repeat = (): void => {
    cancel = clock.after(intervalSeconds * 1000, () => {
      flush();
      repeat();
    });
  };
  const add = (values: number[], value: number): void => {
    values.push(value);
    if (values.length >= MOST_VALUES) flush();
  };
  repeat();

  return {
    begin() {
      busy += 1;
      counted.mostBusy = Math.max(counted.mostBusy, busy);
    },
    end() {
      busy -= 1;
    },
    task(durationMs, error) {
      counted.tasks += 1;
      if (error !== null) counted.failures.set(error, (counted.failures.get(error) ?? 0) + 1);
      add(counted.durations, durationMs);
    },
    init(durationMs) {
      add(counted.inits, durationMs);
    },
    poll(waitMs, empty) {
      if (empty) counted.emptyPolls += 1;
      add(counted.waits, waitMs);
    },
    close() {
      cancel();
      flush();
    },
  };
}

function nothing(busy: number): Counted {
  return {
    tasks: 0,
    durations: [],
    inits: [],
    waits: [],
    emptyPolls: 0,
    mostBusy: busy,
    failures: new Map(),
  };
}

type Values = Readonly<Record<string, readonly [number | readonly number[], "Count" | "Milliseconds"]>>;

/** Without the metrics that have no value. */
function embedded(
  dimensions: Readonly<Record<string, string>>,
  all: Values,
  nowMs: number,
): Record<string, unknown> {
  const values = Object.entries(all).filter(([, [value]]) => typeof value === "number" || value.length > 0);
  return {
    _aws: {
      Timestamp: nowMs,
      CloudWatchMetrics: [
        {
          Namespace: WORKER_METRICS_NAMESPACE,
          Dimensions: [Object.keys(dimensions)],
          Metrics: values.map(([Name, [, Unit]]) => ({ Name, Unit })),
        },
      ],
    },
    ...dimensions,
    ...Object.fromEntries(values.map(([name, [value]]) => [name, value])),
  };
}
