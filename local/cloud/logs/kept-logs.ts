/** Log groups and what is in them as they are kept: documents for what was made by name, and events that only grow. */
import type { Keeper } from "../keeper";
import type { LogEvent, LogGroup, LogStream } from "./log-store";

/** Where log groups are known beyond the process. */
export interface LogRecords extends Keeper {
  /** In the order in which they came. */
  events(group: string): readonly LogEvent[];
  append(group: string, events: readonly LogEvent[]): void;
  /** Those that came before this one, sooner or later. */
  forget(group: string, beforeId: string): void;
}

interface KeptGroup extends Pick<LogGroup, "name" | "createdMs" | "retentionDays"> {
  /** Those that were made by name; others follow from their events. */
  readonly streams: readonly Pick<LogStream, "name" | "createdMs">[];
  /** Without those that are too old. */
  readonly events: readonly LogEvent[];
}

const GROUP = "log-group";
const STREAM = "log-stream";
const DAY_MS = 24 * 60 * 60 * 1000;

export function keptLogs(records: LogRecords): {
  groups(nowMs: number): readonly KeptGroup[];
  group(group: LogGroup): void;
  stream(group: string, stream: LogStream): void;
} {
  // No name of a group has a colon in it, and none of a stream: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html
  const keyOf = (group: string, stream: string): string => `${group}:${stream}`;
  return {
    groups: (nowMs) =>
      records.documents(GROUP).map(({ key: name, value }) => {
        const { createdMs, retentionDays } = value as unknown as KeptGroup;
        const oldestMs = retentionDays === null ? 0 : nowMs - retentionDays * DAY_MS;
        const streams = records.documents(STREAM, keyOf(name, "")).map(({ key, value: made }) => ({
          name: key.slice(name.length + 1),
          createdMs: Number(made),
        }));
        const events = records.events(name).filter(({ timeMs }) => timeMs >= oldestMs);
        return { name, createdMs, retentionDays, streams, events };
      }),
    group({ name, createdMs, retentionDays }) {
      records.keep(GROUP, name, { createdMs, retentionDays });
    },
    stream(group, { name, createdMs }) {
      records.keep(STREAM, keyOf(group, name), createdMs);
    },
  };
}
