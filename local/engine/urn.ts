/** Uniform resource names, as Pulumi's engine makes them. https://www.pulumi.com/docs/iac/concepts/resources/names/#urns */

/** The type of the resource that every other one descends from. */
export const STACK_TYPE = "pulumi:pulumi:Stack";

/** `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`; the stack itself does not count as a parent type. */
export function createUrn(
  stack: string,
  project: string,
  parentUrn: string | null,
  type: string,
  name: string,
): string {
  const parentType = parentUrn === null ? "" : qualifiedTypeOf(parentUrn);
  const qualified = parentType === "" || parentType === STACK_TYPE ? type : `${parentType}$${type}`;
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

function qualifiedTypeOf(urn: string): string {
  return urn.split("::")[2] ?? "";
}

/** The type token alone: the last of the chain of parent types. */
export function typeOf(urn: string): string {
  return qualifiedTypeOf(urn).split("$").at(-1) ?? "";
}

/** The logical name; it may itself hold `::`. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
