/**
 * Brings log events to the Lambda functions that subscribed to them: late, and at least once.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample
 */
import { gzipSync } from "node:zlib";
import type { Clock } from "../clock";
import type { DelayRange } from "../metrics/delay-range";
import type { Faults } from "../faults/faults";
import type { LogEvent } from "./log-store";
import type { Deliver, SubscriptionFilter } from "./logs";

export interface SubscriptionsOptions {
  readonly clock: Clock;
  readonly accountId: string;
  readonly faults: Faults;
  /** From the event to its delivery; what comes meanwhile goes along. */
  readonly delay: DelayRange;
  /** Calls the function asynchronously. */
  readonly invoke: (filter: SubscriptionFilter, payload: string) => void;
}

export interface Subscriptions {
  readonly deliver: Deliver;
  /** What is on its way gets lost. */
  close(): void;
}

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { clock, delay, faults, invoke } = options;
  const pending = new Map<string, LogEvent[]>();
  const cancels = new Set<() => void>();

  function later(action: () => void): void {
    const delayMs = delay.leastMs + faults.random() * (delay.mostMs - delay.leastMs);
    const cancel = clock.after(delayMs, () => {
      cancels.delete(cancel);
      action();
    });
    cancels.add(cancel);
  }

  return {
    deliver(filter, stream, events) {
      const key = JSON.stringify([filter.group, filter.name, stream]);
      const known = pending.get(key);
      if (known !== undefined) {
        known.push(...events);
        return;
      }
      const batch = [...events];
      pending.set(key, batch);
      later(() => {
        pending.delete(key);
        const payload = payloadOf(options.accountId, filter, stream, batch);
        invoke(filter, payload);
        if (!faults.strikes("double-log", "logs")) return;
        later(() => {
          invoke(filter, payload);
        });
      });
    },
    close() {
      for (const cancel of cancels) cancel();
      cancels.clear();
      pending.clear();
    },
  };
}

function payloadOf(
  owner: string,
  filter: SubscriptionFilter,
  logStream: string,
  events: readonly LogEvent[],
): string {
  const message = {
    messageType: "DATA_MESSAGE",
    owner,
    logGroup: filter.group,
    logStream,
    subscriptionFilters: [filter.name],
    logEvents: events.map(({ id, timeMs, message: text }) => ({ id, timestamp: timeMs, message: text })),
  };
  return JSON.stringify({ awslogs: { data: gzipSync(JSON.stringify(message)).toString("base64") } });
}
