/** The worker's log: one line of JSON for each event. Never input, output or token (house style 20). */

/** What an event carries beside its name, as JSON; null and undefined are left out. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one event. Its name is a past-tense phrase, such as `TaskStarted`. */
export type Log = (event: string, fields?: LogFields) => void;

/** `base` is repeated in each line: the activity, the pool, the ECS task. `write` takes whole lines. */
export function createLog(write: (line: string) => void, base: LogFields, now: () => number): Log {
  return (event, fields = {}) => {
    const line = { time: new Date(now()).toISOString(), event, ...base, ...fields };
    write(`${JSON.stringify(line, (_key, value: unknown) => (value === null ? undefined : value))}\n`);
  };
}
