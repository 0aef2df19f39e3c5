/** Checks of the fields that Task, Wait and Fail states have of their own. */
import type { JsonObject } from "./asl";
import { type Complain, expressionMistakes, isWhole, pathMistake } from "./expression-checks";
import { targetOf } from "./task";
import { timestampMs } from "./timestamp";

export function checkTask(state: JsonObject, at: string, complain: Complain): void {
  const { Resource: resource, TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
  const target = typeof resource === "string" ? targetOf(resource) : null;
  if (target === null) {
    const supported = "the ARN of an activity, the ARN of a Lambda function, arn:aws:states:::lambda:invoke";
    complain(
      `The local cloud runs Tasks whose Resource is ${supported}; got ${JSON.stringify(resource ?? null)}`,
      `${at}/Resource`,
    );
  }
  for (const field of ["TimeoutSeconds", "HeartbeatSeconds"]) {
    const seconds = state[field];
    if (seconds !== undefined && !isWhole(seconds, 1))
      complain(`${field} must be a positive integer`, `${at}/${field}`);
    const path = state[`${field}Path`];
    if (path !== undefined) pathMistake(path, `${at}/${field}Path`, complain);
    if (path !== undefined && seconds !== undefined)
      complain(`A Task has either ${field} or ${field}Path`, at);
  }
  if (typeof timeout === "number" && typeof heartbeat === "number" && heartbeat >= timeout) {
    complain("HeartbeatSeconds must be smaller than TimeoutSeconds", `${at}/HeartbeatSeconds`);
  }
  if (target === "invoke" && state["Parameters"] === undefined)
    complain("lambda:invoke needs Parameters", at);
}

export function checkWait(state: JsonObject, at: string, complain: Complain): void {
  const { Seconds: seconds, Timestamp: timestamp } = state;
  const given = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"].filter(
    (field) => state[field] !== undefined,
  );
  if (given.length !== 1)
    complain("A Wait has exactly one of Seconds, SecondsPath, Timestamp, TimestampPath", at);
  if (seconds !== undefined && !isWhole(seconds, 0))
    complain("Seconds must be an integer, 0 or more", `${at}/Seconds`);
  if (timestamp !== undefined && !(typeof timestamp === "string" && timestampMs(timestamp) !== null)) {
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
