/** One task that is a call of a service: its events, its bounds, and the wait for what the call began. */
import { randomUUID } from "node:crypto";
import type { Json } from "../../../graph";
import type { JsonObject } from "../asl";
import { appendEvent, type Branch } from "../branch";
import { isObject } from "../json-path";
import { Aborted, runtimeError, StateError } from "../state-error";
import type { TaskEnd } from "../task-end";
import { callerOf, concludeTask, writtenTerms } from "../task-events";
import type { TaskTerms } from "../task-tokens";
import { abortable } from "../waiting";
import { factsOf, type ServiceResource } from "./service-resource";

/** `token` is what the parameters may have as `$$.Task.Token`; null for a call that nothing is awaited of. */
export async function runServiceTask(
  branch: Branch,
  target: ServiceResource,
  given: Json,
  terms: TaskTerms,
  token: string | null,
): Promise<Json> {
  const { resourceType, resource } = target;
  const task = { resourceType, resource };
  const parameters = parametersOf(target, given);
  appendEvent(branch, "TaskScheduled", {
    ...task,
    region: branch.surroundings.region,
    parameters: JSON.stringify(parameters),
    ...writtenTerms(terms),
  });
  // The tasks of a Map's iterations are all scheduled before the first of them starts.
  await Promise.resolve();
  appendEvent(branch, "TaskStarted", task);
  const end = await endOf(branch, target, parameters, terms, token);
  return concludeTask(branch, "Task", resourceType, end, task);
}

function endOf(
  branch: Branch,
  target: ServiceResource,
  parameters: JsonObject,
  terms: TaskTerms,
  token: string | null,
): Promise<TaskEnd> {
  return abortable<TaskEnd>(branch.signal, (resolve) => {
    const controller = new AbortController();
    const giveUp = (): void => {
      open.withdraw();
      controller.abort();
    };
    const settle = (end: TaskEnd): void => {
      giveUp();
      resolve(end);
    };
    const { promise: sentBack, resolve: sendBack } = Promise.withResolvers<TaskEnd>();
    const open = branch.surroundings.tokens.open(token ?? randomUUID(), terms, (end) => {
      if (end.kind === "timed-out") settle(end);
      else sendBack(end);
    });
    open.startTimeout();
    if (target.pattern === "waitForTaskToken") open.startHeartbeat();
    void callAndWait(branch, target, parameters, terms, sentBack, controller.signal).then(
      settle,
      (error: unknown) => {
        if (!(error instanceof Aborted)) settle(failureOf(error));
      },
    );
    return giveUp;
  });
}

async function callAndWait(
  branch: Branch,
  { api, pattern, resourceType, resource }: ServiceResource,
  parameters: JsonObject,
  terms: TaskTerms,
  sentBack: Promise<TaskEnd>,
  signal: AbortSignal,
): Promise<TaskEnd> {
  const { integrations, region } = branch.surroundings;
  const integration = integrations[api];
  const caller =
    terms.roleArn === undefined ? branch.surroundings.caller : await callerOf(branch, terms, signal);
  const context = { caller, region, signal };
  const answer = await integration.call(parameters, context);
  const output = JSON.stringify(answer);
  if (pattern === "request") return { kind: "success", output };
  if (signal.aborted) throw new Aborted();
  appendEvent(branch, "TaskSubmitted", { resourceType, resource, output });
  if (pattern === "waitForTaskToken") return sentBack;
  if (integration.finish === undefined) throw new Error(`${api} has no end to wait for.`);
  // Whoever was given the token may end the task before the work does, as on AWS.
  return Promise.race([integration.finish(answer, pattern, context), sentBack]);
}

/** Only what the service has a field for. Throws what AWS fails such a state with. */
function parametersOf({ api }: ServiceResource, given: Json): JsonObject {
  const { required, optional } = factsOf(api);
  const mistakes = required
    .filter((field) => !isObject(given) || !(field in given))
    .map((field) => `The field '${field}' is required but was missing`);
  if (!isObject(given) || mistakes.length > 0) {
    throw runtimeError(
      `The Parameters '${JSON.stringify(given)}' could not be used to start the Task: [${mistakes.join(", ")}]`,
    );
  }
  const known = new Set([...required, ...optional]);
  return Object.fromEntries(Object.entries(given).filter(([field]) => known.has(field)));
}

/** Every failure of a call is the task's; only what is wrong with this cloud goes on as an exception's name. */
function failureOf(error: unknown): TaskEnd {
  if (error instanceof StateError)
    return { kind: "failure", error: error.failure.error, cause: error.failure.cause };
  const cause = (error as Error).stack ?? String(error);
  return { kind: "failure", error: "States.Runtime", cause: `The local cloud failed: ${cause}` };
}
