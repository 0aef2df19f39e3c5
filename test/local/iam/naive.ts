/**
 * A second evaluator, written naively and on its own: it reads documents as they are, character by character, and follows
 * the flow chart of the documentation step by step. Slow, and knows only what the random policies have.
 */
import type { Asked, Documents, Json, Verdict } from "./ask";
import { ACCOUNT, ROLE, SESSION } from "./ask";

type Raw = { readonly [key: string]: Json };
type Situation = {
  readonly caller: { arn: string; sessionArn: string | null };
  readonly asked: Required<Asked>;
};

export function naiveVerdict(documents: Documents, asked: Required<Asked>): Verdict {
  const caller = { arn: ROLE, sessionArn: SESSION, ...asked.caller };
  const at: Situation = { caller, asked };
  const statements = (value: Json | undefined): readonly Raw[] =>
    value === undefined ? [] : ([value].flat() as Raw[]);
  const all = {
    resource: statements(documents.resource),
    identity: statements(documents.identity),
    boundary: statements(documents.boundary),
    session: statements(documents.session),
  };
  // 1. Is there an explicit deny?
  for (const group of ["resource", "identity", "boundary", "session"] as const) {
    for (const statement of all[group]) {
      if (statement["Effect"] === "Deny" && concerns(statement, at)) return `denied by ${group}`;
    }
  }
  const allowing = (list: readonly Raw[]): readonly Raw[] =>
    list.filter((statement) => statement["Effect"] === "Allow" && concerns(statement, at));
  // 2. What does the resource's policy say, and of whom?
  let toSession = false;
  let toRole = false;
  let toAccount = false;
  for (const statement of allowing(all.resource)) {
    for (const name of principalsOf(statement)) {
      if (name === "*") toRole = true;
      else if (name === caller.sessionArn) toSession = true;
      else if (name === caller.arn && caller.sessionArn === null) toSession = true;
      else if (name === caller.arn) toRole = true;
      else if (name === accountOf(caller.arn) || name === `arn:aws:iam::${accountOf(caller.arn)}:root`)
        toAccount = true;
    }
  }
  const byIdentity = allowing(all.identity).length > 0;
  if (asked.resourceAccount !== accountOf(caller.arn)) {
    // 3. Across accounts both must agree.
    if (!toSession && !toRole && !toAccount) return "no by resource";
    if (!byIdentity) return "no by identity";
  } else {
    // 4. Within the account a session may have been named itself, and then nothing else is asked.
    if (toSession) return "yes";
    if (!byIdentity && !toRole) return "no by identity";
  }
  if (documents.boundary !== undefined && allowing(all.boundary).length === 0) return "no by boundary";
  if (documents.session !== undefined && allowing(all.session).length === 0) return "no by session";
  return "yes";
}

function concerns(statement: Raw, at: Situation): boolean {
  const { action = "", resource = "" } = at.asked;
  const lower = (value: Json): string => String(value).toLowerCase();
  const listed = (element: string): readonly Json[] => [statement[element] ?? []].flat() as readonly Json[];
  if (statement["Action"] !== undefined && !listed("Action").some((each) => like(lower(action), lower(each))))
    return false;
  if (
    statement["NotAction"] !== undefined &&
    listed("NotAction").some((each) => like(lower(action), lower(each)))
  )
    return false;
  for (const element of ["Resource", "NotResource"]) {
    const patterns = listed(element).map((each) => substitute(String(each), at));
    if (patterns.includes(null)) return false;
    const found = patterns.some((each) => like(resource, each ?? ""));
    if (statement[element] !== undefined && found !== (element === "Resource")) return false;
  }
  if (statement["Principal"] !== undefined && !principalsOf(statement).some((name) => isOneOf(name, at)))
    return false;
  if (statement["NotPrincipal"] !== undefined) {
    const names = principalsOf({ Principal: statement["NotPrincipal"] });
    const { arn, sessionArn } = at.caller;
    const spared =
      names.includes(arn) &&
      (sessionArn === null || names.includes(sessionArn)) &&
      (names.includes(accountOf(arn)) || names.includes(`arn:aws:iam::${accountOf(arn)}:root`));
    if (spared) return false;
  }
  const condition = (statement["Condition"] ?? {}) as Raw;
  for (const operator of Object.keys(condition)) {
    const keys = condition[operator] as Raw;
    for (const key of Object.keys(keys)) {
      if (!holds(operator, key, [keys[key] ?? []].flat() as readonly Json[], at)) return false;
    }
  }
  return true;
}

function isOneOf(name: string, { caller }: Situation): boolean {
  const account = accountOf(caller.arn);
  return ["*", caller.arn, caller.sessionArn, account, `arn:aws:iam::${account}:root`].includes(name);
}

