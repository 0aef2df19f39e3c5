/** The Task state: an activity's task, or a call of a Lambda function by its ARN or through `lambda:invoke`. */
import { randomUUID } from "node:crypto";
import type { Json } from "../../graph";
import { ServiceError } from "../service";
import type { TaskState } from "./asl";
import { appendEvent, type Branch } from "./branch";
import { assertDataLimit } from "./data-flow";
import type { Details } from "./history";
import { isObject, readPath } from "./json-path";
import { runtimeError, StateError, type Failure } from "./state-error";
import type { TaskEnd } from "./task-end";
import type { Scope } from "./templates";
import { abortable } from "./waiting";

const INVOKE = "arn:aws:states:::lambda:invoke";

export type Target = "activity" | "function" | "invoke";

/** What a Task's Resource names; null for what this interpreter does not call. */
export function targetOf(resource: string): Target | null {
  if (resource === INVOKE) return "invoke";
  if (/^arn:[\w-]+:lambda:[\w-]*:\d*:function:[^:]+(:[^:]+)?$/.test(resource)) return "function";
  return /^arn:[\w-]+:states:[\w-]+:\d+:activity:[^:]+$/.test(resource) ? "activity" : null;
}

/** In seconds; undefined: no bound. */
interface Limits {
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
}

/** Gives the result of one task. Throws StateError when it fails or takes too long. */
export async function runTask(
  branch: Branch,
  state: TaskState,
  parameters: Json,
  scope: Scope,
): Promise<Json> {
  const limits = {
    timeoutSeconds: state.TimeoutSeconds ?? secondsAt(state.TimeoutSecondsPath, "TimeoutSecondsPath", scope),
    heartbeatSeconds:
      state.HeartbeatSeconds ?? secondsAt(state.HeartbeatSecondsPath, "HeartbeatSecondsPath", scope),
  };
  switch (targetOf(state.Resource)) {
    case "activity":
      return runActivity(branch, state.Resource, JSON.stringify(parameters), limits);
    case "invoke":
      return runInvoke(branch, parameters, limits);
    case "function":
      return runFunction(branch, state.Resource, JSON.stringify(parameters), limits);
    case null:
      throw runtimeError(`The local cloud can't call ${state.Resource}.`);
  }
}

async function runActivity(branch: Branch, resource: string, input: string, limits: Limits): Promise<Json> {
  const { activities } = branch.surroundings;
  if (activities.find(resource) === undefined) throw runtimeError(`The activity ${resource} does not exist.`);
  appendEvent(branch, "ActivityScheduled", { resource, input, ...written(limits) });
  const end = await abortable<TaskEnd>(branch.signal, (onEnded) => {
    const onStarted = (workerName: string | undefined): void => {
      appendEvent(branch, "ActivityStarted", { workerName });
    };
    return activities.schedule(resource, { input, ...limits, onStarted, onEnded }) ?? ((): void => undefined);
  });
  return conclude(branch, "Activity", resource, end, {});
}

/** The tasks of a Map's iterations are all scheduled before the first of them starts. */
async function runFunction(branch: Branch, resource: string, input: string, limits: Limits): Promise<Json> {
  appendEvent(branch, "LambdaFunctionScheduled", { resource, input, ...written(limits) });
  await Promise.resolve();
  appendEvent(branch, "LambdaFunctionStarted");
  return conclude(branch, "LambdaFunction", resource, await invoke(branch, resource, input, limits), {});
}

async function runInvoke(branch: Branch, parameters: Json, limits: Limits): Promise<Json> {
  const { region, accountId } = branch.surroundings;
  const task = { resourceType: "lambda", resource: "invoke" };
  const name = isObject(parameters) ? parameters["FunctionName"] : undefined;
  if (!isObject(parameters) || typeof name !== "string") {
    throw runtimeError(
      `The Parameters '${JSON.stringify(parameters)}' could not be used to start the Task: [The field 'FunctionName' is required but was missing]`,
    );
  }
  appendEvent(branch, "TaskScheduled", {
    ...task,
    region,
    parameters: JSON.stringify(parameters),
    ...written(limits),
  });
  await Promise.resolve();
  appendEvent(branch, "TaskStarted", task);
  const arn = name.startsWith("arn:") ? name : `arn:aws:lambda:${region}:${accountId}:function:${name}`;
  const end = await invoke(branch, arn, JSON.stringify(parameters["Payload"] ?? {}), limits);
  return conclude(
    branch,
    "Task",
    "lambda",
    end.kind === "success" ? { ...end, output: invocation(end.output) } : end,
    task,
  );
}

/** What `lambda:invoke` gives: the payload within the answer of Lambda's API. */
function invocation(payload: string): string {
  const requestId = randomUUID();
  return JSON.stringify({
    ExecutedVersion: "$LATEST",
    Payload: JSON.parse(payload) as Json,
    SdkHttpMetadata: { HttpHeaders: { "x-amzn-RequestId": requestId }, HttpStatusCode: 200 },
    SdkResponseMetadata: { RequestId: requestId },
    StatusCode: 200,
  });
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
        resolve({ kind: "failure", ...lambdaError(error) });
      },
    );
    return giveUp;
  });
}

/** Lambda refused the call, or could not take it: named as the Java SDK within Step Functions names it. */
function lambdaError(error: unknown): { error: string; cause: string } {
  const cause = (error as Error).message;
  if (!(error instanceof ServiceError)) return { error: "Lambda.ServiceException", cause };
  return {
    error: error.code === "AccessDeniedException" ? "Lambda.AWSLambdaException" : `Lambda.${error.code}`,
    cause,
  };
}

/** Writes how a task ended. `prefix` is that of AWS's event names; `producer` names the task in DataLimitExceeded. */
function conclude(branch: Branch, prefix: string, producer: string, end: TaskEnd, details: Details): Json {
  if (end.kind === "success") {
    try {
      assertDataLimit(end.output, producer);
    } catch (error) {
      if (error instanceof StateError)
        appendEvent(branch, `${prefix}Failed`, { ...details, ...error.failure });
      throw error;
    }
    appendEvent(branch, `${prefix}Succeeded`, { ...details, output: end.output });
    return JSON.parse(end.output) as Json;
  }
  const failure = failureOf(end);
  const { error, cause } = failure;
  appendEvent(branch, `${prefix}${end.kind === "failure" ? "Failed" : "TimedOut"}`, {
    ...details,
    error,
    cause,
  });
  throw new StateError(failure);
}

/** A lost heartbeat is recorded as States.Timeout, and caught as States.HeartbeatTimeout too. */
function failureOf(end: Exclude<TaskEnd, { kind: "success" }>): Failure {
  if (end.kind === "failure") return { error: end.error, cause: end.cause };
  return {
    error: "States.Timeout",
    cause: undefined,
    alias: end.heartbeat ? "States.HeartbeatTimeout" : undefined,
  };
}

function written({ timeoutSeconds, heartbeatSeconds }: Limits): Details {
  return { timeoutInSeconds: timeoutSeconds, heartbeatInSeconds: heartbeatSeconds };
}

function secondsAt(path: string | undefined, field: string, scope: Scope): number | undefined {
  if (path === undefined) return undefined;
  const seconds = readPath(path, scope.data, scope.context);
  if (typeof seconds === "number" && Number.isInteger(seconds) && seconds > 0) return seconds;
  throw runtimeError(
    `The ${field} field refers to value ${JSON.stringify(seconds)} which is not a positive integer: ${path}`,
  );
}
