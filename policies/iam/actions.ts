/** What IAM's actions are: which exist, what a pattern matches, and which can be scoped to a resource. */
import snapshot from "./snapshot.json";
import type { ServiceActions, Snapshot } from "./snapshot";

const SERVICES: Snapshot["services"] = snapshot.services;

interface Known {
  readonly scoped: readonly string[];
  readonly unscoped: readonly string[];
}

const split = new Map<string, Known>();

/** Undefined: no such service. */
function service(prefix: string): Known | undefined {
  const known = split.get(prefix);
  if (known !== undefined) return known;
  const actions: ServiceActions | undefined = SERVICES[prefix];
  if (actions === undefined) return undefined;
  const names = (text: string): readonly string[] => (text === "" ? [] : text.split(" "));
  const made = { scoped: names(actions.scoped), unscoped: names(actions.unscoped) };
  split.set(prefix, made);
  return made;
}

/** A pattern with IAM's wildcards as a regular expression; IAM's actions know no case. */
export function wildcard(pattern: string, flags = "i"): RegExp {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${escaped}$`, flags);
}

/** The prefix and the action of `service:Action`; both may hold wildcards. */
function halves(action: string): readonly [string, string] {
  const colon = action.indexOf(":");
  return colon < 0
    ? [action.toLowerCase(), ""]
    : [action.slice(0, colon).toLowerCase(), action.slice(colon + 1)];
}

/** Only wildcards: everything of what it stands for. */
export function isEverything(pattern: string): boolean {
  return /^\*+$/.test(pattern);
}

/** `*`, `*:*`: every action of AWS. */
export function isEveryAction(action: string): boolean {
  const [prefix, name] = halves(action);
  return isEverything(prefix) && (name === "" || isEverything(name));
}

/** `s3:*`: every action of a service. */
export function isWholeService(action: string): boolean {
  const [prefix, name] = halves(action);
  return !isEverything(prefix) && isEverything(name);
}

/** The actions that a pattern grants, as `service:Action`. A pattern in the service's place is not expanded. */
export function expand(action: string): readonly string[] {
  const [prefix, name] = halves(action);
  const known = service(prefix);
  if (known === undefined) return [];
  const pattern = wildcard(name);
  return [...known.scoped, ...known.unscoped]
    .filter((each) => pattern.test(each))
    .map((each) => `${prefix}:${each}`);
}

/** Those of the actions that a pattern grants for which a resource can be named. */
export function scopable(action: string): readonly string[] {
  const [prefix, name] = halves(action);
  const pattern = wildcard(name);
  return (service(prefix)?.scoped ?? [])
    .filter((each) => pattern.test(each))
    .map((each) => `${prefix}:${each}`);
}

/** False for a service or an action that AWS does not have. */
export function exists(action: string): boolean {
  if (isEveryAction(action)) return true;
  const [prefix] = halves(action);
  if (/[*?]/.test(prefix)) return true;
  return expand(action).length > 0;
}

/** Whether a granted pattern holds one of `actions`, given as `service:Action`. */
export function grants(pattern: string, actions: readonly string[]): readonly string[] {
  const matcher = wildcard(pattern);
  return actions.filter((action) => matcher.test(action));
}
