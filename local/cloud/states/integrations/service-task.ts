/** One task that is a call of a service: its events, its bounds, and the wait for what the call began. */
import { createHash, randomUUID } from "node:crypto";
import type { Json } from "../../../graph";
import { taskIdOf } from "../../../../worker/slot";
import type { JsonObject } from "../definition/asl";
import { appendEvent, note, takeHeartbeats, takeNote, type Branch } from "../branch";
import type { Details } from "../executions/history";
import { isObject } from "../expressions/json-path";
import { Aborted, runtimeError, StateError } from "../state-error";
import type { TaskEnd } from "../activities/task-end";
import {
  callerOf,
  concludeTask,
  endWritten,
  inputWritten,
  startOf,
  writtenTerms,
} from "../kinds/task-events";
import type { TaskTerms } from "../activities/task-tokens";
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
  const written = inputWritten(branch, "TaskScheduled", "parameters");
  const parameters =
    written === undefined ? parametersOf(target, given) : (JSON.parse(written) as JsonObject);
  const taskToken = token ?? randomUUID();
  appendEvent(
    branch,
    "TaskScheduled",
    {
      ...task,
      region: branch.surroundings.region,
      parameters: JSON.stringify(parameters),
      ...writtenTerms(terms),
    },
    { token: taskToken },
  );
  // The tasks of a Map's iterations are all scheduled before the first of them starts.
  await Promise.resolve();
  const startedMs = startOf(branch, "TaskStarted");
  appendEvent(branch, "TaskStarted", task);
  const known = knownCall(branch, task, startedMs);
  const end =
    endWritten(branch, "Task") ??
    (await endOf(branch, { ...known, target, parameters, terms, token: taskToken, startedMs }));
  return concludeTask(branch, "Task", resourceType, end, task);
}

/** What is known of a call that was begun before a restart. */
interface KnownCall {
  /** What the service answered; null: it is still to be called. */
  readonly answer: JsonObject | null;
  /** The last sign of life, the start included. */
  readonly heartbeatMs: number;
  /** How the task ended, should the token have been sent back before the answer came. */
  readonly sentBack: TaskEnd | null;
}

/** One call, new or going on. */
interface Call extends KnownCall {
  readonly target: ServiceResource;
  readonly parameters: JsonObject;
  readonly terms: TaskTerms;
  readonly token: string;
  readonly startedMs: number;
}

function knownCall(branch: Branch, task: Details, startedMs: number): KnownCall {
  const earlyBeatMs = takeHeartbeats(branch, startedMs);
  const sentBack = takeNote(branch, "sent-back")?.end ?? null;
  const output = inputWritten(branch, "TaskSubmitted", "output");
  if (output === undefined) return { answer: null, heartbeatMs: earlyBeatMs, sentBack };
  appendEvent(branch, "TaskSubmitted", task);
  const heartbeatMs = takeHeartbeats(branch, earlyBeatMs);
  return { answer: JSON.parse(output) as JsonObject, heartbeatMs, sentBack };
}

function endOf(branch: Branch, call: Call): Promise<TaskEnd> {
  const { target, terms, token, startedMs, heartbeatMs } = call;
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
    let answered = call.answer !== null;
    const onEnded = (end: TaskEnd): void => {
      if (end.kind === "timed-out") {
        settle(end);
        return;
      }
      if (!answered) note(branch, { kind: "sent-back", end });
      sendBack(end);
    };
    const open = branch.surroundings.tokens.open(token, terms, onEnded, (timeMs) => {
      note(branch, { kind: "heartbeat", timeMs });
    });
    open.startTimeout(startedMs);
    if (target.pattern === "waitForTaskToken") open.startHeartbeat(heartbeatMs);
    if (call.sentBack !== null) {
      open.withdraw();
      sendBack(call.sentBack);
    }
    const onAnswered = (): void => {
      answered = true;
    };
    void callAndWait(branch, { ...call, onAnswered }, sentBack, controller.signal).then(
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
  { target, parameters, terms, token, answer: known, onAnswered }: Call & { readonly onAnswered: () => void },
  sentBack: Promise<TaskEnd>,
  signal: AbortSignal,
): Promise<TaskEnd> {
  const { api, pattern, resourceType, resource } = target;
  const { integrations, region } = branch.surroundings;
  const integration = integrations[api];
  const caller =
    terms.roleArn === undefined ? branch.surroundings.caller : await callerOf(branch, terms, signal);
  const context = { caller, region, signal, requestId: taskIdOf(token) };
  const answer = known ?? (await integration.call(named(api, parameters, token), context));
  const output = JSON.stringify(answer);
  if (pattern === "request") return { kind: "success", output };
  if (signal.aborted) throw new Aborted();
  if (known === null) appendEvent(branch, "TaskSubmitted", { resourceType, resource, output });
  onAnswered();
  if (pattern === "waitForTaskToken") return sentBack;
  if (integration.finish === undefined) throw new Error(`${api} has no end to wait for.`);
  // Whoever was given the token may end the task before the work does, as on AWS.
  return Promise.race([integration.finish(answer, pattern, context), sentBack]);
}

/** An execution that is started without a name gets one from the task, so that the call made again finds it. */
function named(api: ServiceResource["api"], parameters: JsonObject, token: string): JsonObject {
  if (api !== "states:startExecution" || "Name" in parameters) return parameters;
  const hex = createHash("sha256").update(token).digest("hex");
  const Name = [8, 12, 16, 20, 32].map((end, at, ends) => hex.slice(ends[at - 1] ?? 0, end)).join("-");
  return { ...parameters, Name };
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