function principalsOf(statement: Raw): readonly string[] {
  const principal = statement["Principal"];
  if (principal === "*") return ["*"];
  return Object.values((principal ?? {}) as Raw).flat() as string[];
}

function accountOf(arn: string): string {
  return arn === "" ? ACCOUNT : (arn.split(":")[4] ?? "");
}

function holds(operator: string, key: string, wanted: readonly Json[], at: Situation): boolean {
  const name = Object.keys(at.asked.context).find((each) => each.toLowerCase() === key.toLowerCase());
  const value = name === undefined ? undefined : at.asked.context[name];
  const present = value === undefined ? [] : ([value].flat() as string[]);
  if (operator === "Null") return wanted.some((each) => (String(each) === "true") === (present.length === 0));
  let base = operator;
  let set = "";
  if (base.startsWith("ForAllValues:") || base.startsWith("ForAnyValue:"))
    [set = "", base = ""] = base.split(":");
  const ifExists = base.endsWith("IfExists");
  if (ifExists) base = base.slice(0, -"IfExists".length);
  const negated = base.includes("Not");
  const positive = base.replace("Not", "");
  if (present.length === 0) {
    if (ifExists || set === "ForAllValues") return true;
    return set === "ForAnyValue" ? false : negated;
  }
  const texts = wanted.map((each) => substitute(String(each), at));
  if (texts.includes(null)) return false;
  const fits = (one: string): boolean => {
    let any = false;
    for (const text of texts) if (matches(positive, one, text ?? "")) any = true;
    return negated ? !any : any;
  };
  if (set === "ForAllValues") return present.every(fits);
  if (set === "ForAnyValue") return present.some(fits);
  return negated ? present.every(fits) : present.some(fits);
}

function matches(operator: string, actual: string, wanted: string): boolean {
  switch (operator) {
    case "StringEquals":
      return actual === plain(wanted);
    case "StringEqualsIgnoreCase":
      return actual.toUpperCase() === plain(wanted).toUpperCase();
    case "StringLike":
      return like(actual, wanted);
    case "Bool":
      return actual === plain(wanted);
    case "NumericEquals":
      return Number.parseFloat(actual) === Number.parseFloat(wanted);
    case "NumericLessThan":
      return Number.parseFloat(actual) < Number.parseFloat(wanted);
    case "NumericGreaterThanEquals":
      return Number.parseFloat(actual) >= Number.parseFloat(wanted);
    case "DateLessThan":
      return new Date(actual).getTime() < new Date(wanted).getTime();
    case "IpAddress": {
      const [network = "", bits = "32"] = wanted.split("/");
      const number = (address: string): number =>
        address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
      const size = 2 ** (32 - Number(bits));
      return Math.floor(number(actual) / size) === Math.floor(number(network) / size);
    }
    case "ArnLike":
    case "ArnEquals": {
      const split = (arn: string): string[] => {
        const parts = arn.split(":");
        return [...parts.slice(0, 5), parts.slice(5).join(":")];
      };
      const [is, should] = [split(actual), split(wanted)];
      return should.every((part, index) => like(is[index] ?? "", part));
    }
    default:
      throw new Error(`the naive evaluator has no ${operator}`);
  }
}

/** Marks for characters that are not wildcards: no policy has them. */
const STAR = "\u0001";
const MARK = "\u0002";

/** Replaces variables; wildcards within their values become marks. */
function substitute(text: string, at: Situation): string | null {
  let result = "";
  let rest = text;
  while (rest !== "") {
    if (!rest.startsWith("${")) {
      result += rest[0] ?? "";
      rest = rest.slice(1);
      continue;
    }
    const end = rest.indexOf("}");
    const inner = rest.slice(2, end);
    rest = rest.slice(end + 1);
    if (inner === "*") result += STAR;
    else if (inner === "?") result += MARK;
    else if (inner === "$") result += "$";
    else {
      const [key = "", fallback] = inner.split(", ");
      const name = Object.keys(at.asked.context).find((each) => each.toLowerCase() === key.toLowerCase());
      const value =
        name === undefined ? fallback?.slice(1, -1) : ([at.asked.context[name] ?? ""].flat()[0] as string);
      if (value === undefined) return null;
      result += value.replaceAll("*", STAR).replaceAll("?", MARK);
    }
  }
  return result;
}

function plain(text: string): string {
  return text.replaceAll(STAR, "*").replaceAll(MARK, "?");
}

/** By recursion on the two texts. */
function like(text: string, pattern: string): boolean {
  if (pattern === "") return text === "";
  const [first = ""] = pattern;
  if (first === "*") return like(text, pattern.slice(1)) || (text !== "" && like(text.slice(1), pattern));
  if (text === "") return false;
  return (first === "?" || plain(first) === text[0]) && like(text.slice(1), pattern.slice(1));
}
