/** Checks of Retry and Catch, and of the fields and targets that they share with states. */
import type { Json } from "../../../graph";
import type { JsonObject, QueryLanguage } from "./asl";
import { type Complain, isWhole } from "./expression-checks";
import { checkJsonata } from "./jsonata-checks";
import { isObject, isReferencePath } from "../expressions/json-path";
import { checkAssign } from "./variable-checks";

/** Complains of each field that is not among `fields`, nor one that every state has. */
export function checkFields(
  holder: JsonObject,
  fields: readonly string[],
  language: QueryLanguage,
  at: string,
  complain: Complain,
): void {
  for (const field of Object.keys(holder)) {
    if (fields.includes(field) || COMMON.includes(field)) continue;
    const other = language === "JSONata" ? "JSONPath" : "JSONata";
    complain(
      OTHER_LANGUAGE[other].test(field)
        ? `Field '${field}' is not supported with QueryLanguage '${language}': it is for ${other}`
        : `Field '${field}' is not supported`,
      at,
    );
  }
}

const COMMON = ["Type", "Comment", "QueryLanguage"];

const OTHER_LANGUAGE: Readonly<Record<QueryLanguage, RegExp>> = {
  JSONPath: /Path$|^(Parameters|ResultSelector|Result|Iterator)$/,
  JSONata: /^(Arguments|Output|Items|Condition)$/,
};

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
  complain(
    `Missing 'Next' target: ${typeof target === "string" ? target : JSON.stringify(target ?? null)}`,
    at,
    "MISSING_TRANSITION_TARGET",
  );
}

export function checkAttempts(
  state: JsonObject,
  siblings: JsonObject,
  language: QueryLanguage,
  at: string,
  setting: { readonly outer: ReadonlySet<string>; readonly complain: Complain },
): void {
  const { complain } = setting;
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
      else checkCatcher(entry, siblings, language, where, setting);
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
    ["ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"],
    "JSONPath",
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

function checkCatcher(
  catcher: JsonObject,
  siblings: JsonObject,
  language: QueryLanguage,
  at: string,
  setting: { readonly outer: ReadonlySet<string>; readonly complain: Complain },
): void {
  const { complain } = setting;
  const own = language === "JSONata" ? "Output" : "ResultPath";
  checkFields(catcher, ["ErrorEquals", "Next", "Assign", own], language, at, complain);
  checkTarget(catcher["Next"], siblings, `${at}/Next`, complain);
  if (language === "JSONata") checkJsonata(catcher, at, complain);
  else checkResultPath(catcher, at, complain);
  checkAssign(catcher, language, at, setting);
}
