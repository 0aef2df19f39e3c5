/**
 * What Step Functions writes to a state machine's log group: a record for each history event that its level asks for.
 * https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { GraphResource } from "../../graph";
import { isNotRunnable, propertiesOf } from "../properties";
import { writeEvent, type HistoryEvent } from "../states/executions/history";

/** Where and how much a state machine logs. */
export interface ExecutionLogSettings {
  readonly level: "ALL" | "ERROR" | "FATAL";
  readonly includeExecutionData: boolean;
  readonly group: string;
}

const schema = z.object({
  loggingConfiguration: z
    .object({
      level: z.enum(["ALL", "ERROR", "FATAL", "OFF"]).default("OFF"),
      includeExecutionData: z.boolean().default(false),
      /** ARN of a log group, with `:*` behind it. */
      logDestination: z.string().optional(),
    })
    .optional(),
});

/** Null: it does not log. */
export function executionLogSettings(resource: GraphResource): ExecutionLogSettings | null {
  const machine = propertiesOf(resource, schema);
  if (isNotRunnable(machine)) return null;
  const { level, includeExecutionData, logDestination } = machine.loggingConfiguration ?? { level: "OFF" };
  const group = /:log-group:(.+?)(:\*)?$/.exec(logDestination ?? "")?.[1];
  if (level === "OFF" || group === undefined) return null;
  return { level, includeExecutionData: includeExecutionData ?? false, group };
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-log-level */
const LEVELS: Readonly<Record<ExecutionLogSettings["level"], RegExp>> = {
  ALL: /./,
  ERROR: /(Failed|TimedOut|Aborted)$|^FailStateEntered$/,
  FATAL: /^Execution(Failed|TimedOut|Aborted)$/,
};

/** What is longer is cut. */
const MAX_DATA_CHARACTERS = 248 * 1024;

/** The record of an event, as JSON text; null when the level leaves it out. */
export function executionRecord(
  executionArn: string,
  event: HistoryEvent,
  { level, includeExecutionData }: ExecutionLogSettings,
  redriveCount = 0,
): string | null {
  if (!LEVELS[level].test(event.type)) return null;
  const written = Object.entries(writeEvent(event, includeExecutionData));
  const details = written.find(([name]) => name.endsWith("EventDetails"))?.[1] ?? {};
  return JSON.stringify({
    id: String(event.id),
    type: event.type,
    details: cut(details),
    redrive_count: String(redriveCount),
    previous_event_id: String(event.previousEventId),
    event_timestamp: String(event.timeMs),
    execution_arn: executionArn,
  });
}

function cut(details: unknown): unknown {
  const { input, output } = details as { input?: unknown; output?: unknown };
  const tooLong = (text: unknown): text is string =>
    typeof text === "string" && text.length > MAX_DATA_CHARACTERS;
  if (!tooLong(input) && !tooLong(output)) return details;
  const truncated = (name: string, text: unknown): object =>
    tooLong(text)
      ? { [name]: text.slice(0, MAX_DATA_CHARACTERS), [`${name}Details`]: { truncated: true } }
      : {};
  return { ...(details as object), ...truncated("input", input), ...truncated("output", output) };
}

/** `states/NAME/2026-11-20-09-15/1a2b3c4d`: one for as long as the cloud runs. */
export function executionLogStream(machineName: string, nowMs: number): string {
  const time = new Date(nowMs).toISOString().slice(0, 16).replace(/[T:]/g, "-");
  return `states/${machineName}/${time}/${randomBytes(4).toString("hex")}`;
}
