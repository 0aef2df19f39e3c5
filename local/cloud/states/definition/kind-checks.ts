/** Checks of the fields that Task, Wait and Fail states have of their own. */
import type { JsonObject, QueryLanguage } from "./asl";
import { type Complain, expressionMistakes, isWhole, pathMistake } from "./expression-checks";
import { checkServiceTask } from "../integrations/service-checks";
import { supportedResources } from "../integrations/service-resource";
import { isObject } from "../expressions/json-path";
import { isExpression } from "./jsonata-checks";
import { targetOf } from "../kinds/task";
import { timestampMs } from "../expressions/timestamp";

export function checkTask(state: JsonObject, at: string, complain: Complain, express: boolean): void {
  const { Resource: resource, TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
  const target = typeof resource === "string" ? targetOf(resource) : null;
  const [, pattern] = /(\.waitForTaskToken|\.sync(?::2)?)$/.exec(String(resource)) ?? [];
  if (express && pattern !== undefined) {
    // AWS's own sentence has a blank at its end for the one and none for the other.
    const blank = pattern === ".waitForTaskToken" ? " " : "";
    complain(
      `Express state machine does not support '${pattern}' service integration${blank}`,
      `${at}/Resource`,
    );
    return;
  }
  if (target === null) {
    const supported = ["the ARN of an activity", "the ARN of a Lambda function", ...supportedResources()];
    complain(
      `The local cloud runs Tasks whose Resource is ${supported.join(", ")}; got ${JSON.stringify(resource ?? null)}`,
      `${at}/Resource`,
    );
  }
  if (express && target === "activity")
    complain("Express state machine does not support Activity ARN", `${at}/Resource`);
  const credentials = state["Credentials"];
  if (credentials !== undefined && !(isObject(credentials) && namesRole(credentials)))
    complain("Credentials must have RoleArn and nothing else", `${at}/Credentials`);
  for (const field of ["TimeoutSeconds", "HeartbeatSeconds"]) {
    const seconds = state[field];
    if (seconds !== undefined && !isWhole(seconds, 1) && !isExpression(seconds))
      complain(`${field} must be a positive integer`, `${at}/${field}`);
    const path = state[`${field}Path`];
    if (path !== undefined) pathMistake(path, `${at}/${field}Path`, complain);
    if (path !== undefined && seconds !== undefined)
      complain(`A Task has either ${field} or ${field}Path`, at);
  }
  if (typeof timeout === "number" && typeof heartbeat === "number" && heartbeat >= timeout) {
    complain("HeartbeatSeconds must be smaller than TimeoutSeconds", `${at}/HeartbeatSeconds`);
  }
  if (typeof target === "object" && target !== null) checkServiceTask(target, state, at, complain);
}

function namesRole(credentials: JsonObject): boolean {
  const [field, ...others] = Object.keys(credentials);
  return others.length === 0 && (field === "RoleArn" || field === "RoleArn.$");
}

export function checkWait(state: JsonObject, at: string, complain: Complain, language: QueryLanguage): void {
  const { Seconds: seconds, Timestamp: timestamp } = state;
  const given = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"].filter(
    (field) => state[field] !== undefined,
  );
  if (given.length !== 1)
    complain("A Wait has exactly one of Seconds, SecondsPath, Timestamp, TimestampPath", at);
  if (seconds !== undefined && !isWhole(seconds, 0) && !isExpression(seconds))
    complain("Seconds must be an integer, 0 or more", `${at}/Seconds`);
  const fits = typeof timestamp === "string" && (language === "JSONata" || timestampMs(timestamp) !== null);
  if (timestamp !== undefined && !fits) {
    complain("Timestamp must be such as 2026-11-20T08:00:00Z", `${at}/Timestamp`);
  }
  for (const field of ["SecondsPath", "TimestampPath"]) {
    if (state[field] !== undefined) pathMistake(state[field], `${at}/${field}`, complain);
  }
}

export function checkFail(state: JsonObject, at: string, complain: Complain): void {
  for (const field of ["Error", "Cause"]) {
    const path = state[`${field}Path`];
    if (state[field] !== undefined && typeof state[field] !== "string")
      complain(`${field} must be a string`, `${at}/${field}`);
    if (path !== undefined) expressionMistakes(path, `${field}Path`, at, complain);
    if (path !== undefined && state[field] !== undefined)
      complain(`A Fail has either ${field} or ${field}Path`, at);
  }
}
