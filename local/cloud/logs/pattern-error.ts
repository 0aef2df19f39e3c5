/** How filter patterns that are none are refused. */
import { ServiceError } from "../service";

export function invalidPattern(why: string, text: string): ServiceError {
  return new ServiceError("InvalidParameterException", `Invalid filter pattern: ${why}, got ${text}`);
}

export function regularExpression(expression: string, pattern: string): RegExp {
  try {
    return new RegExp(expression);
  } catch {
    throw invalidPattern(`%${expression}% is no regular expression`, pattern);
  }
}
