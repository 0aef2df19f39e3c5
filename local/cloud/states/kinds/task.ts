/** The Task state: an activity's task, a call of a Lambda function by its ARN, or a call of a service. */
import { randomUUID } from "node:crypto";
import type { Json } from "../../../graph";
import type { Outcome } from "../../../../worker/outcome";
import { taskIdOf } from "../../../../worker/slot";
import type { JsonObject, TaskState } from "../definition/asl";
import { runActivity } from "../activities/activity-task";
import { appendEvent, writtenNext, type Branch } from "../branch";
import { optimizedFailure } from "../integrations/service-failure";
import { parseServiceResource, type ServiceResource } from "../integrations/service-resource";
import { runServiceTask } from "../integrations/service-task";
import { queryError } from "../expressions/jsonata";
import { ofType } from "../expressions/jsonata-query";
import type { Query } from "../expressions/query";
import { runtimeError, StateError, type Failure } from "../state-error";
import type { TaskEnd } from "../activities/task-end";
import {
  callerOf,
  concludeTask,
  endWritten,
  inputWritten,
  startOf,
  termsWritten,
  writtenTerms,
} from "./task-events";
import { newToken, type Limits, type TaskTerms } from "../activities/task-tokens";
import { abortable } from "../waiting";

/** What a Task's Resource names; null for what this interpreter does not call. */
export function targetOf(resource: string): "activity" | "function" | ServiceResource | null {
  if (/^arn:[\w-]+:lambda:[\w-]*:\d*:function:[^:]+(:[^:]+)?$/.test(resource)) return "function";
  if (/^arn:[\w-]+:states:[\w-]+:\d+:activity:[^:]+$/.test(resource)) return "activity";
  return parseServiceResource(resource);
}

/** The token that a state's parameters may have as `$$.Task.Token`; null when nothing waits for it. */
export function tokenFor(branch: Branch, { Resource: resource }: TaskState): string | null {
  const pattern = parseServiceResource(resource)?.pattern ?? "request";
  if (pattern === "request") return null;
  return writtenNext(branch, "TaskScheduled")?.memo?.token ?? newToken(branch.surroundings.machineArn);
}

/** Gives the result of one task. Throws StateError when it fails or takes too long. `token` is what tokenFor gave. */
export async function runTask(
  branch: Branch,
  state: TaskState,
  query: Query,
  token: string | null,
): Promise<Json> {
  // No turn is given away where there is nothing to wait for: a state's task is scheduled as soon as it is entered.
  const written = termsWritten(branch);
  const payload = written === null ? query.payload() : null;
  const parameters = payload instanceof Promise ? await payload : payload;
  const given = written ?? termsOf(state, query);
  const terms = given instanceof Promise ? await given : given;
  const target = targetOf(state.Resource);
  switch (target) {
    case "activity":
      return runActivity(branch, state.Resource, JSON.stringify(parameters), terms);
    case "function":
      return runFunction(branch, state.Resource, JSON.stringify(parameters), terms);
    case null:
      throw runtimeError(`The local cloud can't call ${state.Resource}.`);
    default:
      return runServiceTask(branch, target, parameters, terms, token);
  }
}

function termsOf(state: TaskState, query: Query): TaskTerms | Promise<TaskTerms> {
  if (query.language === "JSONata" || state.Credentials !== undefined) return computedTerms(state, query);
  return { ...limitsOf(state, query), roleArn: undefined };
}

async function computedTerms(state: TaskState, query: Query): Promise<TaskTerms> {
  const limits = query.language === "JSONata" ? await computedLimits(query) : limitsOf(state, query);
  const roleArn = state.Credentials === undefined ? undefined : await roleOf(state.Credentials, query);
  return { ...limits, roleArn };
}

