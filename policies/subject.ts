/** What rules look at: resources as they are declared, and a stack of them with who refers to whom. */
import { type Properties, UnknownValue, type Value } from "./known";
import { list, text } from "./values";

export interface Subject {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Reading an unknown property throws UnknownValue. */
  readonly props: Properties;
  readonly ignoreChanges: readonly string[];
  /** What the provider adds to every resource. */
  readonly defaultTags: Properties;
}

/** A subject that knows its place in the stack. */
export interface StackSubject extends Subject {
  /** URN, or "" for none. */
  readonly parent: string;
  /** URNs that a property's value was made of. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
}

export interface Stack {
  readonly resources: readonly StackSubject[];
  /** The stack's settings, `namespace:key`; what is structured is JSON. */
  readonly settings: Readonly<Record<string, string>>;
}

export function ofType(stack: Stack, ...types: readonly string[]): readonly StackSubject[] {
  return stack.resources.filter(({ type }) => types.includes(type));
}

/** What others may call a resource by. */
const IDENTITIES = ["id", "arn", "name", "url", "bucket", "arnSuffix", "qualifiedArn", "invokeArn"] as const;

/** Reads a property; undefined where it is unknown. */
export function ifKnown<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnknownValue) return undefined;
    throw error;
  }
}

/**
 * Whether `value`, found in the property `property` of `from`, names `to`. What is not known yet is told by what the
 * property was made of.
 */
export function refersTo(
  from: StackSubject,
  property: string,
  value: () => Value,
  to: StackSubject,
): boolean {
  const known = ifKnown(() => list(value()).map(text));
  if (known !== undefined && known.some((each) => each !== "" && identitiesOf(to).includes(each)))
    return true;
  const settled = known !== undefined && known.length > 0 && identitiesOf(to).length > 0;
  return !settled && (from.propertyDependencies[property] ?? []).includes(to.urn);
}

export function identitiesOf(subject: StackSubject): readonly string[] {
  return IDENTITIES.map((key) => text(ifKnown(() => subject.props[key]))).filter(
    (identity) => identity !== "",
  );
}

/** The stack's name, from any URN: `urn:pulumi:STACK::PROJECT::…`. */
export function stackNameOf({ urn }: Subject): string {
  return /^urn:pulumi:(.*?)::/.exec(urn)?.[1] ?? "";
}
