/** Where a state machine's events are logged, as CreateStateMachine is told. */
import { ServiceError } from "../../service";
import { flag, oneOf, optionalText, text, type Request } from "../request";

const LEVELS = ["ALL", "ERROR", "FATAL", "OFF"] as const;

export interface LoggingConfiguration {
  readonly level: (typeof LEVELS)[number];
  readonly includeExecutionData: boolean;
  readonly destinations?: readonly { readonly cloudWatchLogsLogGroup: { readonly logGroupArn: string } }[];
}

/** Undefined when the request has none. Throws InvalidLoggingConfiguration. */
export function readLogging(request: Request): LoggingConfiguration | undefined {
  const given = request["loggingConfiguration"];
  if (given === undefined || given === null) return undefined;
  const configuration = given as Request;
  const level = oneOf(optionalText(configuration, "level") ?? "OFF", "loggingConfiguration.level", LEVELS);
  const includeExecutionData = flag(configuration, "includeExecutionData", false);
  const listed: unknown = configuration["destinations"] ?? undefined;
  const destinations = Array.isArray(listed) ? listed.map(readDestination) : undefined;
  const count = destinations?.length ?? 0;
  if (count > 1 || (count === 0 && level !== "OFF"))
    throw invalid("Must specify exactly one Log Destination.");
  return { level, includeExecutionData, ...(destinations === undefined ? {} : { destinations }) };
}

function readDestination(entry: unknown): { cloudWatchLogsLogGroup: { logGroupArn: string } } {
  const group = (entry as Request)["cloudWatchLogsLogGroup"];
  if (typeof group !== "object" || group === null) throw invalid("Must specify exactly one Log Destination.");
  const logGroupArn = text(group as Request, "logGroupArn", [1, 256]);
  if (!/^arn:[\w-]+:logs:[\w-]+:\d+:log-group:.+:\*$/.test(logGroupArn))
    throw invalid(`Log Destination '${logGroupArn}' is not the ARN of a log group that ends in ':*'.`);
  return { cloudWatchLogsLogGroup: { logGroupArn } };
}

function invalid(why: string): ServiceError {
  return new ServiceError("InvalidLoggingConfiguration", `Invalid Logging Configuration: ${why}`);
}
