/** What is wrong with the history of an execution that has ended, in words; empty when it could be AWS's. */
import type { HistoryEvent } from "../../../local/cloud/states/executions/history";

export function historyProblems(events: readonly HistoryEvent[]): readonly string[] {
  return [
    ...(events[0]?.type === "ExecutionStarted" ? [] : ["it does not begin with ExecutionStarted"]),
    ...events.flatMap((event, index) => eventProblems(event, index, events)),
    ...endProblems(events),
    ...stateProblems(events),
  ];
}

function eventProblems(
  { id, previousEventId, timeMs }: HistoryEvent,
  index: number,
  events: readonly HistoryEvent[],
): readonly string[] {
  const before = events[index - 1];
  return [
    ...(id === index + 1 ? [] : [`event ${String(index + 1)} has the id ${String(id)}`]),
    ...(previousEventId >= 0 && previousEventId < id
      ? []
      : [`event ${String(id)} follows ${String(previousEventId)}`]),
    ...(before === undefined || before.timeMs <= timeMs
      ? []
      : [`event ${String(id)} is older than the one before`]),
  ];
}

function endProblems(events: readonly HistoryEvent[]): readonly string[] {
  const ends = events.filter(({ type }) => /^Execution(Succeeded|Failed|TimedOut|Aborted)$/.test(type));
  const last = events.at(-1);
  return ends.length === 1 && ends[0] === last ? [] : [`it ends ${String(ends.length)} times`];
}

/** Whatever was left was entered before, on the way that the events tell; and nothing was left twice. */
function stateProblems(events: readonly HistoryEvent[]): readonly string[] {
  const left = new Set<number>();
  return events.flatMap((event) => {
    if (!event.type.endsWith("StateExited")) return [];
    const entered = entryOf(event, events);
    if (entered === undefined) return [`event ${String(event.id)} leaves a state that was not entered`];
    if (left.has(entered.id)) return [`event ${String(event.id)} leaves a state again`];
    left.add(entered.id);
    return [];
  });
}

function entryOf(exited: HistoryEvent, events: readonly HistoryEvent[]): HistoryEvent | undefined {
  const name = exited.details?.["name"];
  for (
    let event = events[exited.previousEventId - 1];
    event !== undefined;
    event = events[event.previousEventId - 1]
  )
    if (event.type.endsWith("StateEntered") && event.details?.["name"] === name) return event;
  return undefined;
}
