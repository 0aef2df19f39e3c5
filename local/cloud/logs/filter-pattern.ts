/**
 * The filter patterns of CloudWatch Logs: terms, `"phrases"`, `?either ?or`, `-without`, and patterns of JSON.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
import { parseJsonPattern } from "./json-pattern";
import { invalidPattern, regularExpression } from "./pattern-error";

/** Whether a log event's message matches. */
export type Matcher = (message: string) => boolean;

/** Throws ServiceError InvalidParameterException for what CloudWatch would not take, and for what can't be judged here. */
export function parseFilterPattern(text: string): Matcher {
  const pattern = text.trim();
  if (pattern === "") return () => true;
  if (pattern.startsWith("{") && pattern.endsWith("}")) {
    const matches = parseJsonPattern(pattern.slice(1, -1));
    return (message) => {
      const value = jsonOf(message);
      return value !== undefined && matches(value);
    };
  }
  if (pattern.startsWith("[")) {
    throw invalidPattern("the local cloud has no patterns of space-delimited fields", text);
  }
  return parseTerms(pattern);
}

/** Only an object can match a pattern of JSON. */
function jsonOf(message: string): unknown {
  if (!message.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

function parseTerms(pattern: string): Matcher {
  const terms = [...pattern.matchAll(/([?-]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]+)%|(\S+))/g)].map(
    ([, sign = "", phrase, expression, word]) => ({
      sign,
      has: termMatcher(phrase, expression, word, pattern),
    }),
  );
  const wanted = terms.filter(({ sign }) => sign === "");
  const unwanted = terms.filter(({ sign }) => sign === "-");
  // Beside other terms, those with a question mark are ignored, as on AWS.
  const either = wanted.length + unwanted.length === 0 ? terms.filter(({ sign }) => sign === "?") : [];
  return (message) =>
    wanted.every(({ has }) => has(message)) &&
    !unwanted.some(({ has }) => has(message)) &&
    (either.length === 0 || either.some(({ has }) => has(message)));
}

function termMatcher(
  phrase: string | undefined,
  expression: string | undefined,
  word: string | undefined,
  pattern: string,
): Matcher {
  if (expression !== undefined) {
    const regular = regularExpression(expression, pattern);
    return (message) => regular.test(message);
  }
  const text = phrase?.replace(/\\(.)/g, "$1") ?? word ?? "";
  if (phrase === undefined && /[^\w.\-*:/@#+=]/.test(text))
    throw invalidPattern(`a term with other characters than letters, digits and _ needs quotes`, pattern);
  return (message) => message.includes(text);
}
