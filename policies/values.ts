/** Reads properties as rules need them, whatever shape the program gave them, and shows them in messages. */
import { guarded, type Properties, type Value } from "./known";

/** Messages show no more of a value than this. */
const SHOWN_CHARACTERS = 80;

/** A list; an absent one is empty, a single value is a list of one. */
export function list(value: Value): readonly Value[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly Value[]) : [value];
}

/** An object; anything else has no properties. A list counts by its first element, as Pulumi's bridge flattens some. */
export function object(value: Value): Properties {
  if (Array.isArray(value)) return object((value as readonly Value[])[0]);
  return typeof value === "object" && value !== null ? (value as Properties) : {};
}

export function text(value: Value): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

/** True for true and for "true": some of AWS's booleans are text. */
export function isTrue(value: Value): boolean {
  return value === true || (typeof value === "string" && value.toLowerCase() === "true");
}

export function isPresent(value: Value): boolean {
  return value !== undefined && value !== null && value !== "";
}

/** A document that is given as JSON text or as an object; undefined when it is neither. */
export function document(value: Value): Properties | undefined {
  if (typeof value !== "string") {
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Properties)
      : undefined;
  }
  return object(parsed(value));
}

/** JSON text as the value that it says; undefined when it is no JSON. */
export function parsed(value: Value): Value {
  if (typeof value !== "string") return value;
  try {
    const found = JSON.parse(value) as Value;
    return typeof found === "object" && found !== null ? guarded(found) : found;
  } catch {
    return undefined;
  }
}

/** A value in a message. */
export function shown(value: Value): string {
  if (value === undefined || value === null) return "not set";
  const whole = JSON.stringify(value);
  return whole.length <= SHOWN_CHARACTERS ? whole : `${whole.slice(0, SHOWN_CHARACTERS)}…`;
}

/** The finding `WHAT is VALUE`, or none. */
export function unless(holds: boolean, what: string, value: Value): readonly string[] {
  return holds ? [] : [`${what} is ${shown(value)}`];
}
