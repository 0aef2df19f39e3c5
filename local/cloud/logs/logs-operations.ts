/** The operations of CloudWatch Logs. */
import { z } from "zod";
import type { AccessRequest } from "../access";
import type { Clock } from "../clock";
import { ServiceError, type Operation } from "../service";
import { typedOperation } from "../typed-operation";
import { parseFilterPattern } from "./filter-pattern";
import { describeStream, paged, pageOfStream, sorted, written } from "./log-pages";
import type { LogGroup, LogLine, LogStore, LogStream } from "./log-store";
import type { SubscriptionFilter } from "./logs";

export interface LogsOperationsOptions {
  readonly store: LogStore;
  readonly clock: Clock;
  readonly filters: () => readonly SubscriptionFilter[];
  /** `arn:aws:logs:REGION:ACCOUNT:log-group`. */
  readonly arnPrefix: string;
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
const MAX_BATCH_EVENTS = 10_000;
const MAX_BATCH_BYTES = 1_048_576;
const EVENT_OVERHEAD_BYTES = 26;
const OLDEST_MS = 14 * 24 * 60 * 60 * 1000;
const NEWEST_MS = 2 * 60 * 60 * 1000;
const DEFAULT_PAGE = 10_000;

const groupReference = z.object({
  logGroupName: z.string().optional(),
  logGroupIdentifier: z.string().optional(),
});
const limit = z.int().min(1).max(DEFAULT_PAGE);
/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html */
const createGroup = z.object({
  logGroupName: z
    .string()
    .max(512)
    .regex(/^[.\-_/#A-Za-z0-9]+$/),
});
/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html */
const createStream = z.object({
  logGroupName: z.string(),
  logStreamName: z
    .string()
    .max(512)
    .regex(/^[^:*]+$/),
});
const putEvents = z.object({
  logGroupName: z.string(),
  logStreamName: z.string(),
  logEvents: z
    .array(z.object({ timestamp: z.number(), message: z.string().min(1) }))
    .min(1)
    .max(MAX_BATCH_EVENTS),
});
const getEvents = groupReference.extend({
  logStreamName: z.string(),
  startTime: z.number().optional(),
  endTime: z.number().optional(),
  limit: limit.default(DEFAULT_PAGE),
  nextToken: z.string().optional(),
  startFromHead: z.boolean().default(false),
});
const filterEvents = groupReference.extend({
  logStreamNames: z.array(z.string()).optional(),
  logStreamNamePrefix: z.string().optional(),
  startTime: z.number().optional(),
  endTime: z.number().optional(),
  filterPattern: z.string().default(""),
  limit: limit.default(DEFAULT_PAGE),
  nextToken: z.string().optional(),
});
const describeStreams = groupReference.extend({
  logStreamNamePrefix: z.string().default(""),
  orderBy: z.enum(["LogStreamName", "LastEventTime"]).default("LogStreamName"),
  descending: z.boolean().default(false),
  limit: z.int().min(1).max(50).default(50),
  nextToken: z.string().optional(),
});
const describeGroups = z.object({
  logGroupNamePrefix: z.string().default(""),
  limit: z.int().min(1).max(50).default(50),
  nextToken: z.string().optional(),
});
const describeFilters = z.object({ logGroupName: z.string() });

export function logsOperations({
  store,
  clock,
  filters,
  arnPrefix,
}: LogsOperationsOptions): Record<string, Operation> {
  /** By name or ARN. */
  const nameOf = (reference: z.infer<typeof groupReference>): string => {
    const name = reference.logGroupName ?? reference.logGroupIdentifier;
    if (name === undefined) throw invalid("A log group is needed: logGroupName or logGroupIdentifier.");
    return name.startsWith("arn:") ? name.slice(arnPrefix.length + 1).replace(/:\*$/, "") : name;
  };
  const find = (name: string): LogGroup => {
    const group = store.group(name);
    if (group === null) throw notFound("The specified log group does not exist.");
    return group;
  };
  const findStream = (group: LogGroup, name: string): LogStream => {
    const stream = group.streams.get(name);
    if (stream === undefined) throw notFound("The specified log stream does not exist.");
    return stream;
  };
  /** What has no stream is judged with an empty one, as AWS's refusals show. */
  const needs = (action: string, group: string, stream = ""): readonly AccessRequest[] => [
    { action: `logs:${action}`, resource: `${arnPrefix}:${group}:log-stream:${stream}` },
  ];

  return {
    CreateLogGroup: operation(
      createGroup,
      ({ logGroupName }) => needs("CreateLogGroup", logGroupName),
      (input) => {
        if (store.createGroup(input.logGroupName, null)) return {};
        throw alreadyExists("The specified log group already exists");
      },
    ),
    CreateLogStream: operation(
      createStream,
      (input) => needs("CreateLogStream", input.logGroupName, input.logStreamName),
      (input) => {
        find(input.logGroupName);
        if (store.createStream(input.logGroupName, input.logStreamName)) return {};
        throw alreadyExists("The specified log stream already exists");
      },
    ),
    PutLogEvents: operation(
      putEvents,
      (input) => needs("PutLogEvents", input.logGroupName, input.logStreamName),
      (input) => {
        findStream(find(input.logGroupName), input.logStreamName);
        const { taken, rejected } = acceptable(input.logEvents, clock.now());
        store.append(input.logGroupName, input.logStreamName, taken);
        return rejected;
      },
    ),
    GetLogEvents: operation(
      getEvents,
      (input) => needs("GetLogEvents", nameOf(input), input.logStreamName),
      (input) => {
        const group = find(nameOf(input));
        findStream(group, input.logStreamName);
        const events = group.events.filter(({ stream }) => stream === input.logStreamName);
        return pageOfStream(sorted(events, input), input);
      },
    ),
    FilterLogEvents: operation(
      filterEvents,
      (input) => needs("FilterLogEvents", nameOf(input)),
      (input) => {
        const matches = parseFilterPattern(input.filterPattern);
        const { logStreamNames, logStreamNamePrefix } = input;
        const events = sorted(find(nameOf(input)).events, input)
          .filter(
            ({ stream }) => logStreamNames?.includes(stream) ?? stream.startsWith(logStreamNamePrefix ?? ""),
          )
          .filter(({ message }) => matches(message));
        const { page, nextToken } = paged(events, input);
        return {
          events: page.map((event) => ({
            ...written(event),
            logStreamName: event.stream,
            eventId: event.id,
          })),
          searchedLogStreams: [],
          ...nextToken,
        };
      },
    ),
    DescribeLogStreams: operation(
      describeStreams,
      (input) => needs("DescribeLogStreams", nameOf(input)),
      (input) => {
        const streams = [...find(nameOf(input)).streams.values()]
          .filter(({ name }) => name.startsWith(input.logStreamNamePrefix))
          .sort((a, b) =>
            input.orderBy === "LastEventTime" ? (a.lastMs ?? 0) - (b.lastMs ?? 0) : a.name < b.name ? -1 : 1,
          );
        const { page, nextToken } = paged(input.descending ? streams.reverse() : streams, input);
        const arn = (stream: LogStream): string => `${arnPrefix}:${nameOf(input)}:log-stream:${stream.name}`;
        return {
          logStreams: page.map((stream) => ({ ...describeStream(stream), arn: arn(stream) })),
          ...nextToken,
        };
      },
    ),
    DescribeLogGroups: operation(
      describeGroups,
      () => needs("DescribeLogGroups", ""),
      (input) => {
        const groups = store.groups().filter(({ name }) => name.startsWith(input.logGroupNamePrefix));
        const { page, nextToken } = paged(groups, input);
        return {
          logGroups: page.map(({ name, createdMs, retentionDays }) => ({
            logGroupName: name,
            creationTime: createdMs,
            ...(retentionDays === null ? {} : { retentionInDays: retentionDays }),
            arn: `${arnPrefix}:${name}:*`,
            logGroupArn: `${arnPrefix}:${name}`,
          })),
          ...nextToken,
        };
      },
    ),
    DescribeSubscriptionFilters: operation(
      describeFilters,
      (input) => needs("DescribeSubscriptionFilters", input.logGroupName),
      (input) => ({
        subscriptionFilters: filters()
          .filter(({ group }) => group === find(input.logGroupName).name)
          .map(({ name, pattern, destinationArn, group }) => ({
            filterName: name,
            logGroupName: group,
            filterPattern: pattern,
            destinationArn,
            distribution: "ByLogStream",
          })),
      }),
    ),
  };
}

/** What is too old or too new is left out, and the answer says which; a batch out of order is refused. */
function acceptable(
  events: z.infer<typeof putEvents>["logEvents"],
  nowMs: number,
): { readonly taken: readonly LogLine[]; readonly rejected: object } {
  const bytes = events.reduce(
    (sum, { message }) => sum + Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES,
    0,
  );
  if (bytes > MAX_BATCH_BYTES)
    throw invalid(`Upload too large: ${String(bytes)} bytes exceeds limit of ${String(MAX_BATCH_BYTES)}`);
  if (events.some(({ timestamp }, index) => timestamp < (events[index - 1]?.timestamp ?? 0)))
    throw invalid("Log events in a single PutLogEvents request must be in chronological order.");
  const tooOld = events.findLastIndex(({ timestamp }) => timestamp < nowMs - OLDEST_MS) + 1;
  const tooNew = events.findIndex(({ timestamp }) => timestamp > nowMs + NEWEST_MS);
  const taken = events.slice(tooOld, tooNew === -1 ? undefined : tooNew);
  const rejected = {
    ...(tooOld === 0 ? {} : { tooOldLogEventEndIndex: tooOld }),
    ...(tooNew === -1 ? {} : { tooNewLogEventStartIndex: tooNew }),
  };
  return {
    taken: taken.map(({ timestamp, message }) => ({ timeMs: timestamp, message })),
    rejected: Object.keys(rejected).length === 0 ? {} : { rejectedLogEventsInfo: rejected },
  };
}

function operation<T>(
  schema: z.ZodType<T>,
  needs: (input: T) => readonly AccessRequest[],
  run: (input: T) => object,
): Operation {
  return typedOperation("InvalidParameterException", schema, { needs, run });
}

function invalid(message: string): ServiceError {
  return new ServiceError("InvalidParameterException", message);
}

function notFound(message: string): ServiceError {
  return new ServiceError("ResourceNotFoundException", message);
}

function alreadyExists(message: string): ServiceError {
  return new ServiceError("ResourceAlreadyExistsException", message);
}
