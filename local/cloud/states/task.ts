/** The Task state: an activity's task, a call of a Lambda function by its ARN, or a call of a service. */
import type { Json } from "../../graph";
import type { TaskState } from "./asl";
import { appendEvent, type Branch } from "./branch";
import { optimizedFailure } from "./integrations/service-failure";
import { parseServiceResource, type ServiceResource } from "./integrations/service-resource";
import { runServiceTask } from "./integrations/service-task";
import { queryError } from "./jsonata";
import { ofType } from "./jsonata-query";
import type { Query } from "./query";
import { runtimeError, StateError, type Failure } from "./state-error";
import type { TaskEnd } from "./task-end";
import { concludeTask, writtenLimits } from "./task-events";
import { newToken, type Limits } from "./task-tokens";
import { abortable } from "./waiting";

/** What a Task's Resource names; null for what this interpreter does not call. */
export function targetOf(resource: string): "activity" | "function" | ServiceResource | null {
  if (/^arn:[\w-]+:lambda:[\w-]*:\d*:function:[^:]+(:[^:]+)?$/.test(resource)) return "function";
  if (/^arn:[\w-]+:states:[\w-]+:\d+:activity:[^:]+$/.test(resource)) return "activity";
  return parseServiceResource(resource);
}

/** The token that a state's parameters may have as `$$.Task.Token`; null when nothing waits for it. */
export function tokenFor(branch: Branch, { Resource: resource }: TaskState): string | null {
  const pattern = parseServiceResource(resource)?.pattern ?? "request";
  return pattern === "request" ? null : newToken(branch.surroundings.machineArn);
}

/** Gives the result of one task. Throws StateError when it fails or takes too long. `token` is what tokenFor gave. */
export async function runTask(
  branch: Branch,
  state: TaskState,
  query: Query,
  token: string | null,
): Promise<Json> {
  const parameters = await query.payload();
  const limits = await limitsOf(query);
  const target = targetOf(state.Resource);
  switch (target) {
    case "activity":
      return runActivity(branch, state.Resource, JSON.stringify(parameters), limits);
    case "function":
      return runFunction(branch, state.Resource, JSON.stringify(parameters), limits);
    case null:
      throw runtimeError(`The local cloud can't call ${state.Resource}.`);
    default:
      return runServiceTask(branch, target, parameters, limits, token);
  }
}

async function runActivity(branch: Branch, resource: string, input: string, limits: Limits): Promise<Json> {
  const { activities } = branch.surroundings;
  if (activities.find(resource) === undefined) throw runtimeError(`The activity ${resource} does not exist.`);
  appendEvent(branch, "ActivityScheduled", { resource, input, ...writtenLimits(limits) });
  const end = await abortable<TaskEnd>(branch.signal, (onEnded) => {
    const onStarted = (workerName: string | undefined): void => {
      appendEvent(branch, "ActivityStarted", { workerName });
    };
    return activities.schedule(resource, { input, ...limits, onStarted, onEnded }) ?? ((): void => undefined);
  });
  return concludeTask(branch, "Activity", resource, end, {});
}

/** The tasks of a Map's iterations are all scheduled before the first of them starts. */
async function runFunction(branch: Branch, resource: string, input: string, limits: Limits): Promise<Json> {
  appendEvent(branch, "LambdaFunctionScheduled", { resource, input, ...writtenLimits(limits) });
  await Promise.resolve();
  appendEvent(branch, "LambdaFunctionStarted");
  return concludeTask(branch, "LambdaFunction", resource, await invoke(branch, resource, input, limits), {});
}

async function invoke(
  branch: Branch,
  functionArn: string,
  payload: string,
  limits: Limits,
): Promise<TaskEnd> {
  const { clock, invoke: call } = branch.surroundings;
  return abortable<TaskEnd>(branch.signal, (resolve) => {
    const controller = new AbortController();
    const giveUp = (): void => {
      stopTimeout();
      controller.abort();
    };
    const stopTimeout =
      limits.timeoutSeconds === undefined
        ? (): void => undefined
        : clock.after(limits.timeoutSeconds * 1000, () => {
            resolve({ kind: "timed-out", heartbeat: false });
            controller.abort();
          });
    void call(functionArn, payload, controller.signal).then(
      (outcome) => {
        stopTimeout();
        resolve(outcome);
      },
      (error: unknown) => {
        stopTimeout();
        resolve({ kind: "failure", ...namedFailure(optimizedFailure("lambda", error)) });
      },
    );
    return giveUp;
  });
}

function namedFailure({ failure: { error, cause } }: StateError): Omit<Failure, "alias"> {
  return { error, cause };
}

async function limitsOf(query: Query): Promise<Limits> {
  return {
    timeoutSeconds: await secondsOf("TimeoutSeconds", query),
    heartbeatSeconds: await secondsOf("HeartbeatSeconds", query),
  };
}

async function secondsOf(field: string, query: Query): Promise<number | undefined> {
  const found = await query.field(field);
  if (found === undefined) return undefined;
  const seconds = query.language === "JSONata" ? ofType("number", found, field) : found.value;
  if (typeof seconds === "number" && Number.isInteger(seconds) && seconds > 0) return seconds;
  if (query.language === "JSONata")
    throw queryError(`The ${field} field must be a positive integer, but was: ${String(seconds)}`, field);
  throw runtimeError(
    `The ${field}Path field refers to value ${JSON.stringify(seconds)} which is not a positive integer: ${found.source ?? ""}`,
  );
}
