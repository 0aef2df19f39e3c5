/** The worker's log: one line of JSON for each event. Never input, output or token (house style 20). */

/** What an event carries beside its name, as JSON; null and undefined are left out. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one event. Its name is a past-tense phrase, such as `TaskStarted`. */
export type Log = (event: string, fields?: LogFields) => void;

/** `base` is repeated in each line: the activity, the pool, the ECS task. `write` takes whole lines. */
export function createLog(write: (line: string) => void, base: LogFields, now: () => number): Log {
  const repeated = membersOf(base);
  return (event, fields = {}) => {
    const time = new Date(now()).toISOString();
    write(`{"time":"${time}","event":${quoted(event)}${repeated}${membersOf(fields)}}\n`);
  };
}

/** Each with a comma before it. */
function membersOf(fields: LogFields): string {
  let members = "";
  for (const name in fields) {
    const value = fields[name];
    if (value !== null && value !== undefined) members += `,${quoted(name)}:${JSON.stringify(value)}`;
  }
  return members;
}

/** Names of events and fields are few, and each stands in thousands of lines. */
const quotedNames = new Map<string, string>();

function quoted(name: string): string {
  const known = quotedNames.get(name);
  if (known !== undefined) return known;
  const text = JSON.stringify(name);
  quotedNames.set(name, text);
  return text;
}
