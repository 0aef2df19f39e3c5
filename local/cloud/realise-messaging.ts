/** Gives queues, parameters, log groups and what hangs on them to their services. */
import { z } from "zod";
import type { Graph, GraphResource } from "../graph";
import { resourcesOfType } from "../graph";
import type { Access } from "./access";
import { asyncSettings } from "./lambda/async-settings";
import type { Lambda } from "./lambda/lambda";
import type { Deliver, Logs } from "./logs/logs";
import { isNotRunnable, propertiesOf, type NotRunnable } from "./properties";
import { ServiceError } from "./service";
import { queueSettings } from "./sqs/queues";
import type { Sqs } from "./sqs/sqs";
import type { Ssm } from "./ssm";

export function realiseQueue(resource: GraphResource, sqs: Sqs): string | NotRunnable {
  const settings = queueSettings(resource);
  if (isNotRunnable(settings)) return settings;
  sqs.createQueue(settings);
  return "messages are kept for the run";
}

const parameterSchema = z.object({
  name: z.string(),
  type: z.enum(["String", "StringList", "SecureString"]),
  value: z.string().optional(),
  insecureValue: z.string().optional(),
});

export function realiseParameter(resource: GraphResource, ssm: Ssm): string | NotRunnable {
  const parameter = propertiesOf(resource, parameterSchema);
  if (isNotRunnable(parameter)) return parameter;
  const { name, type, value = parameter.insecureValue } = parameter;
  if (value === undefined) return { why: "it has no value" };
  ssm.putParameter({ name, type, value });
  return "programs read it";
}

const groupSchema = z.object({ name: z.string(), retentionInDays: z.number().default(0) });
const streamSchema = z.object({ name: z.string(), logGroupName: z.string() });

export function realiseLogGroup(resource: GraphResource, logs: Logs): string | NotRunnable {
  const group = propertiesOf(resource, groupSchema);
  if (isNotRunnable(group)) return group;
  logs.createGroup(group.name, group.retentionInDays === 0 ? null : group.retentionInDays);
  return "its newest events are kept for the run";
}

export function realiseLogStream(resource: GraphResource, logs: Logs): string | NotRunnable {
  const stream = propertiesOf(resource, streamSchema);
  if (isNotRunnable(stream)) return stream;
  if (!logs.hasGroup(stream.logGroupName))
    return { why: `there is no log group ${stream.logGroupName} here` };
  logs.createStream(stream.logGroupName, stream.name);
  return "events are written to it";
}

const filterSchema = z.object({
  name: z.string(),
  /** Name of the group; its resource is read as its id, which is its name. */
  logGroup: z.string(),
  filterPattern: z.string(),
  destinationArn: z.string(),
});

/** Throws AccessDenied, under strict IAM, where CloudWatch Logs may not invoke the function, as when a filter is put. */
export function realiseSubscription(
  resource: GraphResource,
  { logs, access, deliver }: { readonly logs: Logs; readonly access: Access; readonly deliver: Deliver },
  principal: string,
): string | NotRunnable {
  const filter = propertiesOf(resource, filterSchema);
  if (isNotRunnable(filter)) return filter;
  const { name, logGroup: group, filterPattern: pattern, destinationArn } = filter;
  if (destinationArn.split(":")[2] !== "lambda")
    return { why: `its destination is ${destinationArn}: a Lambda function can be run` };
  if (!logs.hasGroup(group)) return { why: `there is no log group ${group} here` };
  access.use({ arn: principal }, invocationByLogs(group, destinationArn));
  try {
    logs.subscribe({ name, group, pattern, destinationArn }, deliver);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { why: error.message };
  }
  return "events that match are brought to its function";
}

/** What CloudWatch Logs needs of a function, and what it says of where the events come from. */
export function invocationByLogs(group: string, functionArn: string) {
  const [, partition = "", , region = "", account = ""] = functionArn.split(":");
  return {
    action: "lambda:InvokeFunction",
    resource: functionArn,
    context: {
      "aws:SourceArn": `arn:${partition}:logs:${region}:${account}:log-group:${group}:*`,
      "aws:SourceAccount": account,
    },
  };
}

/** As which service CloudWatch Logs calls: the permissions of the program name it with its region, or without. */
export function logsPrincipal(graph: Graph): string {
  const principals = resourcesOfType(graph, "aws:lambda/permission:Permission").map(({ inputs }) =>
    String(inputs["principal"]),
  );
  return principals.find((principal) => /^logs\..*amazonaws\.com$/.test(principal)) ?? "logs.amazonaws.com";
}

export function realiseAsyncSettings(resource: GraphResource, lambda: Lambda): string | NotRunnable {
  const config = asyncSettings(resource);
  if (isNotRunnable(config)) return config;
  return lambda.configureAsync(config.functionName, config.settings)
    ? "events that its function fails on are tried again, dropped and sent on by it"
    : { why: `there is no function ${config.functionName} here` };
}
