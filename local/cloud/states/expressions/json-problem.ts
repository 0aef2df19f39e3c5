/** Why a text is not JSON, as Step Functions words it: that is, as the Jackson library does. */

export interface JsonProblem {
  readonly message: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
}

const EXPECTED = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/** Null when it is JSON. */
export function jsonProblem(text: string): JsonProblem | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const at = positionOf((error as Error).message, text);
    return problemAt(text, at) ?? located(text, at, (error as Error).message);
  }
}

/** V8 gives the offset, or shows the text around it when it is short. */
function positionOf(message: string, text: string): number {
  const offset = /at position (\d+)/.exec(message)?.[1];
  if (offset !== undefined) return Number(offset);
  const token = /Unexpected token '(.+?)', /s.exec(message)?.[1];
  return token === undefined ? text.length : firstFault(text, token);
}

/** The shortest beginning that no continuation makes JSON ends in the offending character. */
function firstFault(text: string, token: string): number {
  for (let at = text.indexOf(token); at !== -1; at = text.indexOf(token, at + 1)) {
    try {
      JSON.parse(text.slice(0, at));
    } catch (error) {
      if ((error as Error).message.startsWith("Unexpected end") || at === 0) return at;
    }
  }
  return 0;
}

function problemAt(text: string, at: number): JsonProblem | null {
  const before = text.slice(0, at).trimEnd();
  const character = text[at] ?? "";
  if (/[{,]$/.test(before) && inObject(before) && character !== "" && character !== "}") {
    const message = `Unexpected character ('${character}' (code ${String(character.charCodeAt(0))})): was expecting double-quote to start field name`;
    return located(text, at, message);
  }
  // V8 stops within a word that begins as null, true or false do; Jackson names the word.
  const begin = at - (/[A-Za-z0-9_$]*$/.exec(text.slice(0, at))?.[0].length ?? 0);
  const word = /^[A-Za-z_$][A-Za-z0-9_$]*/.exec(text.slice(begin))?.[0];
  if (word === undefined) return null;
  return located(text, begin + word.length, `Unrecognized token '${word}': was expecting ${EXPECTED}`);
}

/** Whether the innermost bracket that is open is that of an object. */
function inObject(before: string): boolean {
  const open: string[] = [];
  for (const character of before.replace(/"(?:[^"\\]|\\.)*"/gs, "")) {
    if (character === "{" || character === "[") open.push(character);
    else if (character === "}" || character === "]") open.pop();
  }
  return open.at(-1) === "{";
}

function located(text: string, at: number, message: string): JsonProblem {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  return { message, line, column: at - (before.lastIndexOf("\n") + 1) + 1 };
}
