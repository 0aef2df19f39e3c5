/** Reads the fields of a request, and refuses what AWS refuses, in AWS's words. */
import { ServiceError } from "../service";

export type Request = Record<string, unknown>;

/** UTF-16 units, as AWS's models count: [least, most]. */
type Length = readonly [number, number];

export function invalid(message: string): ServiceError {
  return new ServiceError("ValidationException", message);
}

export function violation(value: unknown, field: string, constraint: string): ServiceError {
  const found = value === undefined || value === null ? "null" : `'${String(value)}'`;
  return invalid(
    `1 validation error detected: Value ${found} at '${field}' failed to satisfy constraint: ${constraint}`,
  );
}

export function text(request: Request, field: string, length: Length = [0, Infinity]): string {
  const value = optionalText(request, field, length);
  if (value === undefined) throw violation(undefined, field, "Member must not be null");
  return value;
}

export function optionalText(
  request: Request,
  field: string,
  [least, most]: Length = [0, Infinity],
): string | undefined {
  const value = request[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string")
    throw new ServiceError("SerializationException", `The field '${field}' must be a string.`);
  if (value.length < least)
    throw violation(value, field, `Member must have length greater than or equal to ${String(least)}`);
  if (value.length > most)
    throw violation(value, field, `Member must have length less than or equal to ${String(most)}`);
  return value;
}

export function flag(request: Request, field: string, otherwise: boolean): boolean {
  const value = request[field];
  return typeof value === "boolean" ? value : otherwise;
}

/** An ARN that the operation can use; `prefix` tells the kind, such as `activity`. */
export function arn(request: Request, field: string, kind: string): string {
  const value = text(request, field, [1, 2000]);
  if (!value.startsWith("arn:"))
    throw new ServiceError("InvalidArn", `Invalid Arn: 'Invalid ARN prefix: ${value}'`);
  const parts = value.split(":");
  if (parts[2] !== "states" || parts[5] !== kind || !parts[6]) {
    throw new ServiceError(
      "InvalidArn",
      `Invalid Arn: 'Resource type not valid in this context: ${parts[5] ?? ""}'`,
    );
  }
  return value;
}

/** @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html */
export function name(value: string): string {
  if (value.length < 1 || value.length > 80 || /[\s<>{}[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]/.test(value)) {
    throw new ServiceError("InvalidName", `Invalid Name: '${value}'`);
  }
  return value;
}

export function oneOf<T extends string>(value: string, field: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined)
    throw violation(value, field, `Member must satisfy enum value set: [${allowed.join(", ")}]`);
  return found;
}

/** What `maxResults` is when it is 0 or absent. */
const DEFAULT_PAGE = 100;

/** The page that `maxResults` and `nextToken` ask for, and the token of the page after. */
export function page<T>(
  request: Request,
  items: readonly T[],
  longestToken = 1024,
): { items: readonly T[]; nextToken?: string } {
  const asked = request["maxResults"];
  if (typeof asked === "number" && asked > 1000)
    throw violation(asked, "maxResults", "Member must have value less than or equal to 1000");
  if (typeof asked === "number" && asked < 0)
    throw violation(asked, "maxResults", "Member must have value greater than or equal to 0");
  const size = typeof asked === "number" && asked > 0 ? asked : DEFAULT_PAGE;
  const from = startOf(optionalText(request, "nextToken", [1, longestToken]));
  const next = from + size;
  return {
    items: items.slice(from, next),
    ...(next < items.length ? { nextToken: Buffer.from(`page ${String(next)}`).toString("base64") } : {}),
  };
}

function startOf(token: string | undefined): number {
  if (token === undefined) return 0;
  const start = /^page (\d+)$/.exec(Buffer.from(token, "base64").toString("utf8"))?.[1];
  if (start === undefined) throw new ServiceError("InvalidToken", "Invalid Token: 'Invalid token'");
  return Number(start);
}

/** Seconds since the epoch, as the protocol writes instants. */
export function seconds(timeMs: number): number {
  return timeMs / 1000;
}
