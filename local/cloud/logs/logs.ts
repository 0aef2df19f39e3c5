/** CloudWatch Logs: groups from the graph, what is written to them, and who hears of it. */
import type { Access } from "../access";
import type { Clock } from "../clock";
import { answeringWhenCommitted } from "../keeper";
import type { Datum } from "../metrics/metrics";
import { jsonService, type Service } from "../service";
import { embeddedMetrics } from "./embedded-metrics";
import type { LogRecords } from "./kept-logs";
import { createLogStore, type LogEvent, type LogLine } from "./log-store";
import { logsOperations } from "./logs-operations";
import { parseFilterPattern } from "./filter-pattern";

/** Sends what matches to a Lambda function. */
export interface SubscriptionFilter {
  readonly name: string;
  readonly group: string;
  readonly pattern: string;
  readonly destinationArn: string;
}

/** Takes events that matched a filter on their way. */
export type Deliver = (filter: SubscriptionFilter, stream: string, events: readonly LogEvent[]) => void;

export interface Logs {
  readonly service: Service;
  createGroup(name: string, retentionDays: number | null): void;
  createStream(group: string, stream: string): void;
  hasGroup(name: string): boolean;
  /** What a service writes itself; opens the stream when need be. */
  append(group: string, stream: string, lines: readonly LogLine[]): void;
  /** Throws ServiceError InvalidParameterException on a pattern that is none. */
  subscribe(filter: SubscriptionFilter, deliver: Deliver): void;
}

export function createLogs(options: {
  readonly access: Access;
  readonly clock: Clock;
  readonly region: string;
  readonly accountId: string;
  readonly metrics: { record(datum: Datum): void };
  /** What outlives the process. @default nothing */
  readonly records?: LogRecords | undefined;
}): Logs {
  const { access, clock, metrics, records = null } = options;
  const store = createLogStore(() => clock.now(), records);
  const filters: SubscriptionFilter[] = [];
  store.onAppend((_group, _stream, events) => {
    for (const { message } of events) for (const datum of embeddedMetrics(message)) metrics.record(datum);
  });
  return {
    service: answeringWhenCommitted(
      jsonService(access, {
        signingName: "logs",
        targetPrefix: "Logs_20140328",
        version: "1.1",
        operations: logsOperations({
          store,
          clock,
          filters: () => filters,
          arnPrefix: `arn:aws:logs:${options.region}:${options.accountId}:log-group`,
        }),
      }),
      records,
    ),
    createGroup(name, retentionDays) {
      store.declareGroup(name, retentionDays);
    },
    createStream(group, stream) {
      store.createStream(group, stream);
    },
    hasGroup: (name) => store.group(name) !== null,
    append: store.append,
    subscribe(filter, deliver) {
      const matches = parseFilterPattern(filter.pattern);
      filters.push(filter);
      store.onAppend((group, stream, events) => {
        if (group !== filter.group) return;
        const matched = events.filter(({ message }) => matches(message));
        if (matched.length > 0) deliver(filter, stream, matched);
      });
    },
  };
}
