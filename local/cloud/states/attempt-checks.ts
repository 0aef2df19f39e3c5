/** Checks of Retry and Catch, and of the fields and targets that they share with states. */
import type { Json } from "../../graph";
import type { JsonObject } from "./asl";
import { type Complain, isWhole } from "./expression-checks";
import { isObject, isReferencePath } from "./json-path";

/** Fields that AWS knows and this interpreter does not, and why a definition with them is refused. */
const NOT_RUN_HERE: Readonly<Record<string, string>> = {
  Arguments: "JSONata is",
  Output: "JSONata is",
  Items: "JSONata is",
  Condition: "JSONata is",
  Assign: "variables are",
  Credentials: "cross-account Credentials are",
  ItemReader: "distributed Maps are",
  ItemBatcher: "distributed Maps are",
  ResultWriter: "distributed Maps are",
  Label: "distributed Maps are",
  ToleratedFailureCount: "distributed Maps are",
  ToleratedFailureCountPath: "distributed Maps are",
  ToleratedFailurePercentage: "distributed Maps are",
  ToleratedFailurePercentagePath: "distributed Maps are",
};

/** Complains of each field that is not among `fields`. */
export function checkFields(
  holder: JsonObject,
  fields: readonly string[],
  at: string,
  complain: Complain,
): void {
  for (const field of Object.keys(holder)) {
    if (fields.includes(field)) continue;
    const why = NOT_RUN_HERE[field];
    complain(
      why === undefined
        ? `Field '${field}' is not supported`
        : `${why} not run by the local cloud: Field '${field}'`,
      at,
    );
  }
}

export function checkResultPath(holder: JsonObject, at: string, complain: Complain): void {
  const path = holder["ResultPath"];
  if (path === undefined || path === null || (typeof path === "string" && isReferencePath(path))) return;
  complain(
    `ResultPath must be a Reference Path such as $.result, or null, got ${JSON.stringify(path)}`,
    `${at}/ResultPath`,
  );
}

export function checkTarget(
  target: Json | undefined,
  siblings: JsonObject,
  at: string,
  complain: Complain,
): void {
  if (typeof target === "string" && siblings[target] !== undefined) return;
  complain(`MISSING_TRANSITION_TARGET: there is no state ${JSON.stringify(target ?? null)}`, at);
}

export function checkAttempts(state: JsonObject, siblings: JsonObject, at: string, complain: Complain): void {
  for (const field of ["Retry", "Catch"]) {
    const entries = state[field] ?? [];
    if (!Array.isArray(entries)) {
      complain(`${field} must be an array`, `${at}/${field}`);
      continue;
    }
    for (const [index, entry] of entries.entries()) {
      const where = `${at}/${field}[${String(index)}]`;
      if (!isObject(entry)) {
        complain("must be an object", where);
        continue;
      }
      checkErrorEquals(entry["ErrorEquals"], index === entries.length - 1, where, complain);
      if (field === "Retry") checkRetrier(entry, where, complain);
      else checkCatcher(entry, siblings, where, complain);
    }
  }
}

function checkErrorEquals(names: Json | undefined, last: boolean, at: string, complain: Complain): void {
  if (!Array.isArray(names) || names.length === 0 || names.some((name) => typeof name !== "string")) {
    complain("ErrorEquals must be a non-empty array of strings", at);
  } else if (names.includes("States.ALL") && (names.length > 1 || !last)) {
    complain("States.ALL must stand alone in ErrorEquals, in the last entry", at);
  }
}

function checkRetrier(retrier: JsonObject, at: string, complain: Complain): void {
  const { IntervalSeconds: interval, MaxAttempts: attempts, BackoffRate: rate } = retrier;
  const { MaxDelaySeconds: longest, JitterStrategy: jitter } = retrier;
  checkFields(
    retrier,
    [
      "ErrorEquals",
      "IntervalSeconds",
      "MaxAttempts",
      "BackoffRate",
      "MaxDelaySeconds",
      "JitterStrategy",
      "Comment",
    ],
    at,
    complain,
  );
  if (interval !== undefined && !isWhole(interval, 1))
    complain("IntervalSeconds must be a positive integer", at);
  if (attempts !== undefined && !isWhole(attempts, 0))
    complain("MaxAttempts must be an integer, 0 or more", at);
  if (rate !== undefined && !(typeof rate === "number" && rate >= 1))
    complain("BackoffRate must be 1 or more", at);
  if (longest !== undefined && !(isWhole(longest, 1) && Number(longest) > Number(interval ?? 1))) {
    complain("MaxDelaySeconds must be an integer above IntervalSeconds", at);
  }
  if (jitter !== undefined && jitter !== "FULL" && jitter !== "NONE")
    complain("JitterStrategy is FULL or NONE", at);
}

function checkCatcher(catcher: JsonObject, siblings: JsonObject, at: string, complain: Complain): void {
  checkFields(catcher, ["ErrorEquals", "Next", "ResultPath", "Comment"], at, complain);
  checkTarget(catcher["Next"], siblings, `${at}/Next`, complain);
  checkResultPath(catcher, at, complain);
}
