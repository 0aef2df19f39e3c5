/** The pack's settings, from the stack file: which rules are stricter or looser there, and what is exempted until when. */
import type { Enforcement, Rule } from "./rule";

/** The namespace in a stack file: `policies:levels`, `policies:exemptions`. */
const NAMESPACE = "policies";

export type Level = Enforcement | "disabled";

/** One resource that may break one rule, because of `reason`, through the day `expires`. */
export interface Exemption {
  readonly rule: string;
  /** Name or URN of the resource; `*` stands for any characters. A stack file may list several. */
  readonly resource: string;
  readonly reason: string;
  /** `YYYY-MM-DD` */
  readonly expires: string;
}

export interface PackConfig {
  readonly levels: Readonly<Record<string, Level>>;
  readonly exemptions: readonly Exemption[];
}

/** What is wrong with the settings, in one line. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const LEVELS: readonly string[] = ["mandatory", "advisory", "disabled"];
const EXEMPTION_KEYS: readonly string[] = ["rule", "resource", "reason", "expires"];
/** A reason that fits in fewer characters explains nothing. */
const SHORTEST_REASON = 10;
/** Characters besides wildcards that a resource's name needs, so that nobody exempts everything. */
const SHORTEST_NAME = 3;

/** Throws ConfigError with the key, what was found and what is allowed; `today` decides what has expired. */
export function parseConfig(
  settings: Readonly<Record<string, string>>,
  rules: readonly Pick<Rule, "id">[],
  today: Date,
): PackConfig {
  const ids = rules.map(({ id }) => id);
  const known = [`${NAMESPACE}:levels`, `${NAMESPACE}:exemptions`];
  for (const key of Object.keys(settings)) {
    if (key.startsWith(`${NAMESPACE}:`) && !known.includes(key)) {
      throw new ConfigError(`${key}: there is no such key; allowed are ${known.join(" and ")}.`);
    }
  }
  return {
    levels: parseLevels(json(settings, `${NAMESPACE}:levels`) ?? {}, ids),
    exemptions: parseExemptions(json(settings, `${NAMESPACE}:exemptions`) ?? [], ids, today),
  };
}

function json(settings: Readonly<Record<string, string>>, key: string): unknown {
  const text = settings[key];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw wrong(key, text, "a YAML map or list");
  }
}

function parseLevels(value: unknown, ids: readonly string[]): Readonly<Record<string, Level>> {
  const where = `${NAMESPACE}:levels`;
  if (!isObject(value)) throw wrong(where, value, "a map of rules to mandatory, advisory or disabled");
  for (const [id, level] of Object.entries(value)) {
    if (!ids.includes(id)) throw wrong(where, id, `a rule${closest(id, ids)}`);
    if (!LEVELS.includes(String(level))) throw wrong(`${where}.${id}`, level, LEVELS.join(", "));
  }
  return value as Record<string, Level>;
}

function parseExemptions(value: unknown, ids: readonly string[], today: Date): readonly Exemption[] {
  const where = `${NAMESPACE}:exemptions`;
  if (!Array.isArray(value)) throw wrong(where, value, "a list of { rule, resource, reason, expires }");
  return value.flatMap((each: unknown, index) => {
    const place = `${where}[${String(index)}]`;
    if (!isObject(each) || !Array.isArray(each.resource)) return [parseExemption(each, place, ids, today)];
    if (each.resource.length === 0)
      throw wrong(`${place}.resource`, [], "the names of one or more resources");
    return each.resource.map((resource: unknown) => parseExemption({ ...each, resource }, place, ids, today));
  });
}

function parseExemption(value: unknown, where: string, ids: readonly string[], today: Date): Exemption {
  if (!isObject(value)) throw wrong(where, value, "{ rule, resource, reason, expires }");
  for (const key of Object.keys(value)) {
    if (!EXEMPTION_KEYS.includes(key)) throw wrong(where, key, EXEMPTION_KEYS.join(", "));
  }
  const { rule, resource, reason, expires } = value;
  if (typeof rule !== "string" || !ids.includes(rule)) {
    throw wrong(`${where}.rule`, rule, `a rule${closest(String(rule), ids)}`);
  }
  if (typeof resource !== "string" || resource.replaceAll("*", "").length < SHORTEST_NAME) {
    throw wrong(
      `${where}.resource`,
      resource,
      `the name or URN of a resource, with ${String(SHORTEST_NAME)} characters besides *`,
    );
  }
  if (typeof reason !== "string" || reason.trim().length < SHORTEST_REASON) {
    throw wrong(`${where}.reason`, reason, `a reason of ${String(SHORTEST_REASON)} characters or more`);
  }
  // YAML readers that know dates hand over an instant.
  const day = typeof expires === "string" ? expires.replace(/T00:00:00(\.000)?Z$/, "") : "";
  if (!isDay(day)) throw wrong(`${where}.expires`, expires, 'a day, such as "2027-06-30"');
  if (day < today.toISOString().slice(0, 10)) {
    throw new ConfigError(
      `${where}: the exemption of ${resource} from ${rule} expired on ${day}; mend the resource, or renew the exemption with its reason.`,
    );
  }
  return { rule, resource, reason: reason.trim(), expires: day };
}

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
  );
}

/** "; did you mean X?", for a slip of the pen. */
function closest(id: string, ids: readonly string[]): string {
  const [best] = ids
    .map((each) => ({ each, distance: distance(id, each) }))
    .sort((a, b) => a.distance - b.distance);
  const tolerated = Math.max(2, id.length / 3);
  return best !== undefined && best.distance <= tolerated
    ? ` of policies/RULES.md; did you mean ${best.each}?`
    : " of policies/RULES.md";
}

/** Levenshtein's. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [i, a] of [...one].entries()) {
    const next = [i + 1];
    for (const [j, b] of [...other].entries()) {
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (a === b ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

function wrong(where: string, found: unknown, allowed: string): ConfigError {
  const value = found === undefined ? "nothing" : JSON.stringify(found);
  return new ConfigError(`${where}: got ${value}, allowed is ${allowed}${allowed.endsWith("?") ? "" : "."}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
