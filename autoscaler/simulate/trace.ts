/** A user's own load: a CSV file of arrivals and durations in seconds. */
import { FARGATE, type PoolPhysics, tasksOf, USUAL_FAULTS, type Workload } from "./workload";

/** Throws an Error that names the line that is wrong. A first line of words is a header. */
export function parseTrace(text: string, name: string, pool: Partial<PoolPhysics> = {}): Workload {
  const tasks = text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === "" || (index === 0 && /[a-z]/i.test(line))) return [];
    const [at, run, ...rest] = line.split(",").map((cell) => Number(cell.trim() || Number.NaN));
    if (at === undefined || run === undefined || rest.length > 0 || !(at >= 0) || !(run > 0)) {
      throw new Error(
        `Line ${String(index + 1)} is wrong, got "${line}"; write the arrival and the duration in seconds, as in 12.5,60`,
      );
    }
    return [{ at, run }];
  });
  if (tasks.length === 0)
    throw new Error(`${name} has no tasks; write one a line: arrival,duration in seconds`);
  // A trace of instants since the epoch begins with its first task.
  const first = tasks.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  const shift = first > 1e6 ? first : 0;
  const shifted = tasks.map(({ at, run }) => ({ at: at - shift, run }));
  const endSeconds = shifted.reduce((most, { at }) => Math.max(most, at), 0) + 1;
  return {
    name,
    tasks: tasksOf(shifted),
    endSeconds,
    firstTickSeconds: 1,
    pool: { ...FARGATE, ...pool },
    faults: USUAL_FAULTS,
  };
}