/** The tasks of a Map's iterations are all scheduled before the first of them starts. */
async function runFunction(branch: Branch, resource: string, given: string, terms: TaskTerms): Promise<Json> {
  const input = inputWritten(branch, "LambdaFunctionScheduled") ?? given;
  const token = writtenNext(branch, "LambdaFunctionScheduled")?.memo?.token ?? randomUUID();
  appendEvent(branch, "LambdaFunctionScheduled", { resource, input, ...writtenTerms(terms) }, { token });
  await Promise.resolve();
  const startedMs = startOf(branch, "LambdaFunctionStarted");
  appendEvent(branch, "LambdaFunctionStarted");
  const end =
    endWritten(branch, "LambdaFunction") ??
    (await callFunction(branch, resource, input, { ...terms, token, startedMs }));
  return concludeTask(branch, "LambdaFunction", resource, end, {});
}

async function callFunction(
  branch: Branch,
  functionArn: string,
  payload: string,
  terms: TaskTerms & { readonly token: string; readonly startedMs: number },
): Promise<TaskEnd> {
  const { clock, invoke } = branch.surroundings;
  const requestId = taskIdOf(terms.token);
  const call = async (signal: AbortSignal): Promise<Outcome> =>
    terms.roleArn === undefined
      ? invoke(functionArn, payload, signal, { requestId })
      : invoke(functionArn, payload, signal, { requestId, as: await callerOf(branch, terms, signal) });
  return abortable<TaskEnd>(branch.signal, (resolve) => {
    const controller = new AbortController();
    const giveUp = (): void => {
      stopTimeout();
      controller.abort();
    };
    const stopTimeout =
      terms.timeoutSeconds === undefined
        ? (): void => undefined
        : clock.after(terms.startedMs + terms.timeoutSeconds * 1000 - clock.now(), () => {
            resolve({ kind: "timed-out", heartbeat: false });
            controller.abort();
          });
    void call(controller.signal).then(
      (outcome) => {
        stopTimeout();
        resolve(outcome);
      },
      (error: unknown) => {
        stopTimeout();
        const failed = error instanceof StateError ? error : optimizedFailure("lambda", error);
        resolve({ kind: "failure", ...namedFailure(failed) });
      },
    );
    return giveUp;
  });
}

function namedFailure({ failure: { error, cause } }: StateError): Omit<Failure, "alias"> {
  return { error, cause };
}

async function roleOf(credentials: JsonObject, query: Query): Promise<string> {
  const { RoleArn: roleArn } = (await query.template(credentials, "Credentials")) as JsonObject;
  if (typeof roleArn === "string") return roleArn;
  throw runtimeError(`Credentials must name a role as RoleArn, got ${JSON.stringify(roleArn ?? null)}`);
}

function limitsOf(state: TaskState, query: Query): Limits {
  return {
    timeoutSeconds: secondsOf("TimeoutSeconds", state, query),
    heartbeatSeconds: secondsOf("HeartbeatSeconds", state, query),
  };
}

function secondsOf(
  field: "TimeoutSeconds" | "HeartbeatSeconds",
  state: TaskState,
  query: Query,
): number | undefined {
  const path = state[`${field}Path`];
  if (path === undefined) return Number(state[field]) || undefined;
  const seconds = query.read(path);
  if (isPositive(seconds)) return seconds;
  throw runtimeError(
    `The ${field}Path field refers to value ${JSON.stringify(seconds)} which is not a positive integer: ${path}`,
  );
}

async function computedLimits(query: Query): Promise<Limits> {
  return {
    timeoutSeconds: await computedSeconds("TimeoutSeconds", query),
    heartbeatSeconds: await computedSeconds("HeartbeatSeconds", query),
  };
}

async function computedSeconds(field: string, query: Query): Promise<number | undefined> {
  const found = await query.field(field);
  if (found === undefined) return undefined;
  const seconds = ofType("number", found, field);
  if (isPositive(seconds)) return seconds;
  throw queryError(`The ${field} field must be a positive integer, but was: ${String(seconds)}`, field);
}

function isPositive(value: Json): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0;
}
