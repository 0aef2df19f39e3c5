/** How a resource type's provider completes its inputs: the shape of the tables beside this file, and the words they share. */
import type { Json } from "../../graph";
import { hex } from "../identity";
import type { JsonObject } from "../wire";

/** A resource about to be created, with its name already chosen. */
export interface Subject {
  readonly urn: string;
  /** Logical name. */
  readonly name: string;
  readonly type: string;
  /** Secrets unwrapped, absent properties left out. */
  readonly inputs: JsonObject;
  readonly accountId: string;
  readonly region: string;
}

/** The property that Pulumi fills from the logical name when the program leaves it out. */
export interface Autoname {
  readonly property: string;
  /** Longest name that AWS takes, in characters. */
  readonly maxLength: number;
  readonly lowerCase?: true;
  /** What the name must end with. */
  readonly suffix?: (inputs: JsonObject) => string;
}

export interface Model {
  readonly autoname?: Autoname;
  /** Outputs that the provider's schema calls sensitive. */
  readonly secretOutputs?: readonly string[];
  /** The id and what AWS adds. Pure. In preview it sees unknowns, and its values are thrown away: only the keys count. */
  readonly computed: (subject: Subject) => { readonly id: string } & JsonObject;
}

/** By type token. */
export type ModelTable = Readonly<Record<string, Model>>;

/** A moment for every "created at": the graph must not change from run to run. */
export const CREATED_AT = "2026-01-01T00:00:00Z";

/** `name`, up to `maxLength` characters: the commonest autoname. */
export function named(maxLength: number): Autoname {
  return { property: "name", maxLength };
}

/** A string input, or "" when it is absent or of another type. */
export function text(subject: Subject, property: string): string {
  const value = subject.inputs[property];
  return typeof value === "string" ? value : "";
}

/** An object of what are likely nested inputs. */
export function first(value: Json | undefined): JsonObject {
  const inner = Array.isArray(value) ? value[0] : value;
  return typeof inner === "object" && inner !== null && !Array.isArray(inner) ? inner : {};
}

/** The ARN of a regional resource of this account. */
export function arn(subject: Subject, service: string, resource: string): string {
  return `arn:aws:${service}:${subject.region}:${subject.accountId}:${resource}`;
}

/** The ARN of a resource of this account that no region owns. */
export function globalArn(subject: Subject, service: string, resource: string): string {
  return `arn:aws:${service}::${subject.accountId}:${resource}`;
}

const RANDOM_DIGITS = 7;
const DEFAULT_PATTERN = `\${name}-\${hex(${String(RANDOM_DIGITS)})}`;

/**
 * Pulumi's autonaming, with a hash of the URN in place of its random digits; fails as the real one does when the name is
 * too long. `pattern` is that of `pulumi:autonaming`, where the project has one.
 * https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming
 */
export function autonamed(
  autoname: Autoname,
  subject: Omit<Subject, "accountId" | "region">,
  pattern = DEFAULT_PATTERN,
): string {
  const prefix = subject.inputs[`${autoname.property}Prefix`];
  const suffix = autoname.suffix?.(subject.inputs) ?? "";
  // With a prefix it is Terraform that names: the prefix and 26 characters.
  if (typeof prefix === "string") return `${prefix}${hex(subject.urn, 26)}${suffix}`;
  const [, , stack = "", project = ""] = /^urn:pulumi:((.*?)::(.*?))::/.exec(subject.urn) ?? [];
  const values: Readonly<Record<string, string>> = { name: subject.name, project, stack };
  const named = pattern.replace(
    /\$\{(?:(name|project|stack)|(?:hex|alphanum|string|num)\((\d+)\))\}/g,
    (_, word: string | undefined, digits: string) =>
      word === undefined ? hex(subject.urn, Number(digits)) : (values[word] ?? ""),
  );
  const full = `${autoname.lowerCase === true ? named.toLowerCase() : named}${suffix}`;
  if (full.length <= autoname.maxLength) return full;
  const what =
    pattern === DEFAULT_PATTERN
      ? `name '${full.slice(0, full.length - suffix.length - RANDOM_DIGITS)}' plus ${String(RANDOM_DIGITS)} random chars`
      : `the generated name '${full}'`;
  throw new Error(
    `${subject.type} resource '${subject.name}' has a problem: ${what} is longer than maximum length ${String(autoname.maxLength)}`,
  );
}
